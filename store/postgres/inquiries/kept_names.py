"""What is kept under a customer's names and addresses, for their export: what came back from there,
what waits for them or could not be read, and what may not be said again.
"""

from typing import Any

from store.postgres.inquiries.own_names import names_of
from store.postgres.sessions.pool import Connection

# `own` are the customer, those who turned out to be them, and their orders. Every text that an
# event states may be an address.
_ALL = """
with own as (
    select id from subjects where %(customer)s in (id, customer, merged_into)
), own_journeys as (
    select journey from journeys where subject in (select id from own)
), own_addresses as (
    select address from addresses where customer_subject in (select id from own)
    union
    select address from events, stated_in(body) address
    where customer_subject = %(customer)s or order_subject = any(array(select id from own))
), own_unread as (
    select shop, source, id, body from events
    where subject is null and shop = %(shop)s
        and (body->>'customer' = any(%(customer_ids)s) or body->>'order' = any(%(order_ids)s))
    union
    select shop, source, id, body from quarantine
    where body is not null and shop = %(shop)s
        and (body->>'customer' = any(%(customer_ids)s) or body->>'order' = any(%(order_ids)s)
            or exists (
                select from stated_in(body) stated
                where stated in (select address from own_addresses)))
    union
    select e.shop, e.source, e.id, e.body
    from events e join unplaced u using (shop, source, id)
    where u.kind = 'customer' and (u.shop, u.name) in (
        select %(shop)s, address from own_addresses)
    or (u.shop, u.kind, u.name) in (
        select shop, kind, thing from things where order_subject in (select id from own))
)
select json_build_object(
    'also_known_as', (
        select coalesce(json_agg(id order by id), '[]') from subjects
        where merged_into = %(customer)s),
    'names', (
        select coalesce(json_agg(json_build_object(
            'kind', kind, 'name', thing, 'of', order_subject) order by pos), '[]')
        from things where order_subject in (select id from own)),
    'addresses', (
        select coalesce(json_agg(json_build_object('address', address, 'until', until)
            order by address), '[]')
        from addresses where customer_subject in (select id from own)),
    'bounces', (
        select coalesce(json_agg(json_build_object(
            'address', address, 'kind', kind, 'at', at, 'text', text)
            order by address, at, kind), '[]')
        from (
            select address, kind, at, text from bounces
            union
            select read_at(address), 'hard', since, reason from dead_addresses
        ) back
        where address in (select address from own_addresses)),
    'unread', (
        select coalesce(json_agg(json_build_object(
            'event', e.body, 'error', q.error, 'awaits', u.names) order by e.source, e.id), '[]')
        from own_unread e
            left join quarantine q using (shop, source, id)
            left join (
                select shop, source, id, json_agg(name order by name) as names
                from unplaced group by shop, source, id
            ) u using (shop, source, id)),
    'stuck', (
        select coalesce(json_agg(json_build_object(
            'journey', q.id, 'error', q.error, 'since', q.since_db) order by number), '[]')
        from quarantine q
        where q.source = 'journey' and q.id in (select journey from own_journeys)),
    'once_keys', (
        select coalesce(json_agg(json_build_object(
            'rule', k.rule_id, 'value', k.value, 'taken_at', k.taken_at,
            'kept', h.holder is not null) order by k.rule_id, k.value, k.subject), '[]')
        from once_keys k left join kept_keys h using (rule_id, holder)
        where k.subject in (select id from own)),
    'notes', (
        select coalesce(json_agg(json_build_object('of', key, 'what', what, 'at', at)
            order by number), '[]')
        from audit
        where key = any(array(
            select key from effects
            where customer_subject = %(customer)s or order_subject = any(array(select id from own))
                or journey = any(array(select journey from own_journeys))
            union select %(customer)s))))
"""
_OTHERS = "select id from subjects where %s in (customer, merged_into) order by id"


async def kept_under_names(connection: Connection, customer: str) -> dict[str, Any]:
    """As JSON, what is kept under every name and address of a customer, a subject id."""
    others = [row[0] for row in await connection.rows(_OTHERS, (customer,))]
    asked = {"customer": customer, **names_of(customer, others)}
    row = await connection.row(_ALL, asked)
    assert row is not None
    found: dict[str, Any] = row[0]
    return found
