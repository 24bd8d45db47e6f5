"""Which messages had left before the database was restored, so that none of them leaves again."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LEFT_BEFORE = """
-- What stands in a `Message-ID` before the domain: a hash of the message's key.
create table left_before (
    identity text primary key,
    noted_at timestamptz not null
);
"""


def upgrade() -> None:
    op.execute(LEFT_BEFORE)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
