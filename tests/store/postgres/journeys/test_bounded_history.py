"""What a question reads of a customer's history: as far as the rules look back, and by index."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from psycopg import AsyncConnection

from engine.decisions.decision import Outcome, Situation
from engine.facts.events import Origin
from engine.facts.naming import subject_id
from engine.facts.views.inquiry import Inquiry
from engine.language.reader import read_ruleset
from engine.rules.lookbacks import Lookbacks
from engine.rules.ruleset import Ruleset, Rulesets
from store.postgres.journeys.lookback_rows import lookback_params
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from store.records.answers import UnreadableRow
from tests.store.probing import JOURNEY, a_message, asked, told
from tests.store.shop import FILES, NAMING, NOON, SHOP, an_event, deciding, later, placed

_RULES = """
version: 1
rules:
  - {id: often, when: order.changed, once_per: event,
        if: number of order.cancelled by the customer within 2 days < 9,
        stop_if: return.requested by the customer, do: [{send: hello, category: delivery}]}
  - {id: ever, when: order.confirmed, if: loyalty.joined happened by the customer,
        do: [{send: hello, category: delivery}]}
  - {id: own, when: 1 day after order.placed, if: not (shipment.lost happened),
        stop_if: [payment.failed], do: [{send: hello, category: delivery}]}
  - {id: pinned, when: 2 days after order.placed, in_flight: pin,
        stop_if: subscription.cancelled, do: [{send: hello, category: delivery}]}
  - {id: unhappy, when: review.received, if: review.stars <= 2,
        do: [{suppress: [review], across: customer, until: support.case_solved, at_most: 9 days}]}
