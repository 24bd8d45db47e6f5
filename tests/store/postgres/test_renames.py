"""Renaming a rule, once, twice and back, while it waits, holds a message, or has spoken."""

import pytest

from engine.decisions.firing import first_id
from engine.decisions.reason import Reason
from engine.rules.ruleset import Ruleset
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, asked
from tests.store.shop import NOON, an_event, deciding, later, placed, the_rules

_OFFER = "  - id: offer\n"
FIRST = the_rules()
SECOND = the_rules(_OFFER, "  - id: voucher\n    renamed_from: offer\n")
THIRD = the_rules(_OFFER, "  - id: coupon\n    renamed_from: voucher\n")
DUE = later(days=2)


@pytest.fixture
async def shop(store: PostgresStore) -> PostgresStore:
    """A shop whose order has been delivered, so that an offer waits."""
    await store.rulesets.publish(FIRST, "ann", "", NOON)
    await store.events.ingest([placed(), an_event("order.delivered", 2)], NOON)
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    return store


async def rename(shop: PostgresStore, *rulesets: Ruleset) -> None:
    for ruleset in rulesets:
        await shop.rulesets.publish(ruleset, "ann", "", NOON)


async def offers(shop: PostgresStore) -> list[tuple[str, str]]:
    await shop.journeys.decide(JOURNEY, DUE, deciding(DUE))
    effects = await shop.inquiries.effects("A1")
    return [(one.firing.rule_id, one.name) for one in effects if one.name == "offer"]


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ((SECOND,), "voucher"),
        ((SECOND, THIRD), "coupon"),
        ((SECOND, THIRD, FIRST), "offer"),
        ((SECOND, THIRD, SECOND), "voucher"),
    ],
)
async def test_a_wait_goes_along_every_name(
    shop: PostgresStore, way: tuple[Ruleset, ...], name: str
) -> None:
    await rename(shop, *way)

    assert await asked(shop, "select rule_id from waits where rule_id <> 'review'") == [(name,)]
    assert await offers(shop) == [(name, "offer")]


async def test_what_was_said_is_not_said_again_under_any_name(shop: PostgresStore) -> None:
    assert await offers(shop) == [("offer", "offer")]
    await rename(shop, SECOND, THIRD)
    await shop.events.ingest(
        [placed("A2"), an_event("order.delivered", 3, order="A2", at=DUE)], DUE
    )
    other, then = JOURNEY.replace("A1", "A2"), later(days=4)
    await shop.journeys.decide(other, DUE, deciding(DUE))
    await shop.journeys.decide(other, then, deciding(then))

    decisions = await shop.inquiries.decisions("coupon", "A2")
    assert [one.reason for one in decisions] == [Reason.ALREADY_DONE]
    assert await asked(shop, "select rule_id from once_keys where value = 'customer'") == [
        ("coupon",)
    ]


async def test_a_message_that_is_open_is_asked_of_its_rule_under_its_new_name(
    shop: PostgresStore,
) -> None:
    await offers(shop)
    await rename(shop, SECOND, THIRD)
    (offer,) = [one for one in await shop.inquiries.effects("A1") if one.name == "offer"]

    verdict = (await shop.ledger.attempt(offer.key, "me", later(days=2, minutes=1))).verdict
    assert "no_consent" in str(verdict)
    assert (offer.firing.rule_id, first_id(offer.firing)) == ("coupon", "offer")


async def test_its_once_key_is_given_back_under_its_new_name(shop: PostgresStore) -> None:
    await offers(shop)
    await rename(shop, SECOND, THIRD)
    for one in await shop.inquiries.effects("A1"):
        if one.firing.rule_id == "coupon":
            await shop.ledger.attempt(one.key, "me", later(days=2, minutes=1))

    assert await asked(shop, "select 1 from once_keys where value = 'customer'") == []
