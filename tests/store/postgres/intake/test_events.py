"""Accepting events when many do it at once."""

import asyncio

import pytest
from psycopg import AsyncConnection

from engine.facts.events import Event, InvalidEvent
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, asked, shipped
from tests.store.shop import NOON, an_event, later, placed


async def test_fifty_copies_at_once_are_one_event(store: PostgresStore) -> None:
    answers = await asyncio.gather(*(store.events.ingest([placed()], NOON) for _ in range(50)))

    assert sorted(answer for (answer,) in answers) == ["accepted"] + ["duplicate"] * 49
    assert await asked(store, "select seq from events") == [(1,)]


async def test_pairs_of_orders_in_both_orders_never_deadlock(store: PostgresStore) -> None:
    def pair(number: int) -> list[Event]:
        events = [
            an_event("order.changed", f"{number} {order}", order=order) for order in ("A1", "B1")
        ]
        return events if number % 2 else events[::-1]

    answers = await asyncio.gather(
        *(store.events.ingest(pair(number), NOON) for number in range(40))
    )

    assert answers == [["accepted", "accepted"]] * 40
    assert await asked(
        store, "select id, seq from subjects where id like 'order:%%' order by id"
    ) == [
        ("order:a shop%2F1/A1", 40),
        ("order:a shop%2F1/B1", 40),
    ]


async def test_a_second_body_under_the_same_id_is_counted_and_changes_nothing(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed("A1", "C1")], NOON)

    assert await store.events.ingest([placed("A1", "C2")], NOON) == ["conflict"]
    assert (await store.overview.counts())["conflicts"] == 1
    assert await asked(store, "select customer from subjects where customer is not null") == [
        ("customer:a shop%2F1/C1",)
    ]


async def test_two_bodies_of_one_id_at_once_leave_one_event(store: PostgresStore) -> None:
    for number in range(10):
        rivals = [an_event("order.changed", number, order=order) for order in ("A1", "B1")]
        answers = await asyncio.gather(*(store.events.ingest([rival], NOON) for rival in rivals))
        assert sorted(answer for (answer,) in answers) == ["accepted", "conflict"]

    assert (await store.overview.counts())["events"] == 10


async def test_a_batch_with_one_event_of_nobody_stores_nothing(store: PostgresStore) -> None:
    nobody = an_event("shipment.delivered", 2, order=None)

    with pytest.raises(InvalidEvent, match=r"event\[1\]\.data"):
        await store.events.ingest([placed(), nobody], NOON)

    assert (await store.overview.counts())["events"] == 0


async def test_a_parcel_named_in_the_same_batch_is_known(store: PostgresStore) -> None:
    scan = an_event("shipment.scanned", 3, order=None, things={"shipment": "PA1"})

    assert await store.events.ingest([placed(), shipped(), scan], NOON) == ["accepted"] * 3
    assert {logged.event.order for logged in await store.inquiries.events_of("A1")} == {"A1"}


async def test_a_poison_event_is_quarantined_and_the_next_one_goes_on(store: PostgresStore) -> None:
    answers = await store.events.ingest([an_event("no.such_event"), placed()], NOON)

    assert answers == ["quarantined", "accepted"]
    assert [(one.source, one.id) for one in await store.quarantine.entries()] == [("shop", "1")]


async def test_customers_that_change_while_locks_are_awaited_are_locked_too(
    store: PostgresStore,
) -> None:
    """Each event finds the customer that an earlier one of the same moment named."""
    await store.events.ingest([an_event("order.placed", "first", customer=None)], NOON)
    naming = [an_event("order.changed", n, customer=f"C{n}", at=later(minutes=n)) for n in range(5)]
    silent = [an_event("order.changed", f"silent {n}", at=later(minutes=n)) for n in range(15)]

    answers = await asyncio.gather(
        *(store.events.ingest([event], later(hours=1)) for event in naming + silent)
    )

    assert answers == [["accepted"]] * 20, await store.quarantine.entries()
    assert await asked(store, "select customer from subjects where customer is not null") == [
        ("customer:a shop%2F1/C4",)
    ]


async def test_which_of_them_somebody_has_locked_is_told_without_waiting(
    store: PostgresStore, witness: AsyncConnection
) -> None:
    await store.events.ingest([placed(), placed("A2", "C2")], NOON)
    subjects = [JOURNEY, "order:a shop%2F1/A2", "order:a shop%2F1/never"]
    async with witness.transaction():
        await witness.execute("select from subjects where id = %s for share", (JOURNEY,))

        assert await store.events.locked(subjects) == [JOURNEY]

    assert await store.events.locked(subjects) == []
