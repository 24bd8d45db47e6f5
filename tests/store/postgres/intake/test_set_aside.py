"""What a source says of a shop that is not its own is kept for a person, and moves nothing."""

import random
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from engine.catalog.rows import changed
from engine.facts.events import Event, InvalidEvent
from engine.language.reader import read_ruleset
from store.postgres.store import PostgresStore
from tests.store.probing import asked, told
from tests.store.shop import FILES, NOON, SHOP, an_event, later

WHY = "carrier may not speak of this shop"
ANA = "ana@example.com"


def foreign(number: str = "7", source: str = "carrier", **named: Any) -> Event:
    return changed(an_event("order.placed", number, **named), source=source)


async def rules_with(store: PostgresStore, shops: str, name: str = "carrier") -> None:
    source = f"version: 1\nscheme: shopify\nsecret: A\nshops: {shops}\n"
    await store.rulesets.publish(
        read_ruleset({**FILES, f"sources/{name}.yaml": source}), "ann", "shops", NOON
    )


async def test_it_is_listed_once_and_in_no_log(store: PostgresStore) -> None:
    events = [foreign(), foreign(), foreign("8")]

    assert await store.events.set_aside(events, WHY) == ["quarantined", "duplicate", "quarantined"]
    assert await store.events.set_aside(events[:1], WHY) == ["duplicate"]

    listed = await store.quarantine.entries()
    assert sorted((one.source, one.id, one.type, one.shop, one.error) for one in listed) == [
        ("carrier", number, "order.placed", SHOP, WHY) for number in ("7", "8")
    ]
    assert await asked(store, "select id from events union all select id from subjects") == []


async def test_it_takes_no_place_from_an_event_that_the_shop_sends_itself(
    store: PostgresStore,
) -> None:
    await store.events.set_aside([foreign(data={"order.total": "1 EUR"})], WHY)

    assert await store.events.ingest([foreign()], NOON) == ["accepted"]
    (listed,) = await store.quarantine.entries()
    assert (listed.error, listed.occurred_at) == (WHY, NOON)


async def test_it_is_taken_in_once_the_rules_let_its_source_speak_of_the_shop(
    store: PostgresStore,
) -> None:
    await rules_with(store, "[another]")
    await store.events.set_aside([foreign()], WHY)
    (listed,) = await store.quarantine.entries()

    assert await store.quarantine.retry(listed.number, NOON) == "quarantined"
    assert [one.number for one in await store.quarantine.entries()] == [listed.number]
    assert await asked(store, "select from subjects") == []

    await rules_with(store, f"[another, {SHOP}]")
    assert await store.quarantine.retry(listed.number, later(hours=1)) == "accepted"
    assert await store.quarantine.entries() == []
    assert [one.event.id for one in await store.inquiries.events_of("A1")] == ["7"]


async def test_a_source_may_be_called_journey(store: PostgresStore) -> None:
    await rules_with(store, f"[{SHOP}]", "journey")
    await store.events.set_aside([foreign(source="journey")], WHY)
    (listed,) = await store.quarantine.entries()

    assert await store.quarantine.retry(listed.number, NOON) == "accepted"
    assert [one.event.id for one in await store.inquiries.events_of("A1")] == ["7"]


async def test_it_can_be_let_go(store: PostgresStore) -> None:
    await store.events.set_aside([foreign()], WHY)
    (listed,) = await store.quarantine.entries()

    assert await store.quarantine.let_go(listed.number, NOON)
    assert await store.quarantine.entries() == []


async def test_whoever_it_is_about_has_it_in_their_export_and_erased(store: PostgresStore) -> None:
    known = an_event("customer.created", order=None, customer="C1", data={"customer.email": ANA})
    await store.events.ingest([known], NOON)
    said = {"customer.email": ANA, "customer.first_name": "Ana Sofia"}
    by_id, by_address = foreign(customer="C1", data=said), foreign("8", data=said)
    await store.events.set_aside([by_id, by_address, foreign("9")], f"{WHY} of {ANA}")
    customer = f"customer:{SHOP.replace('/', '%2F')}/C1"

    exported = await store.customers.export(customer)
    await store.customers.erase(customer, later(hours=1))

    assert [one["event"]["id"] for one in exported["unread"]] == ["7", "8"]
    kept = str(await asked(store, "select to_jsonb(q) from quarantine q where id <> '9'"))
    assert (ANA in kept, "Ana Sofia" in kept) == (False, False)
    assert len(await store.quarantine.entries()) == 3


async def test_whoever_it_names_by_a_former_id_has_it_in_their_export_and_erased(
    store: PostgresStore,
) -> None:
    into = {"customer.merged_from": "C0"}
    merged = an_event("customer.merged", order=None, customer="C1", data=into)
    await store.events.ingest([merged], NOON)
    said = {"customer.first_name": "Ana Sofia"}
    await store.events.set_aside([foreign(customer="C0", data=said)], WHY)
    unread = an_event("order.placed", "unread", order="B1", customer="C0", data=said).to_json()
    await told(
        store,
        "insert into events (source, id, type, occurred_at, body, revision, stale, wakes, known_at)"
        " values ('shop', 'unread', 'order.placed', %s, %s, '', false, false, %s)",
        *(NOON, Jsonb(unread), NOON),
    )
    await told(
        store,
        "insert into quarantine (shop, source, id, error) values (%s, 'shop', 'unread', %s)",
        *(SHOP, "no such: Ana Sofia"),
    )
    customer = f"customer:{SHOP.replace('/', '%2F')}/C1"

    exported = await store.customers.export(customer)
    await store.customers.erase(customer, later(hours=1))

    assert sorted(one["event"]["id"] for one in exported["unread"]) == ["7", "unread"]
    kept = await asked(
        store, "select to_jsonb(q) from quarantine q union all select to_jsonb(e) from events e"
    )
    assert "Ana Sofia" not in str(kept)


async def test_what_no_index_can_hold_is_refused_and_not_tried_for_ever(
    store: PostgresStore,
) -> None:
    """A rule may emit what no sender could."""
    chance = random.Random(1)  # no secret
    carrier = "".join(chr(0x4E00 + chance.randrange(8000)) for _ in range(9000))
    scan = an_event("shipment.in_transit", things={"shipment": "P1"})

    with pytest.raises(InvalidEvent, match="holds more than can be kept"):
        await store.events.ingest([changed(scan, data={"shipment.carrier": carrier})], NOON)

    assert await store.events.ingest([scan], NOON) == ["accepted"]
