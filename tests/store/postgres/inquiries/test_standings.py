"""What a question from outside reads: whose the thing is, in which shop, without waiting for
anybody.
"""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from engine.facts.naming import subject_id
from engine.facts.views.inquiry import Inquiry
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, SHOP, an_event, later, placed, the_rules

ORDER = Inquiry("order", "A1")


async def owners(
    store: PostgresStore, inquiry: Inquiry
) -> list[tuple[str | None, str | None, str]]:
    found = [one.subjects for one in await store.inquiries.standings(inquiry, NOON)]
    return sorted((one.order_id, one.customer_id, one.shop) for one in found)


@pytest.mark.parametrize(
    ("inquiry", "found"),
    [
        (ORDER, ("A1", "C1", SHOP)),
        (Inquiry("item", "X", within=("order", "A1")), ("A1", "C1", SHOP)),
        (Inquiry("return", "R1"), ("A1", "C1", SHOP)),
        (Inquiry("return", "R1", shop=SHOP), ("A1", "C1", SHOP)),
        (Inquiry("customer", "C1"), (None, "C1", SHOP)),
        (Inquiry("subscription", "S1", within=("customer", "C1")), (None, "C1", SHOP)),
    ],
)
async def test_a_thing_is_found_with_its_order_and_customer(
    store: PostgresStore, inquiry: Inquiry, found: tuple[str | None, ...]
) -> None:
    await store.events.ingest(
        [placed(), an_event("return.requested", things={"return": "R1"})], NOON
    )

    assert await owners(store, inquiry) == [found]


@pytest.mark.parametrize(
    "inquiry",
    [
        Inquiry("order", "C1"),
        Inquiry("customer", "A1"),
        Inquiry("return", "P1"),
        Inquiry("order", "A1", shop="another"),
        Inquiry("return", "R1", shop="another"),
        Inquiry("order", "%"),
    ],
)
async def test_what_nobody_has_named_so_is_not_found(
    store: PostgresStore, inquiry: Inquiry
) -> None:
    things = {"return": "R1", "shipment": "P1"}
    await store.events.ingest([placed(), an_event("return.requested", things=things)], NOON)

    assert await store.inquiries.standings(inquiry, NOON) == ()


async def test_one_id_in_two_shops_is_two_things_until_the_shop_is_named(
    store: PostgresStore,
) -> None:
    other = replace(an_event("order.placed", "other", customer="C9"), shop="other")
    await store.events.ingest([placed(), other], NOON)

    assert await owners(store, ORDER) == [("A1", "C1", SHOP), ("A1", "C9", "other")]
    assert await owners(store, Inquiry("order", "A1", shop="other")) == [("A1", "C9", "other")]


async def test_an_order_without_a_customer_is_read_too(store: PostgresStore) -> None:
    await store.events.ingest([placed("A1", None)], NOON)

    assert await owners(store, ORDER) == [("A1", None, SHOP)]


async def test_the_history_is_that_of_the_order_where_no_answer_looks_at_others(
    store: PostgresStore,
) -> None:
    back = [
        an_event("return.requested", f"back {one}", order=one, at=later(hours=1))
        for one in ("A1", "A2")
    ]
    await store.events.ingest([placed(), placed("A2"), *back], NOON)

    (standing,) = await store.inquiries.standings(ORDER, NOON)
    assert [(one.type, one.order) for one in standing.history] == [("return.requested", "A1")]


async def test_rules_that_look_back_on_more_are_answered_by_their_own_history(
    store: PostgresStore,
) -> None:
    counting = the_rules("stop_if: order.cancelled", "stop_if: [order.cancelled, order.placed]")
    await store.events.ingest([placed()], NOON)
    other = PostgresStore(store.pool, store.naming)
    await other.inquiries.standings(ORDER, NOON)

    await store.rulesets.publish(counting, "tests", "more", NOON)
    (standing,) = await other.inquiries.standings(ORDER, NOON)

    assert standing.ruleset.revision == counting.revision
    assert [one.type for one in standing.history] == ["order.placed"]


async def test_a_question_waits_for_no_lock(store: PostgresStore, database: str) -> None:
    await store.events.ingest([placed()], NOON)
    async with await psycopg.AsyncConnection.connect(database) as writer:
        await writer.execute("select 1 from subjects for update")
        async with asyncio.timeout(1):
            (standing,) = await store.inquiries.standings(ORDER, NOON)

    assert standing.subjects.order_id == "A1"


async def test_of_a_customer_who_was_erased_nothing_is_known(store: PostgresStore) -> None:
    await store.events.ingest([placed()], NOON)
    await store.customers.erase(subject_id("customer", SHOP, "C1"), NOON)

    for inquiry in (ORDER, Inquiry("customer", "C1")):
        (standing,) = await store.inquiries.standings(inquiry, NOON)
        assert standing.view(inquiry, NOON) is None
