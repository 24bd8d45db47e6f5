"""Erasure of a customer in one transaction, and of the old rows that PostgreSQL keeps until tables
are rewritten.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb

from engine.catalog.catalog import PERSON_NAMES, Catalog
from engine.catalog.channels import ADDRESS_OF
from engine.catalog.values import instant
from engine.facts.contacts.addresses import same_reader
from engine.facts.events import Event
from engine.facts.naming import Naming, own_id
from engine.facts.purchases import as_counted, with_orders
from engine.facts.refolds import erasure as erasing
from engine.facts.state import State, marked_erased
from engine.facts.things import value_of
from store.postgres.inquiries.own_names import names_of
from store.postgres.intake.nudges import NUDGE
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.readable_rows import PassedOver
from store.postgres.sessions.transactions import Overtaken, transaction
from store.records.answers import Erased

# What is rewritten afterwards, so that no page of it holds what was blanked.
_REWRITE = """
vacuum (full)
subjects, events, journeys, waits, effects, decisions, dead_addresses, bounces, quarantine,
addresses, unplaced, things
"""
_REWRITTEN_WITHIN = 24 * 3600.0  # seconds; nothing else ends it
# With those who turned out to be this customer: what is left of them is erased with their orders.
_ORDERS = "select id from subjects where %s in (customer, merged_into) order by id"
_LOCK = "select id, facts from subjects where id = any(%s) order by id for update"
_JOURNEYS = """
select journey, subject, cursor from journeys where subject = any(%s) order by journey for update
"""
_LOG = """
select subject, seq, body from events
where customer_subject = %(customer)s or order_subject = any(%(orders)s) order by pos
"""
_BLANK = """
update events set body = jsonb_set(body, '{data}', '{}'), digest = null
where customer_subject = %(customer)s or order_subject = any(%(orders)s)
    or subject is null and shop = %(shop)s
        and (body->>'customer' = any(%(customer_ids)s) or body->>'order' = any(%(order_ids)s))
"""
_QUARANTINE = """
update quarantine q set error = 'erased'
where q.source = 'journey' and q.id = any(%(journeys)s)
    or exists (
        select 1 from events e
        where (e.shop, e.source, e.id) = (q.shop, q.source, q.id) and e.subject is null
        and e.shop = %(shop)s and (
            e.body->>'customer' = any(%(customer_ids)s) or e.body->>'order' = any(%(order_ids)s)))
"""
_SUBJECT = "update subjects set facts = %s, erased_at = coalesce(erased_at, %s) where id = %s"
_JOURNEY = "update journeys set facts = %s where journey = %s"
_END_WAITS = "delete from waits where journey = any(%s)"
# With the carrier of a digest everything in it ends unsent.
_UNSENT = """
update effects e
set state = 'dropped', reason = 'erased', reason_by = null, owner = null, held_until = null,
    settled_at = %(now)s, shown = null, carries = '{}', touched_db = now()
where (customer_subject = %(customer)s or order_subject = any(%(orders)s)
        or journey = any(%(journeys)s))
    and (state in ('wanted', 'held', 'claimed') or reason = 'digested' and exists (
        select 1 from effects c
        where c.key = e.reason_by and c.state in ('wanted', 'held', 'claimed')))
"""
# What a receiver or an error said may quote an address.
_EFFECTS = """
update effects set arguments = '{}', firing = jsonb_set(firing, '{data}', '{}'), result = null,
    reason_by = case when reason in ('error', 'refused') then null else reason_by end
where customer_subject = %(customer)s or order_subject = any(%(orders)s)
    or journey = any(%(journeys)s)
"""
_DECISIONS = """
update decisions set proof = '[]', "by" = case when reason = 'error' then null else "by" end
where journey = any(%(journeys)s)
"""
# What came back from an address is also of everybody else who has, or had, it.
_FORGET_BOUNCES = """
with gone as (
    select told as address from unnest(%(addresses)s::text[]) told
    where not exists (
        select from addresses a
        where a.address = told and a.customer_subject <> all(%(people)s))
), dead as (
    delete from dead_addresses where read_at(address) in (select address from gone)
)
delete from bounces where address in (select address from gone)
"""
# What waits for whoever has one of their addresses, or one of their names, may have been said of
# them.
_EARLY = """
with gone as (
    delete from unplaced
    where shop = %(shop)s and kind = 'customer' and name = any(%(addresses)s)
        or (shop, kind, name) in (
            select shop, kind, thing from things
            where order_subject = any(%(people)s) and kind = any(%(kinds)s))
    returning shop, source, id
)
update events e set body = jsonb_set(body, '{data}', '{}'), digest = null from gone
where (e.shop, e.source, e.id) = (gone.shop, gone.source, gone.id)
"""
# What was said of them by who may not speak of their shop.
_APART = """
update quarantine set error = 'erased', body = jsonb_set(body, '{data}', '{}')
where body is not null and shop = %(shop)s
    and (body->>'customer' = any(%(customer_ids)s) or body->>'order' = any(%(order_ids)s)
        or exists (select from stated_in(body) stated where stated = any(%(addresses)s)))
