"""An address in place of a customer's id: whose it is is said, and the command goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.main import exit_code
from store.postgres.store import PostgresStore
from tests.cli.telling import answer, said
from tests.conftest import CreateDatabase
from tests.operations.story_shop import a_store_with_an_order
from tests.store.shop import NAMING, NOON, SHOP, an_event

Captured = pytest.CaptureFixture[str]
ADDRESS = "Citra@customer.example"


@pytest.fixture
async def shop(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostgresStore]:
    """A shop that knows customer CIT-4 by an address, as the commands find it."""
    url = await create_database("template1")
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", NAMING.secret.decode())
    async with a_store_with_an_order(url) as store:
        known = an_event(
            "customer.updated",
            order=None,
            customer="CIT-4",
            data={"customer.email": ADDRESS.lower()},
        )
        await store.events.ingest([known], NOON)
        yield store


async def test_why_is_asked_of_an_address_and_its_customer_is_named(
    shop: PostgresStore, capsys: Captured
) -> None:
    del shop
    assert await asyncio.to_thread(exit_code, ["explain", "--customer", ADDRESS]) == 0
    captured = capsys.readouterr()

    assert captured.err == f"{ADDRESS} means customer CIT-4 of shop {SHOP}\n"
    assert "no rule listened to customer.updated" in captured.out


async def test_a_customer_is_shown_and_exported_by_an_address(
    shop: PostgresStore, tmp_path: Path, capsys: Captured
) -> None:
    del shop
    text = await asyncio.to_thread(said, capsys, "show", "customer", ADDRESS)
    await asyncio.to_thread(said, capsys, "export", ADDRESS, "-o", tmp_path / "known.json")

    assert text.startswith(f"customer CIT-4 · shop {SHOP} · ")
    assert ADDRESS.lower() in (tmp_path / "known.json").read_text()


async def test_who_is_erased_by_an_address_is_named_before_it_is_done(
    shop: PostgresStore, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    del shop
    questions: list[str] = []

    def answers_no(question: str, **_: object) -> bool:
        questions.append(question)
        return False

    monkeypatch.setattr("typer.confirm", answers_no)

    text = await asyncio.to_thread(said, capsys, "erase", ADDRESS, code=2)

    assert text == "purna: nothing was erased\n"
    assert questions == [f"Erase customer CIT-4 of shop {SHOP}? This cannot be undone."]
    erased = await asyncio.to_thread(answer, capsys, "erase", ADDRESS, "--yes")
    assert erased["customer"].endswith("/CIT-4")
    assert "nothing is known of a customer" in await asyncio.to_thread(
        said, capsys, "show", "customer", ADDRESS, code=2
    )
