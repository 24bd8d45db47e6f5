"""What failed is listed, and tried again once a person has mended why."""

from datetime import timedelta

import pytest

from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from engine.facts.naming import subject_id
from engine.sending.ledger import (
    DROPPED,
    FAILED,
    MISCONFIGURED,
    REFUSED,
    RELEASED,
    SENT,
    Change,
)
from operations.cannot_run import CannotRun
from operations.explain.story import UnknownRule
from operations.failed_effects import RetriedEffect, listed, retry, retry_all
from operations.settle import UnknownMessage
from store.postgres.store import PostgresStore
from tests.operations.story_shop import ORDER, hear
from tests.store.drawn import CHAINED
from tests.store.shop import NOON, SHOP, an_event, deciding, later, the_rules

HOUR = timedelta(hours=1)
ERROR = DROPPED(Reason.ERROR, "line 3: no such fact")


async def a_claimed(store: PostgresStore, name: str = "hello") -> str:
    """The key of an effect of a cancelled order that an attempt has claimed."""
    await hear(store, an_event("order.cancelled", "cancelled", customer="C1"))
    (key,) = [one.key for one in await store.inquiries.effects("A1") if one.name == name]
    await store.ledger.attempt(key, "me", NOON)
    return key


async def row(store: PostgresStore, key: str) -> Effect:
    (effect,) = [one for one in await store.inquiries.effects_with(key) if one.key == key]
    return effect


async def test_a_message_whose_template_failed_is_sent_in_the_words_of_today(
    store: PostgresStore,
) -> None:
    key = await a_claimed(store)
    await store.ledger.change(key, "me", ERROR, NOON)

    (found,) = await listed(store)
    assert (found.key, found.state, found.reason) == (key, "dropped", "error")
    assert found.by == "line 3: no such fact"
    assert [one.key for one in await listed(store, "error", "cancelled", NOON)] == [key]
    with pytest.raises(UnknownRule, match="no rule another"):
        await listed(store, "error", rule="another")
    assert await listed(store, "error", since=NOON + HOUR) == []
    assert await listed(store, "refused") == []
    assert [one.key for one in await listed(store, shop=SHOP)] == [key]
    assert await listed(store, shop="another") == []
    assert await retry_all(store, "cancelled", None, NOON, "another") == []

    assert await retry(store, key, NOON + HOUR) == [RetriedEffect(key, "wanted")]
    effect = await row(store, key)
    assert (effect.state, effect.reason, effect.revision) == ("wanted", None, None)
    assert await listed(store) == []


@pytest.mark.parametrize(
    "failure", [REFUSED("550 no"), MISCONFIGURED(later(hours=9), "550 5.7.1"), FAILED("404")]
)
async def test_what_was_refused_is_tried_again(store: PostgresStore, failure: Change) -> None:
    key = await a_claimed(store, "tell_stock" if failure.transition is FAILED else "hello")
    await store.ledger.change(key, "me", failure, NOON)

    assert await retry_all(store, "cancelled", None, NOON + HOUR) == [RetriedEffect(key, "wanted")]
    assert (await store.ledger.attempt(key, "other", NOON + HOUR)).question is not None
    assert (await row(store, key)).state == "claimed"


async def test_what_did_not_fail_or_is_too_old_is_left(store: PostgresStore) -> None:
    key = await a_claimed(store)
    assert await retry(store, key, NOON) == [RetriedEffect(key, "claimed", "it did not fail")]
    await store.ledger.change(key, "me", ERROR, NOON)
    assert await retry(store, key, later(days=8)) == [RetriedEffect(key, "dropped", "expired")]
    with pytest.raises(UnknownMessage):
        await retry(store, "nonsense", NOON)
    with pytest.raises(CannotRun, match="no state or reason broken: there are wanted"):
        await listed(store, "broken")


async def test_a_message_is_tried_again_with_the_call_that_it_uses(store: PostgresStore) -> None:
    await store.rulesets.publish(CHAINED, "tests", "calls", NOON)
    yes = an_event(
        "consent.given", "yes", order=None, customer="C1", data={"consent.category": "*"}
    )
    await hear(store, yes, an_event("shipment.shipped", 1, customer="C1", things={"shipment": "P"}))
    due = later(days=1)
    await store.journeys.decide(store.naming.journey(ORDER), due, deciding(due))
    effects = {one.name: one for one in await store.inquiries.effects("A1") if "chosen" in one.key}
    pick, offer = effects["pick"].key, effects["offer"].key
    at = due + timedelta(minutes=2)
    await store.ledger.change(pick, None, RELEASED(), at)
    await store.ledger.attempt(pick, "me", at)
    await store.ledger.change(pick, "me", FAILED("404"), at)
    await store.ledger.attempt(offer, "me", at)
    assert ((await row(store, offer)).state, (await row(store, offer)).reason_by) == (
        "dropped",
        "pick",
    )

    await retry(store, offer, at)
    assert ((await row(store, pick)).state, (await row(store, offer)).state) == ("held", "wanted")


async def test_a_rule_that_may_speak_once_in_a_while_is_not_made_to_speak_twice(
    store: PostgresStore,
) -> None:
    alone = the_rules("  - id: review\n", "  - id: review\n    mode: off\n")
    await store.rulesets.publish(alone, "tests", "no reviews", NOON)
    await store.events.ingest(
        [
            an_event(
                "consent.given", "yes", order=None, customer="C1", data={"consent.category": "*"}
            ),
            an_event("order.placed", "placed A2", order="A2", customer="C1"),
        ],
        NOON,
    )
    keys = []
    for number, order in enumerate(("A1", "A2")):
        at = later(days=number)
        delivered = an_event("order.delivered", f"d {order}", at, order=order, customer="C1")
        await store.events.ingest([delivered], at)
        due = at + timedelta(days=2)
        journey = store.naming.journey(subject_id("order", SHOP, order))
        for now in (at, due):
            await store.journeys.decide(journey, now, deciding(now))
        (key,) = [one.key for one in await store.inquiries.effects(order) if one.name == "offer"]
        minute = due + timedelta(minutes=2)
        hello = key.removesuffix("0.0/offer") + "0.1/hello"
        assert await store.ledger.change(hello, None, ERROR, minute)
        await store.ledger.attempt(key, "me", minute)
        if number:
            assert await store.ledger.may_leave(key, "me", minute)
        assert await store.ledger.change(key, "me", SENT() if number else ERROR, minute)
        keys.append(key)

    (answer,) = await retry(store, keys[0], later(days=3))
    assert answer.why == "another firing of its rule has the once-key"
    assert (await row(store, keys[0])).state == "dropped"


async def test_nothing_of_a_rule_that_never_was_is_a_mistake(store: PostgresStore) -> None:
    await a_claimed(store)

    assert await retry_all(store, "cancelled", None, NOON) == []
    with pytest.raises(UnknownRule, match="no rule canceled, did you mean cancelled"):
        await retry_all(store, "canceled", None, NOON)
    assert await listed(store, rule="cancelled") == []
    with pytest.raises(UnknownRule, match="no rule canceled, did you mean cancelled"):
        await listed(store, rule="canceled")
