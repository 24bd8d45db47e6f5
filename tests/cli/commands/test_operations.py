"""The commands of whoever runs it: quarantine, uncertain messages, and a customer's own data."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.channels.port import message_id
from compose.store import store_at
from engine.decisions.decide import decide
from engine.facts.events import Event
from engine.sending.ledger import UNCERTAIN
from store.postgres.sessions.migrate import migrate
from store.postgres.store import PostgresStore
from tests.cli.telling import a_folder, answer, said
from tests.conftest import CreateDatabase

Captured = pytest.CaptureFixture[str]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "a secret of thirty-two characters"


@pytest.fixture
async def shop(
    create_database: CreateDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> AsyncIterator[PostgresStore]:
    """An installation with rules, as the commands find it by the environment."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", SECRET)
    await asyncio.to_thread(answer, capsys, "publish", a_folder(tmp_path), "--yes")
    async with store_at(url, SECRET) as store:
        yield store


def an_event(kind: str, number: str, shop: str = "main", **data: Any) -> Event:
    return Event("t", number, kind, NOON, shop, order="A1", customer="C1", data=data)


async def purna(capsys: Captured, *words: str | Path, code: int = 0) -> Any:
    return await asyncio.to_thread(answer, capsys, *words, code=code)


async def test_what_is_in_quarantine_is_listed_tried_and_let_go(
    shop: PostgresStore, capsys: Captured
) -> None:
    assert await purna(capsys, "event", "quarantined") == []
    await shop.events.ingest([an_event("no.such_event", "1")], NOON)

    (one,) = await purna(capsys, "event", "quarantined", code=1)
    assert (one["type"], one["source"], one["id"]) == ("no.such_event", "t", "1")
    assert "no.such_event t 1 in main: KeyError" in await asyncio.to_thread(
        said, capsys, "event", "quarantined", code=1
    )
    await purna(capsys, "event", "retry", str(one["number"]), code=1)
    (again,) = await purna(capsys, "event", "quarantined", code=1)
    assert (await purna(capsys, "event", "drop", "--all"))["dropped"] == [again["number"]]
    assert await purna(capsys, "event", "quarantined") == []


async def test_what_waits_for_its_thing_is_listed_until_it_is_told_of(
    shop: PostgresStore, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = Event("t", "1", "shipment.in_transit", NOON, "main", things={"shipment": "T1"})
    await shop.events.ingest([scan], NOON)
    assert await purna(capsys, "event", "unplaced") == []  # for a day
    younger = await asyncio.to_thread(said, capsys, "event", "unplaced")
    assert younger == "nothing has waited for a day; --days 0 lists all that waits\n"

    (one,) = await purna(capsys, "event", "unplaced", "--days", "0", code=1)
    assert (one["shop"], one["source"], one["id"], one["type"], one["names"]) == (
        "main",
        "t",
        "1",
        "shipment.in_transit",
        [{"kind": "shipment", "name": "T1"}],
    )
    monkeypatch.setenv("PURNA_UNPLACED_DAYS", "0")
    line = await asyncio.to_thread(said, capsys, "event", "unplaced", code=1)
    assert "shipment.in_transit t 1 in main: shipment T1" in line

    sent = Event("t", "2", "shipment.shipped", NOON, "main", "A1", things={"shipment": "T1"})
    await shop.events.ingest([sent], NOON)
    assert await purna(capsys, "event", "unplaced") == []


async def test_what_is_meant_must_be_said(shop: PostgresStore, capsys: Captured) -> None:
    del shop
    await asyncio.to_thread(said, capsys, "event", "retry", code=2)
    await asyncio.to_thread(said, capsys, "event", "retry", "7", code=2)
    await asyncio.to_thread(said, capsys, "event", "drop", "7", "--all", code=2)
    await asyncio.to_thread(said, capsys, "ledger", "retry", code=2)
    await asyncio.to_thread(said, capsys, "ledger", "retry", "key", "--shop", "main", code=2)


async def test_an_uncertain_message_is_listed_until_a_person_settles_it(
    shop: PostgresStore, capsys: Captured
) -> None:
    assert await purna(capsys, "ledger", "uncertain") == []
    key = await an_uncertain_message(shop)

    (one,) = await purna(capsys, "ledger", "uncertain", code=1)
    assert (one["key"], one["template"], one["order"]) == (key, "shipped", "A1")
    assert (await purna(capsys, "ledger", "settle", key, "delivered"))["state"] == "sent"
    assert await purna(capsys, "ledger", "uncertain") == []
    await asyncio.to_thread(said, capsys, "ledger", "settle", key, "lost", code=2)
    await asyncio.to_thread(said, capsys, "ledger", "settle", "no such key", "lost", code=2)


async def test_what_a_log_says_has_left_leaves_no_more(
    shop: PostgresStore, tmp_path: Path, capsys: Captured
) -> None:
    key = await an_uncertain_message(shop)
    log = tmp_path / "mail.log"
    log.write_text(f"cleanup: message-id=<{message_id(key, 'shop.example')}>\n")

    noted = await purna(capsys, "ledger", "sent", log)

    assert noted == {"message_ids": 1, "new": 1}
    assert (await purna(capsys, "ledger", "sent", log))["new"] == 0


async def an_uncertain_message(shop: PostgresStore) -> str:
    """A message whose reply never came; its key."""

    placed = an_event("order.placed", "1", **{"customer.email": "ana@example.com"})
    await shop.events.ingest([placed, an_event("shipment.shipped", "2")], NOON)
    journey = shop.naming.journey("order:main/A1")
    todo = await shop.journeys.decide(
        journey, NOON, lambda rulesets, situation: decide(rulesets, situation, shop.naming, NOON)
    )
    ((_, key),) = todo.open
    await shop.ledger.attempt(key, "me", NOON)
    assert await shop.ledger.may_leave(key, "me", NOON)
    assert await shop.ledger.change(key, "me", UNCERTAIN(essential=False), NOON)
    return key


async def test_a_customer_is_exported_and_erased(
    shop: PostgresStore, tmp_path: Path, capsys: Captured
) -> None:
    await shop.events.ingest(
        [an_event("order.placed", "1", **{"customer.email": "ana@example.com"})], NOON
    )
    file = tmp_path / "ana.json"

    await asyncio.to_thread(said, capsys, "export", "C1", "-o", file)
    assert json.loads(file.read_text())["facts"]["facts"]["customer.email"][0] == "ana@example.com"
    erased = await purna(capsys, "erase", "C1", "--yes")

    assert (erased["customer"], erased["orders"], erased["tables_rewritten"]) == (
        "customer:main/C1",
        1,
        True,
    )
    assert "ana@example.com" not in await asyncio.to_thread(said, capsys, "export", "C1")


async def test_a_customer_of_two_shops_needs_the_shop(
    shop: PostgresStore, capsys: Captured
) -> None:
    await shop.events.ingest(
        [an_event("order.placed", "1"), an_event("order.placed", "2", shop="other")], NOON
    )

    await asyncio.to_thread(said, capsys, "erase", "C1", "--yes", code=2)
    assert (await purna(capsys, "erase", "C1", "--shop", "other", "--yes"))[
        "customer"
    ] == "customer:other/C1"
    await asyncio.to_thread(said, capsys, "erase", "nobody", "--yes", code=2)
