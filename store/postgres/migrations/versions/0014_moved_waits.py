"""An activation may move what waits, and each journey notes which of those it has followed; who has
an address is found in every shop.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOVED_WAITS = """
-- People search for an address whatever the shop.
create index addresses_anywhere on addresses (address);

alter table activations add column moves_waits boolean not null default false;
create index activations_moving on activations (number) where moves_waits;

-- The number of the last activation that moves waits which the journey has followed.
alter table journeys add column moved bigint not null default 0;
"""


def upgrade() -> None:
    op.execute(MOVED_WAITS)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
