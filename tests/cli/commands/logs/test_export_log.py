"""`purna export-log` writes what `simulate` and `import` read back; people are found by address."""

import asyncio
import json
import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compose.store import store_at
from engine.facts.events import parse_event
from operations.rules.rules_folder import read_rules
from store.postgres.sessions.migrate import migrate
from tests.cli.telling import a_folder, a_log, an_order, answer, said, told
from tests.conftest import CreateDatabase

Captured = pytest.CaptureFixture[str]
SECRET = "a secret of thirty-two characters"


def ordered(*orders: str) -> list[dict[str, Any]]:
    events = [event for order in orders for event in an_order(order, total="120.00 EUR")]
    return sorted(events, key=lambda event: str(event["time"]))


@pytest.fixture
async def rules(
    create_database: CreateDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Rules published to a database that the commands find, with two orders in its log."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", SECRET)
    folder = a_folder(tmp_path / "rules")
    ruleset = read_rules(folder)
    async with store_at(url, SECRET) as store:
        await store.rulesets.publish(ruleset, "tests", "", datetime.now(UTC))
        for raw in ordered("A", "B"):
            at = datetime.fromisoformat(str(raw["time"]))
            await store.events.ingest([parse_event(raw, ruleset.catalog, at)], at)
    return folder


async def simulated(capsys: Captured, log: Path, rules: Path) -> Mapping[str, Any]:
    found = await asyncio.to_thread(answer, capsys, "simulate", log, "--rules", rules)
    assert isinstance(found, dict)
    return found


async def test_the_log_of_a_database_is_simulated_as_the_one_that_was_sent(
    rules: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "log.jsonl"

    written = await asyncio.to_thread(answer, capsys, "export-log", "-o", out)

    assert written == {"events": 8, "file": str(out)}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    sent = a_log(tmp_path / "sent.jsonl", ordered("A", "B"))
    assert await simulated(capsys, out, rules) == await simulated(capsys, sent, rules)
    printed = await asyncio.to_thread(said, capsys, "export-log")
    assert printed == out.read_text()


async def test_the_log_of_a_database_is_history_in_another(
    rules: Path,
    tmp_path: Path,
    capsys: Captured,
    create_database: CreateDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "log.jsonl"
    await asyncio.to_thread(answer, capsys, "export-log", "-o", out)
    other = await create_database("template1")
    await asyncio.to_thread(migrate, other)
    monkeypatch.setenv("PURNA_DATABASE_URL", other)
    await asyncio.to_thread(answer, capsys, "publish", rules, "--yes")

    imported = await asyncio.to_thread(answer, capsys, "import", "--history", out)

    assert (imported["events"], imported["accepted"]) == (8, 8)
    printed = await asyncio.to_thread(said, capsys, "export-log")
    again = [json.loads(one) for one in printed.splitlines()]
    assert {one["history"] for one in again} == {True}
    assert {one["id"] for one in again} == {one["id"] for one in ordered("A", "B")}


async def test_people_are_found_by_address_and_by_phone(rules: Path, capsys: Captured) -> None:
    (found,) = await asyncio.to_thread(answer, capsys, "find", "a@EXAMPLE.org")

    assert found == {"shop": "main", "customer": "C-A", "orders": ["A"], "until": None}
    line = await asyncio.to_thread(said, capsys, "find", "A@example.org")
    assert line == "customer C-A · shop main · orders A\n"
    assert "nobody" in await asyncio.to_thread(said, capsys, "find", "+4915112345678", code=2)
    await a_new_address(rules)
    (left,) = await asyncio.to_thread(answer, capsys, "find", "a@example.org")
    assert left["until"] == "2026-03-12T10:00:00.000000Z"
    assert await asyncio.to_thread(answer, capsys, "find", "+49 151 12345678")


async def a_new_address(rules: Path) -> None:
    """Their customer has another address, and a phone."""
    catalog = read_rules(rules).catalog
    raw = told("customer.updated", "A") | {"time": "2026-03-12T10:00:00Z"}
    raw["data"]["customer"] |= {"email": "new@example.org", "phone": "+4915112345678"}
    at = datetime(2026, 3, 12, 10, tzinfo=UTC)
    async with store_at(os.environ["PURNA_DATABASE_URL"], SECRET) as store:
        await store.events.ingest([parse_event(raw, catalog, at)], at)
