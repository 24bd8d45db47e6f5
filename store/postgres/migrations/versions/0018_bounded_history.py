"""A question reads of a customer's past what its rules look back on, and no more."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Built before, while everybody goes on writing: what happened to a customer and to no order.
INDEXES = (
    (
        "events_of_no_order",
        """
        create index concurrently if not exists events_of_no_order
        on events (customer_subject, type, occurred_at) where order_subject is null
        """,
    ),
)
# `history_of` stays: a worker of the code before still reads it.
BOUNDED_HISTORY = """
-- Since when the first of the silences holds that may cover a decision and hold at a moment.
create function silent_since(the_order text, the_customer text, a_moment timestamptz)
returns setof timestamptz language sql stable as $$
    select min(s.starts_at) from suppressions s
    where s.starts_at <= a_moment and a_moment < s.ends_at
        and (s.customer_subject = the_customer and (s.across_customer or s.order_subject is null)
            or s.order_subject = the_order
                and (not s.across_customer or s.customer_subject is null))
$$;

-- What a question looks back on, as [type, occurred_at, order, customer, things]: every watched event
-- of its own orders, and of all else that happened to the customer what `lookbacks` say, of events of
-- other orders and of those of no order. One that is `newest` wants the newest such event, whenever
-- it was; the others want all since a moment: so many seconds ago, since the matter had `begun`, since
-- there was the first silence.
create function history_seen(
    the_orders text[], the_customer text, watched text[], lookbacks jsonb,
    a_moment timestamptz, begun timestamptz, silent timestamptz)
returns setof json language sql stable as $$
    select coalesce(json_agg(json_build_array(
            past.type, past.occurred_at, past.body->>'order', past.body->>'customer',
            past.body->'things')
        order by past.occurred_at, past.type, past.source, past.id), '[]')
    from (
        select e.type, e.occurred_at, e.source, e.id, e.body from events e
        where e.order_subject = any(the_orders) and e.type = any(watched collate "default")
        union all
        select seen.type, seen.occurred_at, seen.source, seen.id, seen.body
        from (
            select look.event, look.of_none, look.newest, least(
                case when look.ever then '-infinity'::timestamptz
                    else a_moment - look.seconds * interval '1 second' end,
                case when look.to_begun then begun end,
                case when look.to_silent then silent end) as since
            from jsonb_to_recordset(lookbacks) as look(
                event text, of_none boolean, seconds double precision, ever boolean, newest boolean,
                to_begun boolean, to_silent boolean)
        ) looks cross join lateral (
            select e.type, e.occurred_at, e.source, e.id, e.body from events e
            where not looks.of_none and e.customer_subject = the_customer
                and e.type = looks.event collate "default" and e.occurred_at >= looks.since
                and e.order_subject is not null and e.order_subject <> all(the_orders)
            union all
            select e.type, e.occurred_at, e.source, e.id, e.body from events e
            where looks.of_none and e.customer_subject = the_customer
                and e.type = looks.event collate "default" and e.occurred_at >= looks.since
                and e.order_subject is null
            union all
            select n.type, n.occurred_at, n.source, n.id, n.body from (
                select e.type, e.occurred_at, e.source, e.id, e.body from events e
                where looks.newest and not looks.of_none and e.customer_subject = the_customer
                    and e.type = looks.event collate "default"
                    and e.order_subject is not null and e.order_subject <> all(the_orders)
                order by e.occurred_at desc, e.source desc, e.id desc limit 1
            ) n where looks.since is null or n.occurred_at < looks.since
            union all
            select n.type, n.occurred_at, n.source, n.id, n.body from (
                select e.type, e.occurred_at, e.source, e.id, e.body from events e
                where looks.newest and looks.of_none and e.customer_subject = the_customer
                    and e.type = looks.event collate "default" and e.order_subject is null
                order by e.occurred_at desc, e.source desc, e.id desc limit 1
            ) n where looks.since is null or n.occurred_at < looks.since
        ) seen
    ) past
$$;
"""


def upgrade() -> None:
    op.execute(BOUNDED_HISTORY)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
