"""What is known of a thing that somebody asks about: one snapshot with the rules that hold, read
without a lock.
"""

from datetime import datetime
from typing import Any, LiteralString

from engine.decisions.waits.beginnings import ended_by
from engine.facts.naming import subject_id
from engine.facts.views.inquiry import Inquiry, Standing
from engine.rules.lookbacks import Lookbacks
from engine.rules.ruleset import Ruleset
from store.postgres.journeys.effect_rows import around_of, happenings_of
from store.postgres.journeys.lookback_rows import lookback_params
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.records.subjects import subjects_of

# An order or a customer by its own id, and a return by its order. Shops may use the same ids; two
# that have one are enough to know that the question says too little.
_BY_OWN_ID = """
with whose as (
    select id as subject, shop_of(id) as shop,
        case when id like 'order:%%' then id end as order_subject,
        case when id like 'order:%%' then customer else coalesce(merged_into, id) end
            as customer_subject
    from subjects
    where substr(id, strpos(id, '/') + 1) = %(id)s and id like %(kind)s || ':%%'
        and (%(subject)s::text is null or id = %(subject)s)
    limit 2
)
select
    (select revision from activations order by number desc limit 1),
    (select coalesce(json_agg(json_build_object(
        'order', order_subject, 'customer', customer_subject,
        'subjects', (
            select coalesce(json_object_agg(id, s.facts), '{}') from subjects s
            where id in (whose.order_subject, whose.customer_subject)),
        'history', (select seen.* from silent_since(order_subject, customer_subject, %(now)s) since,
            history_seen(array_remove(array[order_subject], null), customer_subject, %(watched)s,
                %(lookbacks)s::jsonb -> split_part(subject, ':', 1),
                %(now)s, null, since) seen),
        'silences', (select * from silences_over(order_subject, customer_subject)),
        'scans', (select * from scans_named(shop, array[order_subject, customer_subject])))), '[]')
    from whose)
"""
_BY_RETURN = """
with whose as (
    select s.id as subject, shop_of(s.id) as shop,
        s.id as order_subject, s.customer as customer_subject
    from (
        select distinct on (shop) order_subject from things
        where thing = %(id)s and kind = %(kind)s and (%(shop)s::text is null or shop = %(shop)s)
            and order_subject like 'order:%%'
        order by shop, pos desc
    ) t join subjects s on s.id = t.order_subject
    limit 2
)
select
    (select revision from activations order by number desc limit 1),
    (select coalesce(json_agg(json_build_object(
        'order', order_subject, 'customer', customer_subject,
        'subjects', (
            select coalesce(json_object_agg(id, s.facts), '{}') from subjects s
            where id in (whose.order_subject, whose.customer_subject)),
        'history', (select seen.* from silent_since(order_subject, customer_subject, %(now)s) since,
            history_seen(array_remove(array[order_subject], null), customer_subject, %(watched)s,
                %(lookbacks)s::jsonb -> split_part(subject, ':', 1),
                %(now)s, null, since) seen),
        'silences', (select * from silences_over(order_subject, customer_subject)),
        'scans', (select * from scans_named(shop, array[order_subject, customer_subject])))), '[]')
    from whose)
"""
_LOAD: dict[str, LiteralString] = {
    "order": _BY_OWN_ID,
    "customer": _BY_OWN_ID,
    "return": _BY_RETURN,
}


async def standings(
    pool: Pool, rulesets: RulesetCache, inquiry: Inquiry, now: datetime
) -> tuple[Standing, ...]:
    """What is known at a moment of whatever the question names: nothing, one order or customer, or
    two of different shops.
    """
    async with pool.connection() as connection:
        lookbacks = (rulesets.latest or await rulesets.active(connection)).lookbacks
        while True:
            revision, found = await _read(connection, inquiry, lookbacks, now)
            active = await rulesets.of(connection, revision)
            standing = tuple(_standing(active, row) for row in found)
            silences = [silence for one in standing for silence in one.subjects.silences]
            needed = active.lookbacks.ending(ended_by(silences, now), active.catalog)
            if needed == lookbacks:
                return standing
            lookbacks = needed  # the rules look back on more by now, or a silence does


async def _read(
    connection: Connection, inquiry: Inquiry, lookbacks: Lookbacks, now: datetime
) -> tuple[str | None, list[dict[str, Any]]]:
    kind, thing = inquiry.found_by
    subject = subject_id(kind, inquiry.shop, thing) if inquiry.shop else None
    asked = {
        "kind": kind,
        "id": thing,
        "subject": subject,
        "shop": inquiry.shop,
        "now": now,
        **lookback_params(lookbacks),
    }
    ((revision, found),) = await connection.rows(_LOAD[kind], asked)
    return revision, found


def _standing(ruleset: Ruleset, row: dict[str, Any]) -> Standing:
    order, customer = row["order"], row["customer"]
    subjects = subjects_of(order or customer, order, customer, row["subjects"], around_of(row))
    return Standing(ruleset, subjects, happenings_of(row["history"]))
