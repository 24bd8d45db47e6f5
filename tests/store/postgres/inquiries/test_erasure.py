"""A customer who is erased is found nowhere, and hears nothing more."""

import asyncio
from dataclasses import replace

import pytest

from engine.decisions.reason import Reason
from engine.facts.contacts.bounces import Bounce
from engine.sending.gates import Dropped
from engine.sending.ledger import REFUSED
from store.postgres.sessions.transactions import transaction
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, shipped, told
from tests.store.shop import NAMING, NOON, an_event, deciding, later, placed, the_rules

ANA, CUSTOMER = "ana@example.com", "customer:a shop%2F1/C1"
TOLD = {"customer.email": ANA, "customer.first_name": "Ana Sofia", "customer.phone": "+33612345678"}
TABLES = (
    "subjects",
    "events",
    "journeys",
    "waits",
    "effects",
    "decisions",
    "quarantine",
    "audit",
    "dead_addresses",
    "bounces",
)


async def everything(store: PostgresStore) -> str:
    """Every row of every table as one text."""
    return "\n".join(
        [str(await asked(store, f"select to_jsonb(t) from {table} t")) for table in TABLES]
    )


async def a_customer(store: PostgresStore) -> str:
    """Ana, known by name, with a message that is wanted; its key."""
    await store.events.ingest(
        [an_event("customer.created", "ana", order=None, customer="C1", data=TOLD)], NOON
    )
    return await a_message(store)


async def test_nothing_that_was_said_is_left(store: PostgresStore) -> None:
    await a_customer(store)
    before = await everything(store)

    erased = await store.customers.erase(CUSTOMER, later(hours=1))

    assert (erased.orders, erased.events, erased.messages_dropped) == (1, 4, 1)
    after = await everything(store)
    for said in TOLD.values():
        assert said in before
        assert said not in after


async def test_an_address_they_had_before_is_forgotten_too(store: PostgresStore) -> None:
    key = await a_customer(store)
    await store.ledger.attempt(key, "me", NOON)
    back = Bounce(ANA, "hard", NOON, "550 5.1.1 no such mailbox")
    await store.ledger.change(key, "me", REFUSED(back.text), NOON, back)
    moved = {"customer.email": "ana@example.org"}
    await store.events.ingest(
        [an_event("customer.updated", "moved", order=None, customer="C1", data=moved)], NOON
    )
    assert ANA in await everything(store)

    await store.customers.erase(CUSTOMER, NOON)

    assert ANA not in await everything(store)


async def test_a_message_already_claimed_does_not_leave(store: PostgresStore) -> None:
    key = await a_customer(store)
    await store.ledger.attempt(key, "me", NOON)

    await store.customers.erase(CUSTOMER, NOON)

    assert not await store.ledger.may_leave(key, "me", NOON)
    ((state, reason),) = await asked(store, "select state, reason from effects where key = %s", key)
    assert (state, reason) == ("dropped", "erased")


async def test_what_ends_while_it_is_erased_brings_nothing_back(store: PostgresStore) -> None:
    key = await a_customer(store)
    await told(store, "update effects set arguments = jsonb_build_object('name', 'Ana Sofia')")
    await store.ledger.attempt(key, "me", NOON)
    await store.ledger.may_leave(key, "me", NOON)

    async with transaction(store.pool) as erasing:
        await erasing.execute("update effects set arguments = '{}'")
        await erasing.turn()
        ending = asyncio.create_task(store.ledger.change(key, "me", REFUSED("554 no"), NOON))
        await asyncio.sleep(0.3)  # it has read the message and waits to write it

    assert await ending
    assert await asked(store, "select state, arguments from effects") == [("refused", {})]


async def test_what_arrives_later_is_taken_in_without_what_it_states(store: PostgresStore) -> None:
    await a_customer(store)
    await store.customers.erase(CUSTOMER, NOON)

    again = replace(an_event("customer.updated", "again", order=None, customer="C1"), data=TOLD)
    assert (
        await store.events.ingest(
            [again, an_event("order.changed", "more", data=TOLD)], later(days=1)
        )
        == ["accepted"] * 2
    )

    after = await everything(store)
    assert not any(said in after for said in TOLD.values())


