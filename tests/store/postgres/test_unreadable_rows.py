"""Rows of which nobody can make sense, in every table that somebody looks through: they hide
nothing else, and hold nobody up.
"""

from datetime import datetime
from typing import LiteralString

import pytest
from structlog.testing import capture_logs

from engine.facts.naming import subject_id
from operations.explain.show import show
from operations.explain.story import StoryQuestion, story_of
from operations.failed_effects import listed
from operations.intake.quarantine import quarantined
from operations.revisions.authorship import Authorship
from operations.revisions.plan import plan
from operations.revisions.publish import propose, publish
from operations.rules.graph import graph_of_order
from operations.subjects.erase import erase
from operations.subjects.export import export
from operations.subjects.find import find
from store.postgres.intake.recall import begin, recall_pages
from store.postgres.store import PostgresStore
from tests.store.probing import asked, shipped, told
from tests.store.shop import NAMING, NOON, SHOP, an_event, deciding, later, placed, the_rules

BROKEN = "order:a shop%2F1/A1"
NEWER = the_rules("2 days after order.delivered", "9 days after order.delivered")
_STATEMENTS: tuple[LiteralString, ...] = (
    """update events set
        body = '{"shop": "a shop/1", "data": {"customer.email": "old@example.com"}}'
    where order_subject = %s""",
    "update waits set firing = '{}' where journey = %s",
    "update effects set firing = '{}' where journey = %s",
    "update decisions set reason = 'of a newer program' where journey = %s",
    "update subjects set facts = '{\"happened\": 7}' where id = %s",
    "update journeys set facts = '{\"happened\": 7}' where journey = %s",
)


@pytest.fixture
async def shop(store: PostgresStore) -> PostgresStore:
    """Orders A1 and A2 of C1, and A3 of C3, have been delivered, and wait; of A1 nothing can be
    read.
    """
    for order, customer in (("A1", "C1"), ("A2", "C1"), ("A3", "C3")):
        there = an_event(
            "shipment.delivered", f"there {order}", order=order, things={"shipment": f"P{order}"}
        )
        for news in ([placed(order, customer), shipped(order)], [there]):
            await store.events.ingest(news, NOON)
            await decided(store, order)
    for statement in _STATEMENTS:
        await told(store, statement, BROKEN)
    return store


async def decided(store: PostgresStore, order: str, at: datetime = NOON) -> int:
    """How much is open of an order after its decision."""
    journey = NAMING.journey(subject_id("order", SHOP, order))
    return len((await store.journeys.decide(journey, at, deciding(at))).open)


async def test_whoever_looks_at_another_order_or_at_its_customer_is_answered(
    shop: PostgresStore,
) -> None:
    with capture_logs() as lines:
        assert (await show(shop, "order", "A2", None, NOON)).waits
        assert (await show(shop, "customer", "C3", None, NOON)).id == "C3"
        assert (await story_of(shop, StoryQuestion(None, "customer", "C1"))).entries
        known = (await story_of(shop, StoryQuestion(None, "order", "A1"))).history.events
        assert {logged.event.order for logged in known} == {"A2"}
        await graph_of_order(shop, "A1")
        assert [one.customer for one in await find(shop, "C1@example.com")] == ["C1"]
        assert (await export(shop, "C1", None)).known["orders"]
        assert {event.order async for event, _ in shop.inquiries.log()} == {"A2", "A3"}

    assert {line["rows"] for line in lines} == {"events", "waits", "effects", "decisions"}
    assert {line["log_level"] for line in lines} == {"warning"}
    assert "example.com" not in str(lines)


async def test_lists_name_all_that_can_be_read(shop: PostgresStore) -> None:
    states = [one.state for one in await listed(shop, "wanted", None, None, None)]

    assert states == ["wanted", "wanted"]
    assert len(await shop.inquiries.effects()) == 2
    assert await shop.inquiries.waits_of("A1") == []
    assert await shop.inquiries.decisions("shipped", "A1") == []
    assert await quarantined(shop) == []


async def test_a_plan_names_all_others_and_says_how_many_it_leaves_out(
    shop: PostgresStore,
) -> None:
    planned = await plan(shop, NEWER, later(hours=1))

    assert planned.unread == 1
    assert planned.to_json()["rules"]["review"]["kept"]["count"] == 2


async def test_rules_are_published_and_reach_everybody(shop: PostgresStore) -> None:
    at = later(hours=1)
    seen = await propose(shop, NEWER, at, with_waits=True, moves_waits=True)

    published = await publish(
        shop, NEWER, Authorship("ann", "", at), proposal=seen, moves_waits=True
    )

    assert published.reached
    assert len(await asked(shop, "select from nudges where journey like 'order:%%'")) == 3


async def test_the_sweep_and_a_recall_reach_everybody(shop: PostgresStore) -> None:
    await told(shop, "update journeys set wake_at = now() - interval '2 hours', ended = false")
    await told(shop, "delete from nudges")
    number = len(await shop.journeys.woken())

    assert (await shop.nudges.sweep()).nudged == number
    await told(shop, "delete from nudges")
    await begin(shop.pool, "another")
    assert await recall_pages(shop.pool) == number


async def test_others_are_heard_and_decide(shop: PostgresStore) -> None:
    news = [
        an_event("order.cancelled", f"no {order}", later(hours=1), order=order)
        for order in ("A1", "A2", "A3")
    ]

    assert await shop.events.ingest(news, later(hours=1)) == [
        "quarantined",
        "accepted",
        "accepted",
    ]
    assert [await decided(shop, one, later(hours=1)) for one in ("A2", "A3")] == [3, 3]


async def test_a_customer_is_merged_with_all_that_can_be_read_and_what_cannot_stays(
    shop: PostgresStore,
) -> None:
    waits = await asked(shop, "select count(*) from waits")
    merged = an_event(
        "customer.merged", "one", order=None, customer="C3", data={"customer.merged_from": "C1"}
    )

    assert await shop.events.ingest([merged], later(hours=1)) == ["accepted"]
    assert await asked(shop, "select count(*) from waits") == waits


async def test_a_customer_is_erased_with_what_cannot_be_read(shop: PostgresStore) -> None:
    await erase(shop, "C1", None, later(hours=1))

    bodies = await asked(shop, "select body::text from events")
    assert not [body for (body,) in bodies if "old@example.com" in body or "C1@example" in body]
