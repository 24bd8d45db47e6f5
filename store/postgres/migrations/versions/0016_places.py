"""An activation notes with what kind of thing each of the team's own names is kept, and which of
them are kept elsewhere by it: what was said under those before is put there, a page at a time.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PLACES = """
alter table activations add column places jsonb;
-- Names to fold anew from the log, and the last subject for which they were; null where all is done.
alter table activations add column refolds text[] not null default '{}';
alter table activations add column refolded text collate "C";
"""


def upgrade() -> None:
    op.execute(PLACES)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
