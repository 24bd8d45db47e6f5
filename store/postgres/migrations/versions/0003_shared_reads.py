"""What several statements read alike, under a name of its own; PostgreSQL puts each in its place
when it plans the statement, so that a name costs nothing.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Types compare by the collation of their index, also where the ids beside them compare by bytes.
SHARED_READS = """
-- The shop of a subject; its name is escaped there, so that it holds no slash.
create function shop_of(subject text) returns text language sql immutable as $$
    select replace(
        replace(substr(split_part(subject, '/', 1), strpos(subject, ':') + 1), '%2F', '/'),
        '%25', '%')
$$;

-- Whom an effect concerns: the subject of its journey, its order and its customer.
create view effect_subjects as
select e.key, j.subject, e.order_subject, shop_of(j.subject) as shop,
    case when j.subject like 'order:%' then o.customer else j.subject end as customer_subject
from effects e
    join journeys j on j.journey = e.journey
    left join subjects o on o.id = e.order_subject;

-- What any question looks back on, as [type, occurred_at, order, customer, things]: the watched
-- events of the customer, and those of the order that are not the customer's too.
create function history_of(the_order text, the_customer text, watched text[]) returns setof json
language sql stable as $$
    select coalesce(json_agg(json_build_array(
            type, occurred_at, body->>'order', body->>'customer', body->'things')
        order by occurred_at, type, source, id), '[]')
    from (
        select * from events
        where customer_subject = the_customer and type = any(watched collate "default")
        union all
        select * from events
        where order_subject = the_order and type = any(watched collate "default")
            and coalesce(customer_subject <> the_customer, true)
    ) past
$$;

-- The silences that may cover a decision about an order and its customer.
create function silences_over(the_order text, the_customer text) returns setof json
language sql stable as $$
    select coalesce(json_agg(s), '[]') from suppressions s
    where s.customer_subject = the_customer and (s.across_customer or s.order_subject is null)
        or s.order_subject = the_order and (not s.across_customer or s.customer_subject is null)
$$;

-- The newest scan of each carrier of a shop.
create function scans_of(the_shop text) returns setof json language sql stable as $$
    select coalesce(json_object_agg(carrier, last_scan_at), '{}') from carriers
    where shop = the_shop collate "default"
$$;
"""


def upgrade() -> None:
    op.execute(SHARED_READS)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