"""
_FORGET_NAMES = "delete from things where order_subject = any(%(people)s) and kind = any(%(kinds)s)"
_UNREAD = "delete from addresses where customer_subject = any(%(people)s)"
_NOTE = "insert into audit (key, what, at) values (%s, 'erased', %s)"


async def erase(
    pool: Pool, rulesets: RulesetCache, naming: Naming, customer: str, now: datetime
) -> Erased:
    """Blank everything that was ever stated of a customer (a subject id), and be silent about them
    for ever.

    Raises KeyError if nothing is known of them. To do it again is harmless.
    """
    async with transaction(pool) as connection:
        orders = [row[0] for row in await connection.rows(_ORDERS, (customer,))]
        states = dict(await connection.rows(_LOCK, ([customer, *orders],)))
        if customer not in states:
            raise KeyError(customer)
        if [row[0] for row in await connection.rows(_ORDERS, (customer,))] != orders:
            raise Overtaken(customer)
        active = await rulesets.active(connection)
        journeys = await connection.rows(_JOURNEYS, ([customer, *orders],))
        asked = _parameters(
            customer, orders, [naming.journey(customer), *(row[0] for row in journeys)], now
        )
        logs = _Logs(await connection.rows(_LOG, asked), active.catalog, now)
        await connection.execute(_QUARANTINE, asked)
        await connection.execute(_BLANK, asked)
        for subject in states:
            await connection.execute(_SUBJECT, (Jsonb(logs.known(subject, orders)), now, subject))
        for journey, subject, cursor in journeys:
            await connection.execute(_JOURNEY, (Jsonb(logs.read(subject, cursor)), journey))
        known = sorted(logs.addresses | _addresses(states[customer]))
        await _forget(connection, asked | {"addresses": known, "people": [*states]})
        dropped = await _silence(connection, asked)
        await connection.execute(_NOTE, (customer, now))
    of_orders = sum(one.startswith("order:") for one in orders)
    return Erased(of_orders, len(logs), len(journeys), dropped)


async def rewrite(pool: Pool) -> bool:
    """Rewrite the tables, so that what was blanked is in no page of theirs; each is locked while it
    is written.

    False if somebody used one of them for a whole minute.
    """
    async with pool.connection() as connection:
        connection.answered_within = _REWRITTEN_WITHIN
        await connection.execute("set statement_timeout = 0")
        await connection.execute("set lock_timeout = '60s'")
        try:
            await connection.execute(_REWRITE)
        except LockNotAvailable:
            return False
        finally:
            await connection.execute("reset all")
    return True


async def _forget(connection: Connection, asked: dict[str, Any]) -> None:
    """Drop what is kept under their addresses and names, then that these are theirs."""
    asked = asked | {"kinds": [*PERSON_NAMES]}
    for statement in (_FORGET_BOUNCES, _EARLY, _APART, _FORGET_NAMES, _UNREAD):
        await connection.execute(statement, asked)


async def _silence(connection: Connection, asked: dict[str, Any]) -> int:
    """End what waits, drop what is unsent, blank what was carried; how many messages and calls were
    dropped.
    """
    await connection.execute(_END_WAITS, (asked["journeys"],))
    dropped = await connection.execute(_UNSENT, asked)
    await connection.execute(_EFFECTS, asked)
    await connection.execute(_DECISIONS, asked)
    await connection.execute(NUDGE, (asked["journeys"],))
    await connection.turn()
    return dropped.rowcount


def _parameters(
    customer: str, orders: list[str], journeys: list[str], now: datetime
) -> dict[str, Any]:
    return {
        "customer": customer,
        "orders": orders,
        **names_of(customer, orders),
        "journeys": journeys,
        "now": now,
    }


class _Logs:
    """The blanked logs of a customer and their orders, and the facts that still follow from them.

    `addresses` are all that they could ever be reached at: every text of an event may be one.
    """

    def __init__(self, rows: list[tuple[Any, ...]], catalog: Catalog, now: datetime) -> None:
        self._catalog, self._now = catalog, now
        self.addresses: set[str] = set()
        self._all: list[Event] = []
        self._of: dict[str | None, list[tuple[int, Event]]] = defaultdict(list)
        passed = PassedOver("events")
        for subject, seq, body in rows:
            self.addresses |= {
                same_reader(stated) for stated in _stated(body) if isinstance(stated, str)
            }
            if told := passed.read(Event.from_json, body):
                event = erasing.blank(told)
                self._all.append(event)
                self._of[subject].append((seq, event))
        passed.log()

    def __len__(self) -> int:
        return len(self._all)

    def known(self, subject: str, orders: Iterable[str]) -> State:
        """The facts of an order, or of a customer whose orders these are."""
        if subject.startswith("order:"):
            return as_counted(self.read(subject))
        return with_orders(
            self._customer(self._all), {own_id(one): self.read(one) for one in orders}
        )

    def read(self, subject: str, cursor: int | None = None) -> State:
        """The facts that a journey has of its own log, up to its cursor."""
        events = [event for seq, event in self._of[subject] if cursor is None or seq <= cursor]
        return (
            self._customer(events)
            if subject.startswith("customer:")
            else erasing.order_of(events, self._catalog)
        )

    def _customer(self, events: list[Event]) -> State:
        return marked_erased(erasing.customer_of(events, self._catalog), instant(self._now))


def _stated(body: dict[str, Any]) -> Iterable[Any]:
    """What the body of an event states, also of one that is no event any more."""
    data = body.get("data")
    return data.values() if isinstance(data, dict) else ()


def _addresses(customer: State) -> set[str]:
    """Where the customer can be reached."""
    found = (value_of(customer, "customer", None, fact) for fact in ADDRESS_OF.values())
    return {same_reader(address) for address in found if address}
