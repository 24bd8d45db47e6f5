"""A database that an older program filled is brought up to date, and read as it was."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from engine.sending.gates import Allowed
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from store.records.attempts import Settled
from tests.conftest import CreateDatabase
from tests.store.postgres.migrations.rows import insert
from tests.store.probing import JOURNEY
from tests.store.shop import NAMING, an_event, deciding, later, the_rules

# What the first program kept of a small shop: a message sent, one inside DATA when its worker died,
# others held or wanted, a call that is done, and an event that no decision has read yet.
ROWS = Path(__file__).with_name("rows_of_0001.json")
TWO_DAYS = later(days=2)


@pytest.fixture
async def old_shop(create_database: CreateDatabase) -> AsyncIterator[PostgresStore]:
    """A store of today over the rows of the first program."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, "0001")
    await asyncio.to_thread(insert, url, ROWS)
    await asyncio.to_thread(migrate, url)
    pool = await open_pool(url, 2)
    yield PostgresStore(pool, NAMING)
    await pool.close()


async def test_every_effect_is_read_as_it_was(old_shop: PostgresStore) -> None:
    effects = await old_shop.inquiries.effects()

    assert Counter((one.kind, str(one.state)) for one in effects) == {
        ("send", "sent"): 1,
        ("send", "leaving"): 1,
        ("send", "wanted"): 3,
        ("send", "held"): 6,
        ("call", "done"): 1,
        ("emit", "wanted"): 1,
    }
    assert (await old_shop.rulesets.active()).rules.keys() == the_rules().rules.keys()
    assert len(await old_shop.inquiries.decisions("shipped", "A1")) == 1
    assert len(await old_shop.quarantine.entries()) == 1


async def test_a_decision_goes_on_where_the_old_program_stopped(old_shop: PostgresStore) -> None:
    assert await old_shop.nudges.take() == [(JOURNEY, "order")]

    await old_shop.journeys.decide(JOURNEY, TWO_DAYS, deciding(TWO_DAYS))

    of_review = [
        one for one in await old_shop.inquiries.effects("A1") if one.firing.rule_id == "review"
    ]
    assert [one.state for one in of_review] == ["held"]
    assert [
        one.reason for one in await old_shop.inquiries.decisions("cancelled", "A1") if one.reason
    ] == []


async def test_messages_go_their_way(old_shop: PostgresStore) -> None:
    effects = await old_shop.inquiries.effects()
    (inside,) = [one.key for one in effects if one.state == "leaving"]
    (stopped,) = [one.key for one in effects if one.key.endswith("B1/cancelled/order:B1/hello")]

    late = later(days=2, hours=1)
    assert (await old_shop.ledger.attempt(inside, "new", late)).verdict == Settled("uncertain")
    assert (await old_shop.ledger.attempt(stopped, "new", late)).verdict != Allowed("email")


async def test_new_events_follow_the_old_ones(old_shop: PostgresStore) -> None:
    event = an_event("order.changed", "new", at=TWO_DAYS)

    assert await old_shop.events.ingest([event, event], TWO_DAYS) == ["accepted", "duplicate"]


async def test_a_firing_that_silenced_keeps_its_once_key(create_database: CreateDatabase) -> None:
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, "0006")
    firing = "order:a shop%2F1/A1/order:A1"
    with psycopg.connect(url) as connection:
        for rule in ("hush", "hello"):
            connection.execute(
                "insert into once_keys values ('order:a shop%%2F1/A1', %s, 'order:A1', %s, now())",
                (rule, firing),
            )
        connection.execute(
            "insert into suppressions (key, rule_id, categories, across_customer, starts_at,"
            " ends_at, until, place) values ('order:a shop%2F1/A1/hush/order:A1/suppress/0',"
            " 'hush', '{sales}', false, now(), now(), '{}', '')"
        )
    await asyncio.to_thread(migrate, url)

    with psycopg.connect(url) as connection:
        kept = connection.execute("select rule_id, holder from kept_keys").fetchall()
    assert kept == [("hush", firing)]