"""
_THINGS = {"support": "case", "shipment": "shipment", "subscription": "subscription"}


def the_rules(old: str = "", new: str = "") -> Ruleset:
    return read_ruleset({**FILES, "journeys/a.yaml": _RULES.replace(old, new) if old else _RULES})


async def happened(
    store: PostgresStore, kind: str, *hours: float, order: str | None = "B1", stars: int = 5
) -> None:
    thing = _THINGS.get(kind.partition(".")[0])
    things = {thing: "X1"} if thing else {}
    for hour in hours:
        event = an_event(
            kind, f"{kind} {order} {hour}", later(hours=hour), order=order, customer="C1",
            things=things, data={"review.stars": stars} if kind == "review.received" else {},
        )  # fmt: skip
        assert await store.events.ingest([event], later(hours=hour)) == ["accepted"]


async def seen(store: PostgresStore, now: datetime, order: str = "A1") -> list[tuple[str, float]]:
    """Of which type the events are that a decision about an order sees, and their hours."""
    found: list[Situation] = []

    def decides(rulesets: Rulesets, situation: Situation) -> Outcome:
        found.append(situation)
        outcome: Outcome = deciding(now)(rulesets, situation)
        return outcome

    await store.journeys.decide(NAMING.journey(subject_id("order", SHOP, order)), now, decides)
    history = found[-1].history
    return [(one.type, (one.occurred_at - NOON).total_seconds() / 3600) for one in history]


async def reasons(store: PostgresStore, rule: str) -> list[str]:
    query = "select reason from decisions where rule_id = %s and reason is not null"
    return [row[0] for row in await asked(store, query, rule)]


@pytest.fixture
async def shop(store: PostgresStore) -> PostgresStore:
    await store.rulesets.publish(the_rules(), "tests", "what looks back", NOON)
    return store


async def test_of_its_own_order_all_is_seen_and_of_others_nothing_that_no_rule_asks_for(
    shop: PostgresStore,
) -> None:
    await happened(shop, "shipment.lost", -900, order="A1")
    await happened(shop, "shipment.lost", -10, order="B1")
    await shop.events.ingest([placed("A1", "C1")], NOON)

    assert await seen(shop, NOON) == [("shipment.lost", -900)]


@pytest.mark.parametrize(("order", "is_seen"), [("A1", [-96.1, -96, -47]), ("B1", [-47])])
async def test_what_is_counted_is_seen_as_far_back_as_it_is_counted(
    shop: PostgresStore, order: str, is_seen: list[float]
) -> None:
    # Two days, and two more for clocks that are changed.
    await happened(shop, "order.cancelled", -96.1, -96, -47, order=order)
    await shop.events.ingest([placed("A1", "C1")], NOON)

    found = [hour for kind, hour in await seen(shop, NOON) if kind == "order.cancelled"]
    assert found == (is_seen if order == "A1" else [-96, -47])


async def test_what_may_stop_a_firing_is_seen_since_its_event(shop: PostgresStore) -> None:
    await happened(shop, "payment.failed", -1, 0, 1, order=None)
    await happened(shop, "return.requested", -1, 0, 2)
    await shop.events.ingest([placed("A1", "C1")], later(hours=2))
    await seen(shop, later(hours=2))

    assert await seen(shop, later(hours=3)) == [
        ("payment.failed", 0),
        ("return.requested", 0),
        ("payment.failed", 1),
        ("return.requested", 2),
    ]


async def test_that_something_ever_happened_the_newest_event_tells(shop: PostgresStore) -> None:
    await happened(shop, "loyalty.joined", -900, -800, -700, order=None)
    await shop.events.ingest([placed("A1", "C1")], NOON)

    assert await seen(shop, NOON) == [("loyalty.joined", -700)]


async def test_what_may_end_a_silence_is_seen_since_it_began(shop: PostgresStore) -> None:
    await happened(shop, "support.case_solved", -30, order="B2")
    await happened(shop, "review.received", -20, stars=1)
    await seen(shop, later(hours=-20), "B1")
    await happened(shop, "support.case_solved", -10, order="B2")
    await shop.events.ingest([placed("A1", "C1")], NOON)

    assert await seen(shop, NOON) == [("support.case_solved", -10)]
    assert await seen(shop, later(days=9)) == []


async def test_a_pinned_rule_sees_what_it_looks_for_under_later_rules(shop: PostgresStore) -> None:
    await shop.events.ingest([placed("A1", "C1")], NOON)
    await seen(shop, NOON)
    changed = the_rules("stop_if: subscription.cancelled", "stop_if: order.cancelled")
    await shop.rulesets.publish(changed, "tests", "looks elsewhere", later(hours=1))
    await happened(shop, "subscription.cancelled", 2, order=None)

    assert await seen(shop, later(days=2)) == [("subscription.cancelled", 2)]
    assert await reasons(shop, "pinned") == ["stopped_by"]


async def test_news_of_what_began_earlier_make_it_read_further_back(shop: PostgresStore) -> None:
    await happened(shop, "payment.failed", 1, order=None)
    late = an_event("order.placed", "again", later(hours=5), customer="C1")
    await shop.events.ingest([placed("A1", "C1"), late], later(hours=5))
    await seen(shop, later(hours=5))

    assert await seen(shop, later(days=1)) == [("payment.failed", 1)]
    assert await reasons(shop, "own") == ["stopped_by"]


async def test_a_silence_is_ended_by_what_it_says_itself(shop: PostgresStore) -> None:
    await happened(shop, "review.received", -20, stars=1)
    await seen(shop, later(hours=-20), "B1")
    await happened(shop, "support.case_solved", -10, order="B2")
    newer = the_rules("until: support.case_solved", "until: order.cancelled")
    await shop.rulesets.publish(newer, "tests", "another end", later(hours=-5))
    await shop.events.ingest([placed("A1", "C1")], NOON)

    assert await seen(shop, NOON) == [("support.case_solved", -10)]
    assert await seen(shop, later(days=9)) == []


async def test_what_is_imported_as_history_makes_nothing_read_further_back(
    shop: PostgresStore,
) -> None:
    await happened(shop, "payment.failed", -30, order=None)
    old = an_event("order.changed", "old", later(days=-900), customer="C1")
    await shop.events.ingest([placed("A1", "C1")], NOON)
    await shop.events.ingest([replace(old, origin=Origin(is_history=True))], NOON)

    assert await seen(shop, NOON) == []


async def test_a_plan_sees_what_a_pinned_rule_looks_for(shop: PostgresStore) -> None:
    await shop.events.ingest([placed("A1", "C1")], NOON)
    await seen(shop, NOON)
    changed = the_rules("stop_if: subscription.cancelled", "stop_if: order.cancelled")
    await shop.rulesets.publish(changed, "tests", "looks elsewhere", later(hours=1))
    await happened(shop, "subscription.cancelled", 2, order=None)

    found = await shop.journeys.situation(JOURNEY)

    assert found is not None
    assert "subscription.cancelled" in {one.type for one in found[1].history}


async def test_a_plan_goes_on_where_a_row_has_a_senseless_time(shop: PostgresStore) -> None:
    await shop.events.ingest([placed("A1", "C1")], NOON)
    await seen(shop, NOON)
    senseless = 'update waits set firing = firing || \'{"event_at": "noon"}\''
    await told(shop, senseless)

    with pytest.raises(UnreadableRow):
        await shop.journeys.situation(JOURNEY)


async def test_a_question_of_more_revisions_than_are_kept_is_answered(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.rules.kept_revisions.MOST", 1)
    key = await a_message(store)
    newer = read_ruleset({**FILES, "templates/en/more.md": "---\nsubject: More\n---\nMore.\n"})
    await store.rulesets.publish(newer, "tests", "another text", NOON)

    async with asyncio.timeout(60):
        await store.ledger.attempt(key, "ann", NOON)
        assert await store.ledger.may_leave(key, "ann", NOON)


_MANY = """
insert into events (source, id, subject, seq, order_subject, customer_subject, type, occurred_at,
    body, revision, stale, wakes, known_at)
