"""Everything that is known of one customer, for them to have."""

from typing import Any

from store.postgres.inquiries.kept_names import kept_under_names
from store.postgres.journeys.effect_rows import read_state
from store.postgres.sessions.pool import Pool

_CUSTOMERS = """
select distinct coalesce(merged_into, id) from subjects
where id like 'customer:%%' and substr(id, strpos(id, '/') + 1) = %s order by 1
"""
_ALL = """
with orders as (select id, facts from subjects where customer = %(customer)s), own_journeys as (
    select journey from journeys
    where subject = any(array(
        select id from orders
        union select id from subjects where %(customer)s in (id, merged_into)))
)
select json_build_object(
    'customer', s.id,
    'erased_at', s.erased_at,
    'facts', s.facts,
    'orders', (select coalesce(json_agg(o order by id), '[]') from orders o),
    'events', (
        select coalesce(json_agg(body order by occurred_at, pos), '[]') from events
        where customer_subject = s.id or order_subject = any(array(select id from orders))),
    'effects', (
        select coalesce(json_agg(json_build_object(
            'key', key, 'kind', kind, 'name', name, 'rule', rule_id, 'category', category,
            'channel', channel, 'state', state, 'reason', reason, 'decided_at', decided_at,
            'settled_at', settled_at, 'arguments', arguments, 'result', result)
            order by decided_at, key), '[]')
        from effects
        where customer_subject = s.id or order_subject = any(array(select id from orders))
            or journey = any(array(select journey from own_journeys))),
    'decisions', (
        select coalesce(json_agg(json_build_object(
            'rule', rule_id, 'at', at, 'event', event, 'due_at', due_at, 'reason', reason,
            'by', "by", 'proof', proof) order by id), '[]')
        from decisions where journey = any(array(select journey from own_journeys))),
    'silences', (
        select coalesce(json_agg(json_build_object(
            'rule', rule_id, 'categories', categories, 'from', starts_at, 'to', ends_at)
            order by starts_at, key), '[]')
        from suppressions
        where customer_subject = s.id or order_subject = any(array(select id from orders))),
    'waits', (
        select coalesce(json_agg(json_build_object('rule', rule_id, 'due_at', due_at)
            order by due_at), '[]')
        from waits where journey = any(array(select journey from own_journeys)))
) from subjects s where s.id = %(customer)s
"""


async def customers(pool: Pool, own_id: str) -> list[str]:
    """The subject ids of the customers who have this id in their shop."""
    async with pool.connection() as connection:
        return [row[0] for row in await connection.rows(_CUSTOMERS, (own_id,))]


async def export(pool: Pool, customer: str) -> dict[str, Any]:
    """Everything known of a customer, as JSON; raises KeyError if that is nothing."""
    async with pool.connection() as connection:
        row = await connection.row(_ALL, {"customer": customer})
        if row is None:
            raise KeyError(customer)
        found: dict[str, Any] = row[0] | await kept_under_names(connection, customer)
    for effect in found["effects"]:
        effect["state"] = read_state(effect["state"])
    return found
