"""Who is, or was, read at an address: what is said and heard there holds for everybody who is."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

READERS = r"""
-- As `same_reader` of the engine.
create function read_at(told text) returns text language sql immutable as $$
    select case when strpos(told, '@') > 0 then lower(btrim(told))
        else regexp_replace(regexp_replace(told, '[[:space:]().\-/]+', '', 'g'), '^00', '+') end
$$;

-- Until when each customer has an address, null for as long as is known.
create table addresses (
    shop text collate "C" not null,
    address text collate "C" not null,
    customer_subject text collate "C" not null,
    until timestamptz,
    primary key (shop, address, customer_subject)
);
create index addresses_of_customer on addresses (customer_subject);

insert into addresses (shop, address, customer_subject)
select distinct shop_of(id), read_at(told), id
from subjects, unnest(array[
    facts #>> '{facts,customer.email,0}', facts #>> '{facts,customer.phone,0}']) told
where id like 'customer:%' and erased_at is null and told <> '';

-- Who else is, or was, read where a message may go, and until when at each address.
create function readers_of(the_shop text, the_order text, the_customer text)
returns table (customer_subject text, addresses json) language sql stable as $$
    select a.customer_subject, json_object_agg(a.address, a.until)
    from addresses a
    where a.shop = the_shop and a.customer_subject is distinct from the_customer
        and a.address in (
            select read_at(told) from subjects s, unnest(array[
                s.facts #>> '{facts,customer.email,0}', s.facts #>> '{facts,customer.phone,0}',
                s.facts #>> '{facts,order.email,0}', s.facts #>> '{facts,order.phone,0}',
                s.facts #>> '{contact,customer.email,0}', s.facts #>> '{contact,customer.phone,0}'
            ]) told
            where s.id in (the_order, the_customer))
    group by a.customer_subject
$$;
"""


def upgrade() -> None:
    op.execute(READERS)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
