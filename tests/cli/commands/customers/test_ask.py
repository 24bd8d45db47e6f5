"""What `purna ask` says, of a database that holds one order."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from compose.store import store_at
from engine.facts.events import Event, parse_event
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from store.postgres.sessions.migrate import migrate
from tests.cli.telling import FILES, MORNING, answer, said, told
from tests.conftest import CreateDatabase

Captured = pytest.CaptureFixture[str]
ANSWERS = """
version: 1
answers:
  window:
    type: days
    starts: order.delivered_at
    first: [{if: order.express, then: 60 days}, {otherwise: 30 days}]
    say: window
  fee: {for: item, type: integer, first: [{if: item.category = shoes, then: 5}, {otherwise: 9}]}
"""


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    return read_ruleset(
        {
            **FILES,
            "answers.yaml": ANSWERS,
            "templates/en/window.md": "You have {{ answer.window }}.\n",
        }
    )


@pytest.fixture(scope="module")
async def shop(create_database: CreateDatabase, rules: Ruleset) -> str:
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    order = {"express": True, "items": [{"id": "SHOE", "category": "shoes"}]}
    events: list[dict[str, Any]] = [
        told("order.placed", "A1", order=order),
        told("order.delivered", "A1"),
    ]
    read: list[Event] = [parse_event(one, rules.catalog, MORNING) for one in events]
    async with store_at(url, "s" * 32) as store:
        await store.rulesets.publish(rules, "tests", "", MORNING)
        await store.events.ingest(read, MORNING)
    return url


@pytest.fixture
def asking(shop: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PURNA_DATABASE_URL", shop)
    monkeypatch.setenv("PURNA_SECRET", "s" * 32)
    return tmp_path


async def test_an_answer_is_told_with_the_lines_that_held(
    asking: Path, rules: Ruleset, capsys: Captured
) -> None:
    text = await asyncio.to_thread(said, capsys, "ask", "window", "--order", "A1", "--home", asking)

    head, until, *rest = text.splitlines()
    assert head == f"window · revision {rules.revision} · 60 days"
    assert until.startswith("  until    2026-05-01 (")
    assert rest == [
        "  ✓ 60 days  order.express [order.express is true], answers.yaml:7:13",
        "  says     You have 60 days.",
    ]


async def test_a_machine_is_told_the_same_as_by_the_api(asking: Path, capsys: Captured) -> None:
    words = ("ask", "fee", "--order", "A1", "--item", "SHOE", "--home", asking)
    told = await asyncio.to_thread(answer, capsys, *words)

    assert (told["name"], told["value"], told["say"]) == ("fee", 5, None)
    assert told["proof"][0]["read"] == {"item.category": "shoes"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("windw", "--order", "A1"), "there is no answer windw, did you mean window?"),
        (("window",), "--order must be there: window is about an order, which is named by order"),
        (
            ("window", "--order", "A1", "--return", "R1"),
            "--return must not be there: window is about an order",
        ),
        (("window", "--order", "A9"), "nothing is known of an order A9"),
        (("fee", "--order", "A1", "--item", "CUP"), "nothing is known of an item CUP"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_told_why(
    asking: Path, capsys: Captured, words: tuple[str, ...], why: str
) -> None:
    def asked() -> str:
        return said(capsys, "ask", *words, "--home", asking, code=2)

    assert why in await asyncio.to_thread(asked)
