"""What `purna explain` answers, from a real store in which a little has happened."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cli.text.explained.story import story_lines
from engine.facts.events import Event
from operations.cannot_run import CannotRun
from operations.explain.story import Story, StoryQuestion, story_of
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.operations.story_shop import ORDER, SHIPPED, a_store_with_an_order, hear
from tests.store.shop import NOON, SHOP, an_event, later, the_rules


@pytest.fixture
async def store(create_database: CreateDatabase) -> AsyncIterator[PostgresStore]:
    """A store in which order A1 of customer C1 was placed."""
    async with a_store_with_an_order(await create_database("template1")) as opened:
        yield opened


async def ask(store: PostgresStore, rule: str | None = None, **changes: Any) -> Story:
    return await story_of(
        store, StoryQuestion(**{"rule": rule, "kind": "order", "id": "A1", **changes})
    )


async def refused(store: PostgresStore, rule: str | None = None, **changes: Any) -> str:
    with pytest.raises(CannotRun) as why:
        await ask(store, rule, **changes)
    return str(why.value)


async def test_without_a_rule_everything_about_an_order_is_told_in_its_time(
    store: PostgresStore,
) -> None:
    await hear(
        store, an_event("shipment.packed", "packed", later(hours=1), **SHIPPED), now=later(hours=1)
    )
    await hear(
        store,
        an_event("shipment.shipped", "shipped", later(hours=2), **SHIPPED),
        now=later(hours=2),
    )

    assert story_lines(await ask(store), "short") == [
        "known   2 Mar 2026 12:00 UTC  no rule listened to order.placed",
        "known   2 Mar 2026 13:00 UTC  no rule listened to shipment.packed",
        "decided 2 Mar 2026 14:00 UTC  shipped · shipment P1 · WANTED: hello",
    ]


async def test_what_is_told_late_stands_where_it_became_known_and_says_when_it_happened(
    store: PostgresStore,
) -> None:
    await hear(
        store,
        an_event("shipment.shipped", "shipped", later(hours=1), **SHIPPED),
        now=later(hours=1),
    )
    await hear(store, an_event("shipment.packed", "packed", **SHIPPED), now=later(hours=2))

    story = await ask(store)
    assert story_lines(story, "short")[1:] == [
        "decided 2 Mar 2026 13:00 UTC  shipped · shipment P1 · WANTED: hello",
        (
            "known   2 Mar 2026 14:00 UTC  no rule listened to shipment.packed · happened 2 Mar "
            "2026 12:00 UTC"
        ),
    ]
    times = [one.get("known_at") or one["decided_at"] for one in story.to_json(is_full=False)]
    assert times == sorted(times)


async def test_the_block_names_the_event(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "evt-9", **SHIPPED))

    lines = story_lines(await ask(store, "shipped"), "normal")
    assert lines[1] == (
        "  ✓ when   shipment.shipped (evt evt-9, happened 2 Mar 2026 12:00 UTC) → due 2 Mar "
        "2026 12:00 UTC"
    )


async def test_the_full_story_tells_where_each_value_came_from(store: PostgresStore) -> None:
    bad: dict[str, Any] = {
        "order": "A1",
        "customer": "C1",
        "things": {"review": "R1"},
        "data": {"review.stars": 1},
    }
    await hear(store, an_event("review.received", "evt-7", **bad))

    story = await ask(store, "unhappy")
    lines = story_lines(story, "full")
    assert (
        "  · fact   review.stars = 1: review.received (evt evt-7, happened 2 Mar 2026 12:00 UTC)"
        in lines
    )
    assert any(line.startswith("  · once   ") for line in lines)
    (machine,) = story.to_json(is_full=True)
    assert machine["facts"][0]["from"]["id"] == "evt-7"
    assert "facts" not in story.to_json(is_full=False)[0]


async def test_the_full_story_tells_what_the_ledger_keeps(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "evt-9", **SHIPPED))

    (row,) = [line for line in story_lines(await ask(store, "shipped"), "full") if "ledger" in line]
    assert row.startswith(
        "  · ledger send hello: wanted, decided 2 Mar 2026 12:00 UTC, worth sending until "
    )


async def test_a_rule_that_never_fired_says_what_is_missing_and_what_came(
    store: PostgresStore,
) -> None:
    assert story_lines(await ask(store, "review"), "normal") == [
        f"review · revision {the_rules().revision} · HAS NOT FIRED",
        "  ? when   2 days after order.delivered: order.delivered has not come",
        "  · came   order.placed (happened 2 Mar 2026 12:00 UTC)",
    ]


async def test_an_event_from_before_the_rule_is_named(store: PostgresStore) -> None:
    later_rule = (
        "  - id: thanks\n    when: order.placed\n"
        "    do: [{send: hello, category: delivery}]\n  - id: shipped"
    )
    await store.rulesets.publish(
        the_rules("  - id: shipped", later_rule), "tests", "a new rule", later(hours=1)
    )

    (_, when, _) = story_lines(await ask(store, "thanks"), "normal")
    assert when.endswith(
        f"order.placed came (happened 2 Mar 2026 12:00 UTC), when revision {the_rules().revision} "
        f"had no such rule"
    )


async def test_what_waits_is_told_under_the_old_id_and_the_new_one(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    await store.rulesets.publish(
        the_rules("id: shipped", "id: parcel-left\n    renamed_from: shipped"),
        "tests",
        "renamed",
        later(hours=1),
    )

    for name in ("shipped", "parcel-left"):
        assert [one["verdict"] for one in (await ask(store, name)).to_json(is_full=False)] == [
            "WANTED: hello"
        ]


async def test_a_rule_that_was_renamed_twice_is_told_under_every_id(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    for hours, ids in (
        (1, "id: left\n    renamed_from: shipped"),
        (2, "id: parcel-left\n    renamed_from: left"),
    ):
        await store.rulesets.publish(
            the_rules("id: shipped", ids), "tests", "renamed", later(hours=hours)
        )

    for name in ("shipped", "left", "parcel-left"):
        story = await ask(store, name)
        assert [one["verdict"] for one in story.to_json(is_full=False)] == ["WANTED: hello"]
        assert story.ids == {"shipped", "left", "parcel-left"}
        assert len(story.to_json(is_full=True)[0]["asked"]) == 1


async def test_a_rule_that_is_gone_is_told_in_its_last_words(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    await store.rulesets.publish(
        the_rules("id: shipped", "id: other"), "tests", "gone", later(hours=1)
    )

    assert story_lines(await ask(store, "shipped"), "normal")[0].startswith("shipped · shipment P1")


async def test_a_customer_is_told_with_the_orders(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    joined = an_event("loyalty.joined", "joined", later(hours=1), order=None, customer="C1")
    await hear(store, joined, now=later(hours=1))

    lines = story_lines(await ask(store, kind="customer", id="C1"), "short")
    assert "decided 2 Mar 2026 12:00 UTC  shipped · order A1 · shipment P1 · WANTED: hello" in lines
    assert "known   2 Mar 2026 13:00 UTC  no rule listened to loyalty.joined" in lines


async def test_two_shops_with_the_same_order_are_told_apart(store: PostgresStore) -> None:
    elsewhere = Event("other", "1", "order.placed", NOON, "second", order="A1", customer="C9")
    await store.events.ingest([elsewhere], NOON)

    several = "several shops have an order A1: say --shop, one of a shop/1, second"
    assert await refused(store) == several
    assert (await ask(store, shop=SHOP)).history.subject == ORDER
    assert (
        await refused(store, shop="third")
        == "nothing is known of an order A1 in shop third; known in a shop/1, second"
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"id": "A11"}, "nothing is known of an order A11, did you mean A1?"),
        ({"id": "zzzz"}, "nothing is known of an order zzzz"),
        ({"kind": "customer", "id": "C11"}, "nothing is known of a customer C11, did you mean C1?"),
        ({"rule": "shiped"}, "there is no rule shiped, did you mean shipped?"),
        ({"rule": "shiped", "id": "A9"}, "there is no rule shiped, did you mean shipped?"),
    ],
)
async def test_what_is_not_known_is_said_with_what_may_be_meant(
    store: PostgresStore, asked: dict[str, str], says: str
) -> None:
    assert await refused(store, **asked) == says
