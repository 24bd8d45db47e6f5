"""News that comes before its thing is known waits until somebody tells of the thing."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNPLACED = """
-- Every name under which an event waits for the order or customer that it is about; the event is
-- in the log without a subject.
create table unplaced (
    shop text collate "C" not null,
    kind text collate "C" not null,
    name text collate "C" not null,
    source text not null,
    id text not null,
    since_db timestamptz not null default now(),
    primary key (shop, kind, name, source, id)
);
create index unplaced_events on unplaced (shop, source, id);

-- When an event came, and at which place of the log, if it was placed later than that.
alter table events add column arrived_at timestamptz, add column arrival bigint;
"""


def upgrade() -> None:
    op.execute(UNPLACED)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
