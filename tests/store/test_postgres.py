"""What only a real database with several sessions can show: races, fences, crashes, limits and backoff."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from engine.decide import Rulesets
from engine.decision import Outcome, Reason, Situation
from engine.events import Event, InvalidEvent
from engine.gates import Allowed, Dropped
from store.attempts import Busy, Settled
from store.migrate import migrate
from store.pool import open_pool
from store.postgres import PostgresStore
from store.rulesets import NoRuleset
from tests.conftest import CreateDatabase
from tests.store.shop import NAMING, NOON, an_event, deciding, later, placed, the_rules

JOURNEY = "order:a shop%2F1/A1"


def shipped(order: str = "A1", /, **more: Any) -> Event:
    return an_event("shipment.shipped", f"shipped {order}", order=order, things={"shipment": f"P{order}"}, **more)


async def a_message(store: PostgresStore) -> str:
    """The key of a message that is wanted."""
    await store.ingest([placed(), shipped()], NOON)
    ((_, key),) = (await store.decide(JOURNEY, NOON, deciding(NOON))).open
    return key


async def asked(store: PostgresStore, query: str, *told: Any) -> list[tuple[Any, ...]]:
    async with store.pool.connection() as connection:
        return await (await connection.execute(query.encode(), told)).fetchall()


async def told(store: PostgresStore, statement: str, *told: Any) -> None:
    async with store.pool.connection() as connection:
        await connection.execute(statement.encode(), told)


async def customers(store: PostgresStore) -> list[str]:
    """Whose the orders are."""
    return [row[0] for row in await asked(store, "select customer from subjects where customer is not null")]


# --- the log


async def test_fifty_copies_at_once_are_one_event(store: PostgresStore) -> None:
    answers = await asyncio.gather(*(store.ingest([placed()], NOON) for _ in range(50)))

    assert sorted(answer for (answer,) in answers) == ["accepted"] + ["duplicate"] * 49
    assert await asked(store, "select seq from events") == [(1,)]


async def test_pairs_of_orders_in_both_orders_never_deadlock(store: PostgresStore) -> None:
    def pair(number: int) -> list[Event]:
        events = [an_event("order.changed", f"{number} {order}", order=order) for order in ("A1", "B1")]
        return events if number % 2 else events[::-1]

    answers = await asyncio.gather(*(store.ingest(pair(number), NOON) for number in range(40)))

    assert answers == [["accepted", "accepted"]] * 40
    assert await asked(store, "select id, seq from subjects where id like 'order:%%' order by id") == [
        ("order:a shop%2F1/A1", 40),
        ("order:a shop%2F1/B1", 40),
    ]


async def test_a_second_body_under_the_same_id_is_counted_and_changes_nothing(store: PostgresStore) -> None:
    await store.ingest([placed("A1", "C1")], NOON)

    assert await store.ingest([placed("A1", "C2")], NOON) == ["conflict"]
    assert (await store.counts())["conflicts"] == 1
    assert await asked(store, "select customer from subjects where customer is not null") == [
        ("customer:a shop%2F1/C1",)
    ]


async def test_two_bodies_of_one_id_at_once_leave_one_event(store: PostgresStore) -> None:
    for number in range(10):
        rivals = [an_event("order.changed", number, order=order) for order in ("A1", "B1")]
        answers = await asyncio.gather(*(store.ingest([rival], NOON) for rival in rivals))
        assert sorted(answer for (answer,) in answers) == ["accepted", "conflict"]

    assert (await store.counts())["events"] == 10


async def test_a_batch_with_one_event_of_nobody_stores_nothing(store: PostgresStore) -> None:
    nobody = an_event("shipment.delivered", 2, order=None, things={"shipment": "unheard of"})

    with pytest.raises(InvalidEvent, match=r"event\[1\]\.data"):
        await store.ingest([placed(), nobody], NOON)

    assert (await store.counts())["events"] == 0


async def test_a_parcel_named_in_the_same_batch_is_known(store: PostgresStore) -> None:
    scan = an_event("shipment.scanned", 3, order=None, things={"shipment": "PA1"})

    assert await store.ingest([placed(), shipped(), scan], NOON) == ["accepted"] * 3
    assert {logged.event.order for logged in await store.events_of("A1")} == {"A1"}


async def test_a_poison_event_is_quarantined_and_the_next_one_goes_on(store: PostgresStore) -> None:
    answers = await store.ingest([an_event("no.such_event"), placed()], NOON)

    assert answers == ["quarantined", "accepted"]
    assert [(one.source, one.id) for one in await store.quarantined()] == [("shop", "1")]


async def test_customers_that_change_while_locks_are_awaited_are_locked_too(store: PostgresStore) -> None:
    """Each event finds the customer that an earlier one of the same moment named."""
    await store.ingest([an_event("order.placed", "first", customer=None)], NOON)
    naming = [an_event("order.changed", n, customer=f"C{n}", at=later(minutes=n)) for n in range(5)]
    silent = [an_event("order.changed", f"silent {n}", at=later(minutes=n)) for n in range(15)]

    answers = await asyncio.gather(*(store.ingest([event], later(hours=1)) for event in naming + silent))

    assert answers == [["accepted"]] * 20, await store.quarantined()
    assert await asked(store, "select customer from subjects where customer is not null") == [
        ("customer:a shop%2F1/C4",)
    ]


# --- decisions


async def test_two_journeys_that_race_for_one_key_act_once(store: PostgresStore) -> None:
    yes = an_event("consent.given", "yes", order=None, customer="C1")
    orders = [f"R{number}" for number in range(6)]
    events = [
        event
        for order in orders
        for event in (placed(order), shipped(order), an_event("order.delivered", f"came {order}", order=order))
    ]
    await store.ingest([yes, *events], NOON)

    moment = later(days=3)
    deciders = (store.decide(f"order:a shop%2F1/{order}", moment, deciding(moment)) for order in orders)
    await asyncio.gather(*deciders)

    offers = [effect for effect in await store.effects() if effect.name == "offer"]
    assert len(offers) == 1
    assert await asked(store, "select count(*) from once_keys where rule_id = 'offer'") == [(1,)]
    assert await asked(store, "select count(*) from decisions where reason = 'already_done'") == [(5,)]


async def test_a_decision_whose_answer_was_lost_is_given_again(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    first = await store.decide(JOURNEY, NOON, deciding(NOON))

    again = await store.decide(JOURNEY, NOON, deciding(NOON))

    assert again == first
    assert len(again.open) == 1
    assert len(await store.effects()) == 1


async def test_a_decision_that_dies_before_its_commit_leaves_nothing(store: PostgresStore) -> None:
    def dies(_: Rulesets, situation: Situation) -> Outcome:
        raise MemoryError(situation.journey)

    await store.ingest([placed(), shipped()], NOON)
    with pytest.raises(MemoryError):
        await store.decide(JOURNEY, NOON, dies)

    assert len(await store.effects()) == 0
    assert len((await store.decide(JOURNEY, NOON, deciding(NOON))).open) == 1


async def test_a_session_killed_in_a_decision_leaves_nothing(store: PostgresStore, database: str) -> None:
    def killed(rulesets: Rulesets, situation: Situation) -> Outcome:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'purna' and state like 'idle in transaction%'"
            )
        outcome: Outcome = deciding(NOON)(rulesets, situation)
        return outcome

    await store.ingest([placed(), shipped()], NOON)
    with pytest.raises(psycopg.OperationalError):
        await store.decide(JOURNEY, NOON, killed)

    assert await store.effects() == []
    assert len((await store.decide(JOURNEY, NOON, deciding(NOON))).open) == 1


async def test_more_news_than_fits_into_one_decision_keeps_the_nudge(store: PostgresStore) -> None:
    changes = [an_event("order.changed", number) for number in range(250)]
    await store.ingest([placed(), *changes, shipped()], NOON)

    first = await store.decide(JOURNEY, NOON, deciding(NOON))
    assert (first.open, first.wake_at) == ((), NOON)
    assert (await store.counts())["nudges"] == 1

    second = await store.decide(JOURNEY, NOON, deciding(NOON))
    assert len(second.open) == 1
    assert (await store.counts())["nudges"] == 0


async def test_a_journey_nobody_ever_woke_is_over(store: PostgresStore) -> None:
    todo = await store.decide("order:nowhere/1", NOON, deciding(NOON))

    assert (todo.open, todo.wake_at, todo.ended) == ((), None, True)


# --- the ledger


async def test_a_message_goes_its_way(store: PostgresStore) -> None:
    key = await a_message(store)

    attempt = await store.attempt(key, "me", NOON)
    assert attempt.verdict == Allowed("email")
    assert attempt.question is not None
    assert (attempt.question.effect.state, attempt.question.effect.channel) == ("claimed", "email")
    assert await store.begin_data(key, "me", NOON)
    assert await store.sent(key, "me", NOON)
    assert (await store.decide(JOURNEY, NOON, deciding(NOON))).open == ()


async def test_of_two_attempts_one_is_fenced(store: PostgresStore) -> None:
    key = await a_message(store)
    await asyncio.gather(store.attempt(key, "ann", NOON), store.attempt(key, "bob", NOON))

    begun = await asyncio.gather(store.begin_data(key, "ann", NOON), store.begin_data(key, "bob", NOON))

    assert sorted(begun) == [False, True]


async def test_an_attempt_waits_for_one_that_is_inside_data(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.attempt(key, "ann", NOON)
    await store.begin_data(key, "ann", NOON)

    assert (await store.attempt(key, "bob", NOON)).verdict == Busy()
    assert await store.sent(key, "ann", NOON)
    assert (await store.attempt(key, "bob", NOON)).verdict == Settled("sent")


async def test_a_zombie_after_its_lease_does_not_undo_what_is_unknown(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.attempt(key, "zombie", NOON)
    await store.begin_data(key, "zombie", NOON)
    await told(store, "update effects set data_until_db = now() - interval '1 second'")

    assert (await store.attempt(key, "next", NOON)).verdict == Settled("uncertain")
    assert not await store.back(key, "zombie")
    assert not await store.sent(key, "next", NOON)
    assert await store.sent(key, "zombie", NOON), "the receiver did say 250, however late"
    assert await asked(store, "select what from audit") == [("late reply",)]


async def test_an_essential_message_is_sent_once_more_after_the_lease(store: PostgresStore) -> None:
    await store.ingest([placed(), an_event("order.cancelled", 2)], NOON)
    todo = await store.decide(JOURNEY, NOON, deciding(NOON))
    (key,) = [key for kind, key in todo.open if kind == "send"]
    for owner in ("first", "second"):
        attempt = await store.attempt(key, owner, NOON)
        assert attempt.verdict == Allowed("email")
        await store.begin_data(key, owner, NOON)
        await told(store, "update effects set data_until_db = now() - interval '1 second'")

    assert not await store.sent(key, "first", NOON)
    assert (await store.attempt(key, "third", NOON)).verdict == Settled("uncertain")


async def test_no_data_begins_after_a_cancellation_was_accepted(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.attempt(key, "me", NOON)

    await store.ingest([an_event("order.cancelled", "no", at=later(seconds=1))], later(seconds=1))

    assert not await store.begin_data(key, "me", later(seconds=2))
    assert [(one.state, one.reason, one.reason_by) for one in await store.effects("A1")] == [
        ("dropped", "stopped_by", "order.cancelled")
    ]


async def test_the_last_question_waits_for_a_cancellation_that_is_being_accepted(
    store: PostgresStore, database: str
) -> None:
    key = await a_message(store)
    await store.attempt(key, "me", NOON)
    async with await psycopg.AsyncConnection.connect(database) as accepting:
        await accepting.execute("select 1 from subjects where id like 'order:%' for update")
        question = asyncio.create_task(store.begin_data(key, "me", NOON))
        await asyncio.sleep(0.1)
        assert not question.done()

    assert await question


async def test_a_dead_address_is_never_used_again(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.attempt(key, "me", NOON)

    assert await store.refused(key, "me", "550 5.1.1", NOON, "C1@example.com")
    await store.ingest([an_event("order.cancelled", 9)], NOON)
    todo = await store.decide(JOURNEY, NOON, deciding(NOON))
    (other,) = [key for kind, key in todo.open if kind == "send"]
    attempt = await store.attempt(other, "me", NOON)

    assert attempt.verdict == Dropped(Reason.NO_CHANNEL)


async def test_what_the_last_of_a_firing_gives_back_is_free_even_when_both_end_at_once(store: PostgresStore) -> None:
    yes = an_event("consent.given", "yes", order=None, customer="C1")
    await store.ingest([yes, placed(), shipped(), an_event("order.delivered", "came")], NOON)
    moment = later(days=2)
    await store.decide(JOURNEY, moment, deciding(moment))
    pair = [one.key for one in await store.effects() if one.firing.rule_id == "offer"]
    await told(store, "update effects set state = 'claimed', owner = 'me' where rule_id = 'offer'")

    assert len(pair) == 2
    assert all(await asyncio.gather(*(store.refused(key, "me", "554 no", moment) for key in pair)))
    assert await asked(store, "select count(*) from once_keys where rule_id = 'offer'") == [(0,)]


# --- nudges


async def test_a_nudge_comes_again_until_a_decision_has_passed_it(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)

    assert await store.take_nudges() == [(JOURNEY, "order")]
    assert await store.take_nudges() == []
    await told(store, "update nudges set not_before_db = now()")
    assert await store.take_nudges() == [(JOURNEY, "order")]
    await store.decide(JOURNEY, NOON, deciding(NOON))
    assert (await store.counts())["nudges"] == 0


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (12, 60)])
async def test_nudges_back_off(store: PostgresStore, tries: int, seconds: int) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = %s", tries)

    await store.take_nudges()

    ((left,),) = await asked(store, "select not_before_db - now() from nudges")
    assert timedelta(seconds=seconds - 1) < left <= timedelta(seconds=seconds)


async def test_a_nudge_that_could_not_be_passed_on_comes_back_soon_and_does_not_count(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    for _ in range(3):
        await told(store, "update nudges set not_before_db = now()")
        await store.take_nudges()
        await store.nudge_failed(JOURNEY)

    ((left, tries),) = await asked(store, "select not_before_db - now(), tries from nudges")
    assert left <= timedelta(seconds=5)
    assert tries == 0


async def test_a_decision_leaves_a_nudge_for_newer_events(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set seq = seq + 10")

    await store.decide(JOURNEY, NOON, deciding(NOON))

    assert (await store.counts())["nudges"] == 1


async def test_the_sweep_finds_what_was_forgotten(store: PostgresStore) -> None:
    key = await a_message(store)
    assert await store.sweep() == 0

    await told(store, "update effects set touched_db = now() - interval '3 minutes'")
    assert await store.sweep() == 1
    assert await store.sweep() == 0, "it is nudged already"
    await store.decide(JOURNEY, NOON, deciding(NOON))
    await store.attempt(key, "me", NOON)
    await told(store, "update journeys set wake_at = now() - interval '2 minutes'")
    assert await store.sweep() == 1


async def test_the_sweep_gives_up_on_a_journey_that_never_decides(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 21, not_before_db = now()")

    assert await store.take_nudges() == []
    await store.sweep()

    assert [one.id for one in await store.quarantined()] == [JOURNEY]


# --- sessions, migrations, rulesets


async def test_every_session_gives_up_soon(store: PostgresStore) -> None:
    settings = (
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
        "timezone",
        "application_name",
    )
    shown = [(await asked(store, f"show {name}"))[0][0] for name in settings]

    assert shown == ["5s", "2s", "5s", "UTC", "purna"]


async def test_a_database_that_was_away_is_found_again(store: PostgresStore, database: str) -> None:
    await store.counts()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purna'")

    assert await store.ingest([placed()], NOON) == ["accepted"]


async def test_two_processes_may_migrate_at_once(create_database: CreateDatabase) -> None:
    url = await create_database("template1")

    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(3)))

    with psycopg.connect(url) as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [("0001",)]


async def test_a_ruleset_is_read_back_by_another_process(store: PostgresStore) -> None:
    second = the_rules("2 days after", "3 days after")
    assert await store.publish(second, "me", "later", NOON)
    assert not await store.publish(second, "me", "once more", NOON)

    other = PostgresStore(store.pool, NAMING)

    assert (await other.active()).revision == second.revision
    first = await other.ruleset(the_rules().revision)
    assert first is not None
    assert first.rules.keys() == second.rules.keys()
    assert await other.ruleset("no such") is None


async def test_nothing_is_accepted_before_rules_are_published(unpublished: PostgresStore) -> None:
    with pytest.raises(NoRuleset):
        await unpublished.ingest([placed()], NOON)

    assert (await unpublished.counts())["events"] == 0


@pytest.fixture
async def unpublished(store: PostgresStore) -> PostgresStore:
    await told(store, "truncate activations")
    return PostgresStore(store.pool, NAMING)


# --- round trips


@pytest.mark.parametrize(
    ("command", "at_most"), [("ingest", 4), ("decide", 6), ("attempt", 4), ("begin_data", 3), ("sent", 1)]
)
async def test_hot_paths_take_few_round_trips(store: PostgresStore, database: str, command: str, at_most: int) -> None:
    key = await a_message(store)
    steps: dict[str, tuple[Any, ...]] = {
        "ingest": ([an_event("shipment.shipped", "next", things={"shipment": "P2"}, customer="C1")], NOON),
        "decide": (JOURNEY, NOON, deciding(NOON)),
        "attempt": (key, "me", NOON),
        "begin_data": (key, "me", NOON),
        "sent": (key, "me", NOON),
    }
    async with counting(database) as (address, turns):
        pool = await open_pool(address, 1)
        watched = PostgresStore(pool, NAMING)
        await watched.active()
        for name, told in steps.items():
            before = len(turns)
            await getattr(watched, name)(*told)
            if name == command:
                assert len(turns) - before - 1 <= at_most, "one more asks whether the session is alive"
                break
        await pool.close()


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A way to the database on which each question that had to wait for the last answer leaves a mark."""
    parts = urlsplit(url)
    turns: list[str] = []
    last = [""]

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whose: str) -> None:
        while data := await reader.read(65536):
            if whose == "client" and last[0] != "client":
                turns.append(whose)
            last[0] = whose
            writer.write(data)
        writer.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(passed(reader, questions, "client"), passed(answers, writer, "server"))

    async with await asyncio.start_server(both, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl(), turns
