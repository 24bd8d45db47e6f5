"""A statement that has to change something says so: `must_strike` raises where it did not."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# `store.postgres.sessions.transactions` knows the SQLSTATE. The end of a transaction need not wait
# until its answers have been read: where this raises, nothing of it is committed.
MUST_STRIKE = """
create function must_strike(changed bigint) returns bigint language plpgsql as $$
begin
    if changed = 0 then
        raise exception 'what was to be changed is not there any more' using errcode = 'PU001';
    end if;
    return changed;
end $$;
"""


def upgrade() -> None:
    op.execute(MUST_STRIKE)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