async def test_a_rule_that_fires_later_is_silent(store: PostgresStore) -> None:
    await store.events.ingest([placed()], NOON)
    await store.customers.erase(CUSTOMER, NOON)
    await store.events.ingest([shipped()], later(hours=1))

    assert (
        await store.journeys.decide(JOURNEY, later(hours=1), deciding(later(hours=1)))
    ).open == ()

    (decision,) = await store.inquiries.decisions("shipped", "A1")
    assert decision.reason is Reason.ERASED


async def test_no_schedule_asks_about_them_any_more(store: PostgresStore) -> None:
    when, do = '"every week on tuesday at 10:00"', "[{send: hello, category: sales}]"
    weekly = f"id: weekly, when: {when}, do: {do}"
    journey = NAMING.journey(CUSTOMER)
    await store.rulesets.publish(
        the_rules("rules:\n", f"rules:\n  - {{{weekly}}}\n"), "ann", "weekly", NOON
    )
    await store.events.ingest([placed()], NOON)
    await store.journeys.decide(journey, NOON, deciding(NOON))
    waits = "select rule_id from waits where journey = %s"
    assert await asked(store, waits, journey) == [("weekly",)]

    await store.customers.erase(CUSTOMER, NOON)

    assert (await store.journeys.decide(journey, NOON, deciding(NOON))).wake_at is None
    assert await asked(store, waits, journey) == []


async def test_an_attempt_after_the_erasure_is_told_so(store: PostgresStore) -> None:
    key = await a_customer(store)
    await store.customers.erase(CUSTOMER, NOON)

    await asked(store, "update effects set state = 'wanted', reason = null returning 1")
    assert (await store.ledger.attempt(key, "me", NOON)).verdict == Dropped(Reason.ERASED)


async def test_another_customer_is_left_alone(store: PostgresStore) -> None:
    await a_customer(store)
    await store.events.ingest([placed("B1", "C2"), shipped("B1")], NOON)

    await store.customers.erase(CUSTOMER, NOON)

    assert "C2@example.com" in await everything(store)
    assert len((await store.journeys.decide("order:a shop%2F1/B1", NOON, deciding(NOON))).open) == 1


async def test_an_erased_order_still_knows_what_happened_to_it(store: PostgresStore) -> None:
    await store.events.ingest(
        [placed(), shipped(), an_event("shipment.delivered", 9, things={"shipment": "PA1"})], NOON
    )

    await store.customers.erase(CUSTOMER, NOON)

    ((happened,),) = await asked(
        store,
        "select facts->'things'->'shipment'->'PA1'->'happened' from subjects where id = %s",
        JOURNEY,
    )
    assert set(happened) >= {"shipment.shipped", "shipment.delivered"}


async def test_to_erase_twice_is_harmless_and_a_stranger_is_unknown(store: PostgresStore) -> None:
    await a_customer(store)
    await store.customers.erase(CUSTOMER, NOON)

    assert (await store.customers.erase(CUSTOMER, later(days=1))).messages_dropped == 0
    assert await store.customers.rewrite()
    with pytest.raises(KeyError):
        await store.customers.erase("customer:a shop%2F1/nobody", NOON)


async def test_a_customer_is_given_everything(store: PostgresStore) -> None:
    await a_customer(store)

    found = await store.customers.export(CUSTOMER)

    assert found["facts"]["facts"]["customer.first_name"][0] == "Ana Sofia"
    assert [order["id"] for order in found["orders"]] == [JOURNEY]
    assert [(one["kind"], one["name"], one["state"]) for one in found["effects"]] == [
        ("send", "hello", "wanted")
    ]
    assert await store.customers.with_id("C1") == [CUSTOMER]
    with pytest.raises(KeyError):
        await store.customers.export("customer:a shop%2F1/nobody")
