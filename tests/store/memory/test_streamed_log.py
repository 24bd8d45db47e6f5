"""What has come to rest leaves memory, and comes back as if it had never been away."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.decisions.decision import Decision
from engine.facts.events import Event
from engine.simulation.simulator import Hands, Simulator, Step
from store.memory.store import MemoryStore
from store.memory.streamed_log import StreamingStore
from tests.store.shop import NAMING, NOON, an_event, placed, the_rules

EMAIL = frozenset({"email"})
DAY = timedelta(days=1)


def stepping(seen: list[tuple[Any, ...]]) -> Hands:
    def see(step: Step) -> None:
        seen.append((step.at, step.effect.key, step.effect.state, step.effect.reason))

    return Hands(see=see)


def played(store: MemoryStore, events: list[Event]) -> list[tuple[Any, ...]]:
    """What every attempt of the run came to."""
    seen: list[tuple[Any, ...]] = []
    Simulator(store, stepping(seen)).play(events, until=events[-1].occurred_at + 90 * DAY)
    return seen


def streaming(seen: list[Decision] | None = None) -> StreamingStore:
    return StreamingStore(the_rules(), NAMING, EMAIL, (seen if seen is not None else []).extend)


def an_order(number: int, at: datetime, customer: str) -> Iterator[Event]:
    order = f"A{number}"
    yield placed(order, customer, at=at)
    yield an_event(
        "consent.given",
        f"c{number}",
        at,
        customer=customer,
        order=None,
        data={"consent.category": "sales"},
    )
    parcel = {"order": order, "customer": customer, "things": {"shipment": f"P{number}"}}
    yield an_event("shipment.shipped", f"s{number}", at + DAY, **parcel)
    yield an_event("shipment.delivered", f"d{number}", at + 3 * DAY, **parcel)


def half_a_year(people: int) -> list[Event]:
    """An order every second day, by customers who come back after a while; and late news of old
    orders.
    """
    orders = [
        event for n in range(90) for event in an_order(n, NOON + 2 * n * DAY, f"C{n % people}")
    ]
    late = [
        an_event(
            "review.received",
            f"r{n}",
            NOON + (2 * n + 80) * DAY,
            order=f"A{n}",
            data={"review.stars": n % 5 + 1},
        )
        for n in range(0, 60, 3)
    ]
    unnamed = [
        an_event(
            "shipment.lost",
            f"l{n}",
            NOON + (2 * n + 90) * DAY,
            order=None,
            things={"shipment": f"P{n}"},
        )
        for n in range(0, 40, 7)
    ]
    return sorted([*orders, *late, *unnamed], key=lambda event: (event.occurred_at, event.id))


@pytest.mark.parametrize("people", [90, 25, 3])
def test_both_stores_in_memory_say_the_same(people: int) -> None:
    store, whole = streaming(), MemoryStore(the_rules(), NAMING, EMAIL)
    events = half_a_year(people)

    assert played(store, events) == played(whole, events)
    assert len(store.log.subjects) < len(whole.log.subjects)


def test_whoever_rests_is_not_in_memory() -> None:
    store = streaming()
    played(store, half_a_year(90))

    assert len(store.log.subjects) < 60
    assert len(store.effects) < 80
    assert all(one.subject in store.log.subjects for one in store.journeys.values())


def test_an_order_that_waits_stays_in_memory() -> None:
    slow = the_rules(
        "when: 2 days after order.delivered\n    if", "when: 90 days after order.delivered\n    if"
    )
    store = StreamingStore(slow, NAMING, EMAIL, lambda _: None)
    simulator = Simulator(store)
    simulator.play(an_order(1, NOON, "C1"))
    simulator.pass_time(NOON + 50 * DAY)
    simulator.play([placed("B1", "C2", at=NOON + 60 * DAY)])

    assert any(one.rule_id == "review" for one in store.waits["order:a shop%2F1/A1"].values())


def test_decisions_are_handed_on_and_not_kept() -> None:
    seen: list[Decision] = []
    store, plain = streaming(seen), MemoryStore(the_rules(), NAMING, EMAIL)
    events = half_a_year(25)
    played(store, events)
    played(plain, events)

    assert seen == plain.decisions
    assert store.decisions == []


def test_an_event_that_comes_again_after_a_rest_changes_nothing() -> None:
    store = streaming()
    events = half_a_year(90)
    again = [*events, *events[:40]]
    results = [store.ingest([event], event.occurred_at)[0] for event in again]

    assert set(results[len(events) :]) == {"duplicate"}
