"""What `purna show` prints of an order and of a customer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from store.postgres.store import PostgresStore
from tests.cli.telling import answer, said
from tests.conftest import CreateDatabase
from tests.operations.story_shop import SHIPPED, a_store_with_an_order, hear
from tests.store.shop import NAMING, an_event, later

Captured = pytest.CaptureFixture[str]


@pytest.fixture
async def shop(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostgresStore]:
    """A shop whose order A1 was shipped, as the commands find it by the environment."""
    url = await create_database("template1")
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", NAMING.secret.decode())
    async with a_store_with_an_order(url) as store:
        await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
        yield store


async def shown(capsys: Captured, *words: str) -> list[str]:
    text = await asyncio.to_thread(said, capsys, "show", *words)
    return str(text).splitlines()


async def test_an_order_is_printed_part_by_part(shop: PostgresStore, capsys: Captured) -> None:
    lines = await shown(capsys, "order", "A1")

    assert lines[0] == "order A1 · shop a shop/1 · customer C1 · Europe/Paris"
    parts = [line for line in lines[1:] if not line.startswith(" ")]
    assert parts == ["facts", "shipment P1", "decided"]
    assert any(line.split() == ["order.total", "20.00", "EUR"] for line in lines)
    (placed,) = (line for line in lines if line.strip().startswith("order.placed_at"))
    assert placed.endswith(" 12:00 UTC (13:00 Europe/Paris)")
    (parcel,) = (line.split("  ")[-1] for line in lines if line.startswith("  order.shipments"))
    assert parcel.strip().startswith(
        "P1 · shipped 2 Mar 2026 12:00 UTC (13:00 Europe/Paris) · expected"
    )
    assert lines[-1].endswith("shipped · shipment P1 · WANTED: hello")
    assert " 12:00 UTC (13:00 Europe/Paris)  shipped" in lines[-1], "as of both clocks"


async def test_what_is_silent_and_what_was_said_of_messages_is_printed_of_a_customer(
    shop: PostgresStore, capsys: Captured
) -> None:
    bad: dict[str, Any] = {"things": {"review": "R1"}, "data": {"review.stars": 1}}
    await hear(shop, an_event("review.received", "bad", customer="C1", **bad))
    word = {"consent.category": "review"}
    said_no = an_event("consent.withdrawn", "no", order=None, customer="C1", data=word)
    await hear(shop, said_no, now=later(hours=1))

    lines = await shown(capsys, "customer", "C1")

    assert lines[0] == "customer C1 · shop a shop/1 · Europe/Paris"
    assert "  review  withdrawn: email, push, sms, whatsapp" in sorted(
        line if "withdrawn" not in line else _with_sorted_channels(line) for line in lines
    )


def _with_sorted_channels(line: str) -> str:
    head, _, channels = line.partition(": ")
    return f"{head}: {', '.join(sorted(channels.split(', ')))}"


async def test_a_program_reads_the_same(
    shop: PostgresStore, tmp_path: Path, capsys: Captured
) -> None:
    told = await asyncio.to_thread(answer, capsys, "show", "order", "A1", "--home", tmp_path)

    assert (told["order"], told["shop"], told["customer"]) == ("A1", "a shop/1", "C1")
    assert told["things"][0]["facts"]["shipment.eta"] == "2026-03-05"


async def test_what_is_not_known_is_refused(shop: PostgresStore, capsys: Captured) -> None:
    text = await asyncio.to_thread(said, capsys, "show", "order", "A11", code=2)

    assert text == "purna: nothing is known of an order A11, did you mean A1?\n"
