"""What came back from an address, by the address: hard and soft bounces, and who was revived."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# `dead_addresses` stays: a worker of the code before still writes to it.
BOUNCES = r"""
-- Every text that an order or a customer has stated and that may be an address.
create function addresses_stated(the_order text, the_customer text) returns setof text
language sql stable as $$
    select stated #>> '{}'
    from subjects s, jsonb_path_query(s.facts, '$.*.*[0] ? (@.type() == "string")') stated
    where s.id in (the_order, the_customer)
$$;

create table bounces (
    address text collate "C" not null,
    at timestamptz not null,
    kind text not null check (kind in ('hard', 'soft', 'revived')),
    text text not null,
    primary key (address, at, kind)
);

insert into bounces (address, at, kind, text)
select read_at(address), since, 'hard', reason from dead_addresses
on conflict do nothing;
"""


def upgrade() -> None:
    op.execute(BOUNCES)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
