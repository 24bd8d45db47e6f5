"""Decisions that race, die, or are asked for again."""

import asyncio

import psycopg
import pytest

from engine.decisions.decision import Outcome, Situation
from engine.rules.ruleset import Rulesets
from store.postgres.store import PostgresStore
from store.records.subjects import BATCH
from tests.store.probing import JOURNEY, asked, shipped, told
from tests.store.shop import NOON, SHOP, an_event, deciding, later, placed


async def test_two_journeys_that_race_for_one_key_act_once(store: PostgresStore) -> None:
    yes = an_event("consent.given", "yes", order=None, customer="C1")
    orders = [f"R{number}" for number in range(6)]
    events = [
        event
        for order in orders
        for event in (
            placed(order),
            shipped(order),
            an_event("order.delivered", f"came {order}", order=order),
        )
    ]
    await store.events.ingest([yes, *events], NOON)

    moment = later(days=3)
    deciders = (
        store.journeys.decide(f"order:a shop%2F1/{order}", moment, deciding(moment))
        for order in orders
    )
    await asyncio.gather(*deciders)

    offers = [effect for effect in await store.inquiries.effects() if effect.name == "offer"]
    assert len(offers) == 1
    assert await asked(store, "select count(*) from once_keys where rule_id = 'offer'") == [(1,)]
    assert await asked(store, "select count(*) from decisions where reason = 'already_done'") == [
        (5,)
    ]


async def test_a_decision_whose_answer_was_lost_is_given_again(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    first = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))

    again = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))

    assert again == first
    assert len(again.open) == 1
    assert len(await store.inquiries.effects()) == 1


async def test_a_decision_that_dies_before_its_commit_leaves_nothing(store: PostgresStore) -> None:
    def dies(_: Rulesets, situation: Situation) -> Outcome:
        raise MemoryError(situation.journey)

    await store.events.ingest([placed(), shipped()], NOON)
    with pytest.raises(MemoryError):
        await store.journeys.decide(JOURNEY, NOON, dies)

    assert len(await store.inquiries.effects()) == 0
    assert len((await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open) == 1


async def test_a_session_killed_in_a_decision_leaves_nothing(
    store: PostgresStore, database: str
) -> None:
    def killed(rulesets: Rulesets, situation: Situation) -> Outcome:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'purna' and state like 'idle in transaction%'"
            )
        outcome: Outcome = deciding(NOON)(rulesets, situation)
        return outcome

    await store.events.ingest([placed(), shipped()], NOON)
    with pytest.raises(psycopg.OperationalError):
        await store.journeys.decide(JOURNEY, NOON, killed)

    assert await store.inquiries.effects() == []
    assert len((await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open) == 1


async def test_more_news_than_fits_into_one_decision_keeps_the_nudge(store: PostgresStore) -> None:
    changes = [an_event("order.changed", number) for number in range(250)]
    await store.events.ingest([placed(), *changes, shipped()], NOON)

    first = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert (first.open, first.wake_at) == ((), NOON)
    assert (await store.overview.counts())["nudges"] == 1

    second = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert len(second.open) == 1
    assert (await store.overview.counts())["nudges"] == 0


async def test_a_journey_nobody_ever_woke_is_over(store: PostgresStore) -> None:
    todo = await store.journeys.decide("order:nowhere/1", NOON, deciding(NOON))

    assert (todo.open, todo.wake_at, todo.ended) == ((), None, True)


async def test_a_decision_reads_one_batch_of_many_events(store: PostgresStore) -> None:
    many = [an_event("order.changed", number) for number in range(BATCH + 5)]
    await store.events.ingest([placed(), shipped(), *many], NOON)

    found = await store.journeys.situation(JOURNEY)

    assert found is not None
    _, situation = found
    assert (len(situation.events), situation.more) == (BATCH, True)


async def test_of_a_shops_carriers_only_those_of_the_order_are_read(store: PostgresStore) -> None:
    named = {"shipment.carrier": "acme"}
    scanned = an_event("shipment.in_transit", "scan", things={"shipment": "P1"}, data=named)
    await store.events.ingest([placed(), shipped(), scanned], NOON)
    await told(
        store,
        "insert into carriers select %s, 'carrier ' || n, now() from generate_series(1, 500) n",
        SHOP,
    )

    loaded = await store.journeys.situation(JOURNEY)

    assert loaded is not None
    assert loaded[1].subjects.scans == {"acme": NOON}
    query = "explain select * from scans_named('a shop/1', array['order:a', 'customer:b'])"
    plan = "\n".join(row[0] for row in await asked(store, query))
    assert "Seq Scan" not in plan
