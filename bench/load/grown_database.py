"""A database as it is after years, copied into the tables in bulk: events, carriers, a customer of
many orders, and journeys that are overdue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from engine.catalog.catalog import builtin
from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order
from engine.facts.naming import Naming, subject_id
from engine.facts.purchases import recount
from engine.facts.state import State, empty

SHOP = "bench"
LONG_AGO = datetime(2025, 1, 6, 12, tzinfo=UTC)
# Whose orders are many.
REGULAR = "regular"
_EVENTS_OF_AN_ORDER = 4
_PARCELS = ("shipped", "in_transit", "delivered")
_Rows = Iterable[tuple[Any, ...]]

_SUBJECTS = "copy subjects (id, seq, facts, customer) from stdin"
_EVENTS = """
copy events (source, id, subject, seq, order_subject, customer_subject, type, occurred_at, body,
    digest, revision, stale, wakes, known_at) from stdin
"""
_CARRIERS = "copy carriers (shop, carrier, last_scan_at) from stdin"
_JOURNEYS = "copy journeys (journey, subject, facts, cursor, wake_at, ended) from stdin"
_DECISIONS = """
copy decisions (journey, rule_id, occurrence, revision, at, event, event_at, due_at, proof)
from stdin
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a database holds: `orders` are those of the customer who has many."""

    events: int = 0
    carriers: int = 0
    orders: int = 0


async def grow(url: str, naming: Naming, sizes: Sizes) -> None:
    """Copy so much into the tables, and let the database learn what they hold."""
    strangers = sizes.events // _EVENTS_OF_AN_ORDER
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await _copy(connection, _SUBJECTS, _strange_subjects(strangers))
        await _copy(connection, _EVENTS, _strange_events(strangers))
        await _copy(connection, _JOURNEYS, _strange_journeys(strangers))
        await _copy(connection, _DECISIONS, _strange_decisions(strangers))
        carriers = ((SHOP, f"carrier {n}", LONG_AGO) for n in range(sizes.carriers))
        await _copy(connection, _CARRIERS, carriers)
        if sizes.orders:
            await _grow_regular(connection, naming, sizes.orders)
        await connection.execute("analyze")


async def let_be_overdue(url: str, number: int) -> None:
    """So many journeys that should have woken long ago, all at the same two moments."""
    moments = (LONG_AGO, LONG_AGO + timedelta(hours=1))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        rows = (
            (f"order:{SHOP}/late{n}", f"order:{SHOP}/late{n}", "{}", 0, moments[n % 2], False)
            for n in range(number)
        )
        await _copy(connection, _JOURNEYS, rows)
        await connection.execute("analyze journeys")


async def _copy(connection: psycopg.AsyncConnection, into: LiteralString, rows: _Rows) -> None:
    async with connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            await copy.write_row(row)


def _strange_subjects(number: int) -> _Rows:
    for n in range(number):
        facts = '{"facts": {}, "happened": {}, "things": {}}'
        yield f"order:{SHOP}/s{n}", _EVENTS_OF_AN_ORDER, facts, f"customer:{SHOP}/s{n % 100_000}"


def _strange_events(number: int) -> _Rows:
    kinds = ("order.placed", *(f"shipment.{word}" for word in _PARCELS))
    for n in range(number):
        order, customer = f"order:{SHOP}/s{n}", f"customer:{SHOP}/s{n % 100_000}"
        at = LONG_AGO + timedelta(seconds=n)
        body = f'{{"shop": "{SHOP}", "order": "s{n}", "data": {{"order.total": "20.00 EUR"}}}}'
        for seq, kind in enumerate(kinds, 1):
            yield (
                "grown", f"{n} {seq}", order, seq, order, customer, kind, at, body, None, "old",
                False, True, at,
            )  # fmt: skip


def _strange_journeys(number: int) -> _Rows:
    for n in range(number):
        order = f"order:{SHOP}/s{n}"
        yield order, order, "{}", _EVENTS_OF_AN_ORDER, None, True


def _strange_decisions(number: int) -> _Rows:
    for n in range(number):
        at = LONG_AGO + timedelta(seconds=n)
        yield f"order:{SHOP}/s{n}", "r", f"s{n}", "old", at, "order.placed", at, at, "[]"


async def _grow_regular(connection: psycopg.AsyncConnection, naming: Naming, orders: int) -> None:
    """The customer of many orders, as the fold would have left them."""
    told = list(_orders_of_regular(orders))
    person, customer = subject_id("customer", SHOP, REGULAR), empty()
    states: dict[str, State] = {}
    for event in told:
        folded = fold_customer(customer, event, builtin())
        order, name = subject_id("order", SHOP, event.order or ""), event.order or ""
        state = fold_order(states.get(order, empty()), event, builtin()).state
        customer, states[order] = recount(folded, states.get(order), state, name)
    events = (
        (
            event.source, event.id, subject_id("order", SHOP, event.order or ""), seq,
            subject_id("order", SHOP, event.order or ""), person, event.type, event.occurred_at,
            Jsonb(event.to_json()), None, "old", False, True, event.occurred_at,
        )
        for event, seq in zip(told, cycle(range(1, _EVENTS_OF_AN_ORDER + 1)), strict=False)
    )  # fmt: skip
    await _copy(connection, _EVENTS, events)
    last = _EVENTS_OF_AN_ORDER
    of_orders = ((order, last, Jsonb(state), person) for order, state in states.items())
    await _copy(connection, _SUBJECTS, [*of_orders, (person, 0, Jsonb(customer), person)])
    ended = ((order, order, Jsonb(state), last, None, True) for order, state in states.items())
    theirs = (naming.journey(person), person, Jsonb(customer), 0, None, True)
    await _copy(connection, _JOURNEYS, [*ended, theirs])


def _orders_of_regular(orders: int) -> Iterator[Event]:
    data = {
        "customer.email": "regular@customer.example",
        "order.total": "20.00 EUR",
        "order.items": ["towel"],
    }
    for n in range(orders):
        at = LONG_AGO + timedelta(hours=n)
        order, parcel = f"r{n}", {"shipment": f"p{n}"}
        yield Event("grown", f"regular {n}", "order.placed", at, SHOP, order, REGULAR, {}, data)
        for word in _PARCELS:
            told, later = f"regular {n} {word}", at + timedelta(minutes=1)
            kind = f"shipment.{word}"
            yield Event("grown", told, kind, later, SHOP, order, REGULAR, parcel, {})