select 'many', kind || n, 'order:b/' || n, k,
    case when kind <> 'payment.failed' then 'order:b/' || n end, 'customer:b/C', kind,
    timestamptz '2026-01-01' - n * interval '1 hour', '{"shop": "b"}', 'old', false, false, now()
from generate_series(1, 5000) n,
    unnest(array['order.cancelled', 'shipment.lost', 'payment.failed', 'loyalty.joined',
        'return.requested', 'support.case_solved']) with ordinality one (kind, k)
"""
_READ = """
explain (analyze, buffers, format json)
select * from history_seen('{order:b/1}', 'customer:b/C', %(watched)s,
    %(lookbacks)s::jsonb -> %(kind)s, '2026-01-01', '2025-12-31', '2025-12-31')
"""


def blocks(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def pages(store: PostgresStore, lookbacks: Lookbacks, kind: str) -> int:
    params = {**lookback_params(lookbacks), "kind": kind}
    async with store.pool.connection() as connection:
        ((found,),) = await connection.rows(_READ, params)
    plan: dict[str, Any] = found[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def test_a_customer_of_many_orders_costs_as_many_pages_as_rules_look_back(
    shop: PostgresStore,
) -> None:
    await told(shop, _MANY)
    await told(shop, "analyze events")
    lookbacks = the_rules().lookbacks

    assert await pages(shop, lookbacks.whole, "customer") > 1000
    assert await pages(shop, lookbacks, "order") < 400
    assert await pages(shop, lookbacks, "reader") < 400


async def test_no_question_has_its_reading_of_the_history_planned_anew(
    database: str, witness: AsyncConnection
) -> None:
    name = urlsplit(database).path.lstrip("/")
    await witness.execute(f"alter database {name} set track_functions = 'all'".encode())
    pool = await open_pool(database, 1)
    store = PostgresStore(pool, NAMING)
    key = await a_message(store)
    await store.ledger.attempt(key, "ann", NOON)
    await store.ledger.may_leave(key, "ann", NOON)
    for inquiry in (Inquiry("order", "A1"), Inquiry("customer", "C1"), Inquiry("return", "R1")):
        await store.inquiries.standings(inquiry, NOON)
    async with pool.connection() as connection:
        await connection.execute("select shop_of('order:a/b') from subjects order by 1")
    await pool.close()

    # Whatever is put in its place is no call.
    called = await witness.execute(
        "select funcname from pg_stat_user_functions where funcname = any(%s)",
        (["history_seen", "silent_since"],),
    )
    assert await called.fetchall() == []
