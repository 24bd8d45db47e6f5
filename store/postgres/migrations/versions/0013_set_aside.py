"""What a sender says of a shop that is not its own is kept beside the log, until a person has seen
it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SET_ASIDE = """
-- Of an event that is in no log: as it was sent. In the log it would hold the place of another one.
alter table quarantine add column body jsonb;
create unique index events_set_aside on quarantine (shop, source, id) where body is not null;

-- Every text that an event states, as a reader of addresses spells it: any may be an address.
create function stated_in(body jsonb) returns setof text language sql stable as $$
    select read_at(stated #>> '{}')
    from jsonb_path_query(body -> 'data', '$.* ? (@.type() == "string")') stated
$$;
"""


def upgrade() -> None:
    op.execute(SET_ASIDE)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
