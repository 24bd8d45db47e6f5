"""Calls that run only for messages, when these end unsent; both stores are held equal by the
contract.
"""

import pytest

from engine.decisions.reason import Reason
from engine.language.reader import read_ruleset
from engine.sending.ledger import FINISHED, RELEASED
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, asked, shipped
from tests.store.shop import FILES, NOON, an_event, deciding, later, placed

_CODE = """  - id: code
    when: 2 days after shipment.shipped
    stop_if: order.cancelled
    do:
      - {call: make_code, as: code}
      - {send: hello, category: delivery, with: {code: code.value}}
      - {send: offer, category: sales, only_if: code.value is known}
  - id: tier
"""
RULES = read_ruleset({path: text.replace("  - id: tier\n", _CODE) for path, text in FILES.items()})
DUE = later(days=2)


@pytest.fixture
async def shop(store: PostgresStore) -> PostgresStore:
    """A shop in which a code is due that two messages wait for."""
    await store.rulesets.publish(RULES, "tests", "codes", NOON)
    await store.events.ingest([placed(), shipped()], NOON)
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    await store.journeys.decide(JOURNEY, DUE, deciding(DUE))
    return store


async def fates(store: PostgresStore) -> dict[str, tuple[str, Reason | None]]:
    rows = await store.inquiries.effects("A1")
    return {one.name: (one.state, one.reason) for one in rows if one.firing.rule_id == "code"}


async def attempt(store: PostgresStore, name: str) -> None:
    found = next(
        one
        for one in await store.inquiries.effects("A1")
        if (one.firing.rule_id, one.name) == ("code", name)
    )
    await store.ledger.attempt(found.key, "me", later(days=2, minutes=1))


async def keys(store: PostgresStore) -> list[tuple[str]]:
    return await asked(store, "select rule_id from once_keys where rule_id = 'code'")


async def test_a_call_waits_while_a_message_may_still_need_it(shop: PostgresStore) -> None:
    await attempt(shop, "offer")

    assert (await fates(shop))["offer"] == ("dropped", Reason.NO_CONSENT)
    assert (await fates(shop))["make_code"] == ("held", None)


async def test_a_call_ends_with_the_last_message_that_needed_it(shop: PostgresStore) -> None:
    await shop.events.ingest([an_event("order.cancelled", 9, at=DUE)], DUE)
    await attempt(shop, "offer")
    await attempt(shop, "hello")

    assert (await fates(shop))["make_code"] == ("dropped", Reason.STOPPED_BY)


async def test_the_once_key_is_given_back_though_a_call_was_held(shop: PostgresStore) -> None:
    assert len(await keys(shop)) == 1
    await shop.events.ingest([an_event("order.cancelled", 9, at=DUE)], DUE)
    await attempt(shop, "hello")
    assert len(await keys(shop)) == 1, "the other message may still leave"

    await attempt(shop, "offer")
    assert await keys(shop) == []


async def test_the_once_key_is_given_back_though_a_gate_stopped_one_of_them(
    shop: PostgresStore,
) -> None:
    await attempt(shop, "offer")
    await shop.events.ingest([an_event("order.cancelled", 9, at=DUE)], DUE)
    await attempt(shop, "hello")

    assert (await fates(shop))["make_code"] == ("dropped", Reason.STOPPED_BY)
    assert await keys(shop) == []


async def test_a_call_that_has_begun_goes_on_without_its_message(shop: PostgresStore) -> None:
    call = next(one for one in await shop.inquiries.effects("A1") if one.name == "make_code")
    await shop.ledger.change(call.key, None, RELEASED(), DUE)
    await shop.ledger.attempt(call.key, "me", DUE)
    await shop.events.ingest([an_event("order.cancelled", 9, at=later(days=2, seconds=1))], DUE)
    for name in ("hello", "offer"):
        await attempt(shop, name)

    assert (await fates(shop))["make_code"][0] == "claimed"
    assert await shop.ledger.change(call.key, "me", FINISHED({"value": "X"}), DUE)
