"""Once-keys that are not given back, whatever becomes of the messages of their firing."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A silence of the firing was begun, or its rule counts what was decided. Beside `once_keys`, whose
# rows an older program goes on reading. No occurrence holds a slash.
KEPT_KEYS = """
create table kept_keys (
    rule_id text collate "C" not null,
    holder text not null,
    primary key (rule_id, holder)
);
insert into kept_keys
select k.rule_id, k.holder
from once_keys k
    join suppressions s on s.rule_id = k.rule_id
        and regexp_replace(s.key, '/suppress/[^/]*$', '')
            = regexp_replace(k.holder, '/([^/]*)$', '/' || k.rule_id || '/\\1')
on conflict do nothing;
"""


def upgrade() -> None:
    op.execute(KEPT_KEYS)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
