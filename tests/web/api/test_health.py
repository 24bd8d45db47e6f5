"""What a load balancer and a curious person are told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from psycopg import AsyncConnection

from engine.catalog.channels import CHANNELS
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from store.postgres.migrations.newest import newest_tables
from store.postgres.overview import PostgresOverview
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.store.probing import told
from tests.web.serving import NOW, a_site, an_event, some_parts


@pytest.fixture
async def nowhere() -> AsyncIterator[PostgresStore]:
    """A store whose database does not answer."""
    pool = await open_pool("postgresql://127.0.0.1:1/nothing", 1)
    pool.timeout = 0.3
    yield PostgresStore(pool, Naming(b"n" * 32), frozenset(CHANNELS), None)
    await pool.close()


async def test_a_process_with_a_database_and_rules_is_ready(
    site: httpx.AsyncClient, ruleset: Ruleset
) -> None:
    answer = await site.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "missing": [],
        "ruleset": ruleset.revision,
        "sources_without_secret": [],
        "temporal_refuses": None,
    }


async def test_a_temporal_that_refuses_us_is_told(store: PostgresStore) -> None:
    async with a_site(some_parts(store, refusal=lambda: "NOT_FOUND")) as site:
        answer = await site.get("/readyz")
    assert (answer.status_code, answer.json()["temporal_refuses"]) == (200, "NOT_FOUND")


async def test_a_flood_of_questions_asks_the_database_once(store: PostgresStore) -> None:
    asked = CountedOverview(store)
    async with a_site(some_parts(asked)) as site:
        answers = await asyncio.gather(*(site.get("/readyz") for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert asked.times == 1


class CountedOverview:
    """A store that counts how often somebody looks whether it is ready."""

    def __init__(self, store: PostgresStore) -> None:
        self.store, self.times = store, 0

    @property
    def overview(self) -> PostgresOverview:
        self.times += 1
        return self.store.overview

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


async def test_without_rules_it_is_not_ready_until_some_are_published(
    unpublished: PostgresStore, ruleset: Ruleset
) -> None:
    async with a_site(some_parts(unpublished)) as site:
        before = await site.get("/readyz")
        await unpublished.rulesets.publish(ruleset, "tests", "tests", NOW)
        after = await site.get("/readyz")
    assert (before.status_code, before.json()["missing"]) == (503, ["ruleset"])
    assert after.status_code == 200


async def test_with_tables_of_an_older_program_it_is_not_ready(
    site: httpx.AsyncClient, store: PostgresStore
) -> None:
    await told(store, "update alembic_version set version_num = '0001'")
    answer = await site.get("/readyz")
    await told(store, f"update alembic_version set version_num = '{newest_tables()}'")

    assert (answer.status_code, answer.json()["missing"]) == (503, ["tables"])
    assert (await site.get("/readyz")).status_code == 200


async def test_with_a_database_that_is_read_only_it_is_not_ready_and_senders_are_to_come_again(
    site: httpx.AsyncClient, store: PostgresStore, witness: AsyncConnection
) -> None:
    name = witness.info.dbname
    await witness.execute(f"alter database {name} set default_transaction_read_only = on".encode())
    await store.pool.drain()  # it holds for sessions that begin
    ready = await site.get("/readyz")
    async with asyncio.timeout(10):  # for a moment it is still what it was a moment ago
        while ready.status_code == 200:
            await asyncio.sleep(0.1)
            ready = await site.get("/readyz")
    event = await site.post("/events", json=an_event("later"))
    await witness.execute(f"alter database {name} reset default_transaction_read_only".encode())
    await store.pool.drain()

    assert (ready.status_code, ready.json()["missing"]) == (503, ["writes"])
    assert (event.status_code, event.headers["retry-after"]) == (503, "1")
    assert (await site.get("/readyz")).status_code == 200
    assert (await site.post("/events", json=an_event("later"))).status_code == 202


async def test_a_program_too_old_for_the_rules_is_not_ready_and_takes_nothing(
    store: PostgresStore,
) -> None:
    older = PostgresStore(store.pool, store.naming)
    await told(store, "update rulesets set language_version = 99")
    async with a_site(some_parts(older)) as site:
        ready = await site.get("/readyz")
        posted = await site.post("/events", json=an_event("too new"))
        await told(store, "update rulesets set language_version = 1")
        again = await site.post("/events", json=an_event("too new"))

    assert (ready.status_code, ready.json()["missing"]) == (503, ["program"])
    assert (posted.status_code, posted.headers["retry-after"]) == (503, "1")
    assert "too old for the published rules" in posted.text
    assert again.json()["accepted"] == 1


async def test_without_a_database_it_lives_and_is_not_ready(nowhere: PostgresStore) -> None:
    async with a_site(some_parts(nowhere)) as site:
        lives, ready, home = (
            await site.get("/healthz"),
            await site.get("/readyz"),
            await site.get("/"),
        )
    assert (lives.status_code, home.status_code) == (200, 200)
    told = ready.json()
    assert (ready.status_code, told["ready"], told["missing"], told["ruleset"]) == (
        503,
        False,
        ["database"],
        None,
    )


async def test_the_first_page_says_what_runs_here(site: httpx.AsyncClient) -> None:
    page = await site.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "https://shop.example/healthz" in page.text
    assert "https://shop.example/readyz" in page.text
    assert "mail" not in page.text


async def test_the_first_page_leads_to_the_mails_where_they_are_kept(
    nowhere: PostgresStore,
) -> None:
    async with a_site(some_parts(nowhere, mail_url="http://127.0.0.1:8025")) as site:
        assert 'href="http://127.0.0.1:8025"' in (await site.get("/")).text
