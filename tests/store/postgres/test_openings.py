"""A breaker opens once for a shop, however many of its orders it holds, and whoever asks at the
same time.
"""

import asyncio
from datetime import datetime, timedelta

import pytest

from engine.decisions.decision import OpenWork
from engine.decisions.effects import Effect
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.sending.ledger import FINISHED
from store.postgres.store import PostgresStore
from tests.store.probing import asked, shipped
from tests.store.shop import FILES, NAMING, NOON, an_event, deciding, later, placed

BREAKER = """
breakers:
  - {id: silent, if: now - carrier.last_scan_at >= 12 hours, holds: shipped, at_most: 2 days,
        tell_team: true}
"""


def the_rules(old: str = "", new: str = "") -> Ruleset:
    policies = FILES["policies.yaml"] + BREAKER
    return read_ruleset({**FILES, "policies.yaml": policies.replace(old, new) if old else policies})


async def scan(store: PostgresStore, number: int, at: datetime) -> None:
    parcel = {"order": f"B{number}", "customer": f"C{number}", "things": {"shipment": f"Q{number}"}}
    event = an_event(
        "shipment.in_transit",
        f"scan {number} {at}",
        at,
        **parcel,
        data={"shipment.carrier": "acme"},
    )
    assert await store.events.ingest([event], at) == ["accepted"]


@pytest.fixture
async def careful(store: PostgresStore) -> PostgresStore:
    """The shop with a breaker; its carrier was last seen at noon."""
    await store.rulesets.publish(the_rules(), "ann", "careful", NOON)
    await store.events.ingest([placed("A0")], NOON)
    await scan(store, 0, NOON)
    return store


async def sent_off(store: PostgresStore, order: str, at: datetime) -> None:
    """A parcel of an order that nobody has scanned yet."""
    await store.events.ingest(
        [placed(order), shipped(order, at=at, data={"shipment.carrier": "acme"})], at
    )


async def decided(store: PostgresStore, order: str, at: datetime) -> OpenWork:
    return await store.journeys.decide(
        NAMING.journey(f"order:a shop%2F1/{order}"), at, deciding(at)
    )


async def told(store: PostgresStore) -> list[Effect]:
    return [one for one in await store.inquiries.effects() if one.name == "tell_team"]


async def test_two_journeys_that_find_a_breaker_open_tell_the_team_once(
    careful: PostgresStore,
) -> None:
    at, orders = later(hours=13), [f"A{number}" for number in range(1, 6)]
    for order in orders:
        await sent_off(careful, order, at)

    todos = await asyncio.gather(*(decided(careful, order, at) for order in orders))
    (call,) = await told(careful)
    assert sorted(len(todo.open) for todo in todos) == [0, 0, 0, 0, 1]
    assert call.arguments["text"].startswith(
        "silent is open since 2026-03-03 01:00 UTC: now - carrier.last_scan_at"
    )
    assert call.arguments["text"].endswith("Held for at most 2 days: shipped")


async def test_a_decision_that_is_asked_again_tells_nothing_new(careful: PostgresStore) -> None:
    at = later(hours=13)
    await sent_off(careful, "A1", at)

    first, again = await decided(careful, "A1", at), await decided(careful, "A1", at)
    assert first.open == again.open
    assert len(await told(careful)) == 1


async def test_an_opening_stands_while_something_is_held_and_is_over_after_an_hour(
    careful: PostgresStore,
) -> None:
    await sent_off(careful, "A1", later(hours=13))
    for minutes in range(0, 240, 15):
        await decided(careful, "A1", later(hours=13, minutes=minutes))
    await sent_off(careful, "A2", later(hours=17))
    await decided(careful, "A2", later(hours=17))
    assert len(await told(careful)) == 1

    await sent_off(careful, "A3", later(hours=19))
    await decided(careful, "A3", later(hours=19))
    assert len(await told(careful)) == 2


async def test_what_is_told_goes_the_way_of_every_call(careful: PostgresStore) -> None:
    at = later(hours=13)
    await sent_off(careful, "A1", at)
    ((kind, key),) = (await decided(careful, "A1", at)).open

    attempt = await careful.ledger.attempt(key, "ann", at)
    assert kind == "call"
    assert attempt.question
    assert await careful.ledger.change(key, "ann", FINISHED(None), at)


async def test_a_breaker_that_was_removed_tells_nobody(careful: PostgresStore) -> None:
    at = later(hours=13)
    await sent_off(careful, "A1", at)
    ((_, key),) = (await decided(careful, "A1", at)).open
    await careful.rulesets.publish(the_rules("id: silent", "id: other"), "ann", "renamed", at)

    await careful.ledger.attempt(key, "ann", at)
    assert [(one.state, one.reason) for one in await told(careful)] == [("dropped", "rule_removed")]


async def last_scan(store: PostgresStore) -> datetime:
    ((at,),) = await asked(
        store,
        "select last_scan_at from carriers where shop = %s and carrier = %s",
        "a shop/1",
        "acme",
    )
    assert isinstance(at, datetime)
    return at


async def test_a_carriers_newest_scan_moves_only_forward(careful: PostgresStore) -> None:
    await scan(careful, 1, later(hours=2))
    await scan(careful, 2, later(hours=1))

    assert await last_scan(careful) == later(hours=2)


async def test_a_scan_of_the_same_minute_leaves_the_row_alone(careful: PostgresStore) -> None:
    ((before,),) = await asked(careful, "select xmin::text from carriers")
    await scan(careful, 1, NOON + timedelta(seconds=59))

    assert await asked(careful, "select xmin::text from carriers") == [(before,)]


async def test_many_parcels_of_one_carrier_are_scanned_at_once(careful: PostgresStore) -> None:
    await asyncio.gather(*(scan(careful, number, later(minutes=number)) for number in range(1, 30)))

    assert await last_scan(careful) >= later(minutes=29) - timedelta(minutes=1)
