"""What holds for the whole installation, and which activations took one back."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTALLATION = """
-- By which secret customers' journeys are named, as a fingerprint; noted by the first process that
-- knows this table.
create table installation (
    is_only boolean primary key default true check (is_only),
    naming_fingerprint text not null
);

-- Whether it went back to a revision of before. Until now only its reason told, where nobody gave
-- another one.
alter table activations add column is_rollback boolean not null default false;
update activations set is_rollback = true where reason = 'rollback';
"""


def upgrade() -> None:
    op.execute(INSTALLATION)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
