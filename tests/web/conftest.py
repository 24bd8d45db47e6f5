from collections.abc import AsyncIterator

import httpx
import pytest
from psycopg import AsyncConnection

from engine.facts.naming import Naming
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.stores import a_store
from tests.web.serving import NOW, a_site, some_parts

NAMING = Naming(b"n" * 32)
_JOURNEY = """
version: 1
rules:
  - id: order-confirmed
    when: order.placed
    do: [{send: hello, category: delivery}]
"""
_POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: Europe/Paris}
categories:
  - {id: delivery, kind: transactional}
  - {id: sales, kind: marketing, title: Sales & offers}
"""
_ANSWERS = """
version: 1
answers:
  return_window:
    type: days
    starts: order.delivered_at
    first:
      - {if: customer.tier = gold, then: 45 days}
      - {otherwise: 30 days}
"""
_TEMPLATE = "---\nsubject: Hello\nsms: Hello\npush: Hello\nwhatsapp: Hello\n---\nHello.\n"


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    files = {"journeys/a.yaml": _JOURNEY, "policies.yaml": _POLICIES, "answers.yaml": _ANSWERS}
    return read_ruleset({**files, "templates/en/hello.md": _TEMPLATE})


@pytest.fixture(scope="module")
async def unpublished(create_database: CreateDatabase) -> AsyncIterator[PostgresStore]:
    """A store in which no ruleset has been published."""
    url = await create_database("template1")
    async with a_store(url, NAMING) as store:
        yield store


@pytest.fixture(scope="module")
async def store(fresh_database: str, ruleset: Ruleset) -> AsyncIterator[PostgresStore]:
    async with a_store(fresh_database, NAMING) as store:
        await store.rulesets.publish(ruleset, "tests", "tests", NOW)
        yield store


@pytest.fixture(scope="module")
async def site(store: PostgresStore) -> AsyncIterator[httpx.AsyncClient]:
    async with a_site(some_parts(store)) as client:
        yield client


@pytest.fixture(scope="module")
async def witness(store: PostgresStore, fresh_database: str) -> AsyncIterator[AsyncConnection]:
    """Another connection, to see what has been committed."""
    assert store
    async with await AsyncConnection.connect(fresh_database, autocommit=True) as connection:
        yield connection
