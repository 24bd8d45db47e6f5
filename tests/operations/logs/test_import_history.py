"""What is imported as history is known and counted, and nobody hears of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.facts.events import parse_event
from engine.facts.naming import subject_id
from operations.cannot_run import CannotRun
from operations.logs.import_history import import_history
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.shop import NAMING, deciding, the_rules
from tests.stores import a_store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_old(kind: str, time: str, **data: Any) -> dict[str, Any]:
    named = {"shop": "main", "order": {"id": "OLD1"}, "customer": {"id": "7"}, **data}
    about = {"specversion": "1.0", "source": "export", "type": kind, "time": time}
    return {**about, "id": f"{kind} {named['order']['id']}", "data": named}


OLD = [
    an_old("order.placed", "2024-05-01T10:00:00Z"),
    an_old("order.cancelled", "2024-05-02T10:00:00Z"),
    an_old("order.placed", "2026-02-28T10:00:00Z", order={"id": "OLD2"}),
    an_old("shipment.shipped", "2026-03-01T10:00:00Z", order={"id": "OLD2"}, shipment={"id": "P"}),
    an_old("review.received", "2026-03-01T11:00:00Z", order={"id": "OLD2"}, review={"stars": 1}),
]


def a_log(folder: Path, *events: dict[str, Any]) -> Path:
    log = folder / "old.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    return log


async def test_history_is_known_and_counted_and_does_nothing(
    create_database: CreateDatabase, tmp_path: Path
) -> None:
    async with a_store(await create_database("template1"), NAMING) as store:
        await store.rulesets.publish(the_rules(), "me", "a beginning", NOW)

        imported = await import_history(store, a_log(tmp_path, *OLD), NOW)
        again = await import_history(store, a_log(tmp_path, *OLD), NOW)

        assert (imported.events, imported.accepted, again.duplicates) == (5, 5, 5)
        assert await _said_by_everybody(store) == ([], [])
        facts = (await store.customers.export(subject_id("customer", "main", "7")))["facts"]
        assert "OLD2" in json.dumps(facts)


async def test_what_happens_after_history_counts_on_it(
    create_database: CreateDatabase, tmp_path: Path
) -> None:
    async with a_store(await create_database("template1"), NAMING) as store:
        rules = the_rules(
            "when: order.cancelled", "when: order.cancelled\n    if: customer.lifetime_orders >= 2"
        )
        await store.rulesets.publish(rules, "me", "a beginning", NOW)
        old = [*OLD[2:], an_old("order.placed", "2025-01-01T10:00:00Z", order={"id": "OLD3"})]
        await import_history(store, a_log(tmp_path, *old), NOW)

        live = an_old("order.cancelled", "2026-03-02T12:00:00Z", order={"id": "NEW"})
        placed = an_old("order.placed", "2026-03-02T11:00:00Z", order={"id": "NEW"})
        catalog = rules.catalog
        await store.events.ingest([parse_event(one, catalog, NOW) for one in (placed, live)], NOW)

        assert await _said_by_everybody(store) == (["hello", "tell_stock"], ["cancelled"])


async def test_a_line_that_is_no_event_is_named(
    create_database: CreateDatabase, tmp_path: Path
) -> None:
    async with a_store(await create_database("template1"), NAMING) as store:
        await store.rulesets.publish(the_rules(), "me", "a beginning", NOW)
        log = a_log(tmp_path, OLD[0], an_old("order.lost", "2024-05-01T10:00:00Z"))

        with pytest.raises(CannotRun, match=r"old\.jsonl:2: type unknown event 'order\.lost'"):
            await import_history(store, log, NOW)


async def _said_by_everybody(store: PostgresStore) -> tuple[list[str], list[str]]:
    """What every journey that was woken wants to do, and the rules that decided anything."""
    for row in await store.journeys.woken():
        await store.journeys.decide(row.journey, NOW, deciding(NOW))
    effects = await store.inquiries.effects()
    rules = {one.firing.rule_id for one in effects}
    return sorted(one.name for one in effects), sorted(rules)
