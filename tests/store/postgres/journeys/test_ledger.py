"""Attempts that meet each other, or come back from the dead."""

import asyncio

import psycopg

from engine.decisions.reason import Reason
from engine.facts.contacts.bounces import Bounce
from engine.sending.gates import Allowed, Dropped, Held
from engine.sending.ledger import BACK, REFUSED, SENT
from store.postgres.store import PostgresStore
from store.records.attempts import Busy, Settled
from tests.store.probing import JOURNEY, a_message, asked, shipped, told
from tests.store.shop import NOON, an_event, deciding, later, placed

NOWHERE_ELSE = "push: no address, sms: no address, whatsapp: no address"


async def test_a_message_goes_its_way(store: PostgresStore) -> None:
    key = await a_message(store)

    attempt = await store.ledger.attempt(key, "me", NOON)
    assert attempt.verdict == Allowed("email")
    assert attempt.question is not None
    assert (attempt.question.effect.state, attempt.question.effect.channel) == ("claimed", "email")
    assert await store.ledger.may_leave(key, "me", NOON)
    assert await store.ledger.change(key, "me", SENT(), NOON)
    assert (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open == ()


async def test_of_two_attempts_one_is_fenced(store: PostgresStore) -> None:
    key = await a_message(store)
    await asyncio.gather(
        store.ledger.attempt(key, "ann", NOON), store.ledger.attempt(key, "bob", NOON)
    )

    begun = await asyncio.gather(
        store.ledger.may_leave(key, "ann", NOON), store.ledger.may_leave(key, "bob", NOON)
    )

    assert sorted(begun) == [False, True]


async def test_an_attempt_waits_for_one_that_is_inside_data(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "ann", NOON)
    await store.ledger.may_leave(key, "ann", NOON)

    assert (await store.ledger.attempt(key, "bob", NOON)).verdict == Busy()
    assert await store.ledger.change(key, "ann", SENT(), NOON)
    assert (await store.ledger.attempt(key, "bob", NOON)).verdict == Settled("sent")


async def test_a_zombie_after_its_lease_does_not_undo_what_is_unknown(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "zombie", NOON)
    await store.ledger.may_leave(key, "zombie", NOON)
    await told(store, "update effects set data_until_db = now() - interval '1 second'")

    assert (await store.ledger.attempt(key, "next", NOON)).verdict == Settled("uncertain")
    assert not await store.ledger.change(key, "zombie", BACK(), NOON)
    assert not await store.ledger.change(key, "next", SENT(), NOON)
    assert await store.ledger.change(key, "zombie", SENT(), NOON), (
        "the receiver did say 250, however late"
    )
    assert await asked(store, "select what from audit") == [("late reply",)]


async def test_an_essential_message_is_sent_once_more_after_the_lease(store: PostgresStore) -> None:
    await store.events.ingest([placed(), an_event("order.cancelled", 2)], NOON)
    todo = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    (key,) = [key for kind, key in todo.open if kind == "send"]
    for owner in ("first", "second"):
        attempt = await store.ledger.attempt(key, owner, NOON)
        assert attempt.verdict == Allowed("email")
        await store.ledger.may_leave(key, owner, NOON)
        await told(store, "update effects set data_until_db = now() - interval '1 second'")

    assert not await store.ledger.change(key, "first", SENT(), NOON)
    assert (await store.ledger.attempt(key, "third", NOON)).verdict == Settled("uncertain")


async def test_no_data_begins_after_a_cancellation_was_accepted(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "me", NOON)

    await store.events.ingest(
        [an_event("order.cancelled", "no", at=later(seconds=1))], later(seconds=1)
    )

    assert not await store.ledger.may_leave(key, "me", later(seconds=2))
    assert [
        (one.state, one.reason, one.reason_by) for one in await store.inquiries.effects("A1")
    ] == [("dropped", "stopped_by", "order.cancelled")]


async def test_the_last_question_waits_for_a_cancellation_that_is_being_accepted(
    store: PostgresStore, database: str
) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "me", NOON)
    async with await psycopg.AsyncConnection.connect(database) as accepting:
        await accepting.execute("select 1 from subjects where id like 'order:%' for update")
        question = asyncio.create_task(store.ledger.may_leave(key, "me", NOON))
        await asyncio.sleep(0.1)
        assert not question.done()

    assert await question


async def test_a_dead_address_is_never_used_again(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "me", NOON)

    assert await store.ledger.change(
        key, "me", REFUSED("550 5.1.1"), NOON, Bounce("c1@example.com", "hard", NOON)
    )
    await store.events.ingest([an_event("order.cancelled", 9)], NOON)
    todo = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    (other,) = [key for kind, key in todo.open if kind == "send"]
    attempt = await store.ledger.attempt(other, "me", NOON)

    assert attempt.verdict == Dropped(Reason.NO_CHANNEL, f"email: dead address, {NOWHERE_ELSE}")


async def test_a_message_waits_for_an_address_that_is_stated_later(store: PostgresStore) -> None:
    nowhere = an_event("order.placed", "bare", customer="C1")
    key = await a_message(store, nowhere)
    assert (await store.ledger.attempt(key, "me", NOON)).verdict == Held(
        later(days=7), Reason.NO_CHANNEL, f"email: no address, {NOWHERE_ELSE}"
    )

    at, address = later(hours=1), {"customer.email": "C1@example.com"}
    event = an_event("customer.updated", "told", at, order=None, customer="C1", data=address)
    await store.events.ingest([event], at)

    assert await asked(store, "select journey from nudges") == [(JOURNEY,)]
    assert (await store.journeys.decide(JOURNEY, at, deciding(at))).open == (("send", key),)
    assert (await store.ledger.attempt(key, "me", at)).verdict == Allowed("email")


async def test_what_the_last_of_a_firing_gives_back_is_free_even_when_both_end_at_once(
    store: PostgresStore,
) -> None:
    yes = an_event("consent.given", "yes", order=None, customer="C1")
    await store.events.ingest([yes, placed(), shipped(), an_event("order.delivered", "came")], NOON)
    moment = later(days=2)
    await store.journeys.decide(JOURNEY, moment, deciding(moment))
    pair = [one.key for one in await store.inquiries.effects() if one.firing.rule_id == "offer"]
    await told(store, "update effects set state = 'claimed', owner = 'me' where rule_id = 'offer'")

    assert len(pair) == 2
    assert all(
        await asyncio.gather(
            *(store.ledger.change(key, "me", REFUSED("554 no"), moment) for key in pair)
        )
    )
    assert await asked(store, "select count(*) from once_keys where rule_id = 'offer'") == [(0,)]
