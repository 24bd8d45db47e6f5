import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compose.store import store_at
from engine.facts.events import Event
from store.postgres.sessions.migrate import migrate
from tests.cli.commands.installation.test_plan import SECRET, a_delivered_order
from tests.cli.telling import a_folder, a_log, an_order, answer, said
from tests.conftest import CreateDatabase

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return a_folder(tmp_path / "rules")


def test_a_rule_is_drawn_as_mermaid(capsys: Captured, rules: Path) -> None:
    text = said(capsys, "graph", "review-request", "--rules", rules)

    assert text.startswith("flowchart TD\n")
    assert "7 days after order.delivered" in text
    assert answer(capsys, "graph", "review-request", "--rules", rules) == {"mermaid": text}


@pytest.mark.parametrize("name", ["orders", "orders.yaml", "journeys/orders.yaml", None])
def test_a_file_or_all_of_them_is_drawn_at_once(
    capsys: Captured, rules: Path, name: str | None
) -> None:
    text = said(capsys, "graph", *([name] if name else []), "--rules", rules)

    assert all(rule in text for rule in ("parcel-shipped", "review-request", "big-spender"))


def test_a_log_gives_the_counts(capsys: Captured, rules: Path, tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.jsonl", [*an_order("A"), *an_order("B")])

    assert "fired: 2" in said(capsys, "graph", "parcel-shipped", "--rules", rules, "--events", log)


def test_a_picture_is_written_whole(capsys: Captured, rules: Path, tmp_path: Path) -> None:
    picture = tmp_path / "rule.svg"

    assert said(capsys, "graph", "parcel-shipped", "--rules", rules, "--svg", picture) == ""
    assert picture.read_text().startswith("<svg ")
    nowhere = tmp_path / "no" / "x.svg"
    assert said(capsys, "graph", "--rules", rules, "--svg", nowhere, code=2) == (
        f"purna: {nowhere}: No such file or directory\n"
    )


def test_a_name_that_is_none_is_told_with_what_may_be_meant(capsys: Captured, rules: Path) -> None:
    assert "did you mean review-request?" in said(
        capsys, "graph", "review-requets", "--rules", rules, code=2
    )


def test_an_order_goes_with_no_rule(capsys: Captured, rules: Path) -> None:
    assert "--order draws" in said(
        capsys, "graph", "orders", "--rules", rules, "--order", "A", code=2
    )


@pytest.fixture
async def url(create_database: CreateDatabase, rules: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database as the commands find it, with an order that was delivered."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", SECRET)
    await a_delivered_order(url, rules)
    return url


@pytest.mark.usefixtures("url")
async def test_the_path_of_an_order_is_drawn(
    capsys: Captured,
) -> None:

    async def graph(order: str, code: int = 0) -> Any:
        return await asyncio.to_thread(said, capsys, "graph", "--order", order, code=code)

    text = await graph("A")
    assert "order.delivered" in text
    assert "review-request<br/>waits until" in text
    assert "nothing is known of an order B" in await graph("B", code=2)


async def test_the_path_of_an_order_shows_nothing_of_another_shop(
    url: str, capsys: Captured
) -> None:
    now = datetime.now(UTC)
    async with store_at(url, SECRET) as store:
        cancelled = Event("tests", "1", "order.cancelled", now, "second", order="A", customer="C1")
        await store.events.ingest([cancelled], now)

    async def graph(*asked: str, code: int = 0) -> Any:
        return await asyncio.to_thread(said, capsys, "graph", "--order", "A", *asked, code=code)

    first, second = await graph("--shop", "main"), await graph("--shop", "second")
    assert ("order.delivered" in first, "order.cancelled" in first) == (True, False)
    assert ("order.delivered" in second, "order.cancelled" in second) == (False, True)
    assert "several shops have an order A: say --shop, one of main, second" in await graph(code=2)
