"""What people and pages ask reads no more of a large database than of a small one: the rows and
index entries that each question reads are counted by the database itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import psycopg
import pytest

from bench.load.grown_database import SHOP, Sizes, grow
from engine.facts.views.inquiry import Inquiry
from operations.explain.show import show
from operations.explain.story import StoryQuestion, story_of
from operations.failed_effects import listed
from operations.intake.quarantine import quarantined
from operations.revisions.rulesets import rulesets
from operations.rules.graph import graph_of_order
from operations.settle import uncertain
from operations.subjects.export import export
from operations.subjects.find import find
from operations.subjects.subject import NotKnown, subject_meant
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.shop import NAMING, NOON, the_rules

ORDERS = 20_000
# Rows and entries of indexes; whoever reads a table or an index whole reads ten times as many. What
# many have bought is looked for among the newest 10,000 orders.
_MOST, _OF_PURCHASES = 2_500, 14_000
_LEDGER = """
insert into effects (key, kind, name, journey, rule_id, occurrence, order_subject,
    customer_subject, firing, arguments, state, reason, decided_at, settled_at)
select 'key ' || n, 'send', 'hello', 'order:bench/s' || n, 'r', 's' || n, 'order:bench/s' || n,
    'customer:bench/s' || n, %s, '{}',
    case when n %% 5000 = 0 then 'failed' when n %% 5000 = 1 then 'uncertain'
        when n %% 2 = 0 then 'dropped' else 'sent' end,
    case when n %% 5000 = 0 then 'error' when n %% 2 = 0 then 'expired' end,
    timestamptz '2025-01-06' + n * interval '1 second',
    timestamptz '2025-01-06' + n * interval '1 second'
from generate_series(1, %s) n
"""
_FIRING = """
{"shop": "bench", "journey": "order:bench/s1", "rule_id": "r", "occurrence": "s1",
"revision": "old", "line": 0}
"""
_ADDRESSES = """
insert into addresses (shop, address, customer_subject)
select 'bench', 's' || n || '@customer.example', 'customer:bench/s' || n
from generate_series(1, %s) n
"""
_CUSTOMERS = """
insert into subjects (id, seq, facts, customer)
select 'customer:bench/s' || n, 0, '{"facts": {}, "happened": {}, "things": {}}',
    'customer:bench/s' || n
from generate_series(1, %s) n
"""
# Everybody has bought soap; every hundredth also a towel.
_BOUGHT = """
update events set body = jsonb_set(body, '{data,order.items}',
    case when pos %% 400 = 1 then '[{"id": "soap"}, {"id": "towel"}]' else '[{"id": "soap"}]' end
        ::jsonb)
where type = 'order.placed' and source = 'grown'
"""
_READ = """
select (select sum(seq_tup_read) from pg_stat_user_tables)::bigint
    + (select sum(idx_tup_read) from pg_stat_user_indexes)::bigint
"""

Question = Callable[[PostgresStore], Awaitable[object]]
POPULAR, SELDOM = "what goes with what all have", "what goes with what few have"


async def misspelled(store: PostgresStore) -> None:
    with pytest.raises(NotKnown):
        await subject_meant(store, "order", "s77777", None)


QUESTIONS: dict[str, Question] = {
    "whether anything has happened": lambda store: store.overview.has_events(),
    "how far behind it is": lambda store: store.overview.gauges(),
    "whether it takes writes": lambda store: store.overview.takes_writes(),
    "what came too early": lambda store: store.overview.unplaced(NOON),
    "what failed": listed,
    "what expired": lambda store: listed(store, "expired", None, None, SHOP),
    "what was sent since": lambda store: listed(store, "sent", None, NOON),
    "what is held": lambda store: listed(store, "held"),
    "what is uncertain": uncertain,
    "what is quarantined": quarantined,
    "which revisions there were": rulesets,
    "who has an address": lambda store: find(store, "s77@customer.example"),
    "who is meant by an address": lambda store: subject_meant(
        store, "customer", "s77@customer.example", None
    ),
    "who is meant by a misspelled id": misspelled,
    "what is known of an order": lambda store: show(store, "order", "s77", None, NOON),
    "what is known of a customer": lambda store: show(store, "customer", "s77", None, NOON),
    "why": lambda store: story_of(store, StoryQuestion(None, "order", "s77")),
    "the drawing of an order": lambda store: graph_of_order(store, "s77"),
    "which shops have an order": lambda store: store.inquiries.shops_of("s77"),
    "an order to record": lambda store: store.inquiries.lived(SHOP, "r1"),
    "an answer": lambda store: store.inquiries.standings(Inquiry("order", "s77", None, SHOP), NOON),
    SELDOM: lambda store: store.inquiries.purchases(SHOP, None, ["towel"]),
    POPULAR: lambda store: store.inquiries.purchases(SHOP, "s1", ["soap"]),
    "all of a customer": lambda store: export(store, "s77", None),
    "to forget a customer": lambda store: store.customers.erase(f"customer:{SHOP}/s78", NOON),
}


@pytest.fixture(scope="module")
async def grown(create_database: CreateDatabase) -> AsyncIterator[PostgresStore]:
    """A store of one session, so that what it has read is counted, with 20,000 orders."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    await grow(url, NAMING, Sizes(events=4 * ORDERS, carriers=10, orders=5))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(_LEDGER.encode(), (_FIRING, ORDERS))
        for statement in (_CUSTOMERS, _ADDRESSES):
            await connection.execute(statement.encode(), (ORDERS,))
        await connection.execute(_BOUGHT.replace("%%", "%").encode())
        await connection.execute("vacuum analyze")
    pool = await open_pool(url, 1)
    store = PostgresStore(pool, NAMING)
    await store.rulesets.publish(the_rules(), "tests", "", datetime(2025, 1, 1, tzinfo=UTC))
    yield store
    await pool.close()


async def entries_read(store: PostgresStore) -> int:
    """Rows of tables and entries of indexes that the store's session has read so far."""
    async with store.pool.connection() as connection:
        await connection.rows("select pg_stat_force_next_flush()")
        await connection.rows("select 1")
        row = await connection.row(_READ)
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_reads_no_more_than_it_answers(
    grown: PostgresStore, question: str
) -> None:
    await QUESTIONS[question](grown)  # its rules and plans are known from now on
    before = await entries_read(grown)
    await QUESTIONS[question](grown)

    most = _OF_PURCHASES if question in {POPULAR, SELDOM} else _MOST
    assert await entries_read(grown) - before < most
