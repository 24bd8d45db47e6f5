"""`purna plan` against a database in which somebody waits."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli.text.changed_rules.waits import waits_lines
from compose.store import naming_of, store_at
from engine.decisions.decide import decide
from engine.facts.events import parse_event
from operations.rules.rules_folder import read_rules
from tests.cli.telling import a_folder, answer, said, told

Captured = pytest.CaptureFixture[str]
SECRET = "a secret of thirty-two characters"


async def a_delivered_order(url: str, rules: Path) -> None:
    """Published rules, and an order delivered an hour ago, whose review request is a week ahead."""
    now = datetime.now(UTC)
    naming = naming_of(SECRET)
    ruleset = read_rules(rules)
    async with store_at(url, SECRET) as store:
        await store.rulesets.publish(ruleset, "tests", "", now)
        for kind in ("order.placed", "order.delivered"):
            raw = told(kind, "A") | {"time": (now - timedelta(hours=1)).isoformat()}
            await store.events.ingest([parse_event(raw, ruleset.catalog, now)], now)
        await store.journeys.decide("order:main/A", now, partial(decide, naming=naming, now=now))


async def test_who_waits_is_told_what_would_change(
    url: str,
    tmp_path: Path,
    capsys: Captured,
) -> None:
    old = a_folder(tmp_path / "old")
    off = a_folder(
        tmp_path / "off", ("- id: review-request\n", "- id: review-request\n    mode: off\n")
    )
    await a_delivered_order(url, old)

    async def plan(folder: Path, code: int = 0) -> Any:
        return (await asyncio.to_thread(answer, capsys, "plan", folder, code=code))["rules"]

    assert await plan(old) == {"review-request": {"unchanged": {"count": 1, "samples": []}}}
    assert (await plan(off, code=1))["review-request"]["cancelled"]["count"] == 1
    text = await asyncio.to_thread(said, capsys, "plan", off, code=1)
    assert re.search(r"cancelled  order A: send .* at \d+ \w{3} \d{4} \d\d:\d\d UTC → ", text)
    assert await plan(old) == {"review-request": {"unchanged": {"count": 1, "samples": []}}}


WEEKLY = (
    '  - {id: weekly-news, when: "every week on tuesday at 10:00",'
    " do: [{send: review_request, by: email, category: review}]}\n"
)


async def test_a_new_rule_is_told_with_those_who_would_wait_for_it(
    url: str,
    tmp_path: Path,
    capsys: Captured,
) -> None:
    await a_delivered_order(url, a_folder(tmp_path / "old"))
    new = a_folder(tmp_path / "new", ("  - id: big-spender\n", WEEKLY + "  - id: big-spender\n"))

    text = await asyncio.to_thread(said, capsys, "plan", new, code=1)

    assert "weekly-news: 1 added\n    added  customer C-A: send review_request (review) at " in text
    async with store_at(url, SECRET) as store:
        assert [row.kind for row in await store.journeys.woken()] == ["order"], (
            "a plan wakes nobody"
        )


def test_those_who_are_not_shown_are_counted() -> None:
    sample = {"customer": "C1", "was": "send a at noon", "becomes": "off at noon"}
    kinds = {
        "cancelled": {"count": 17, "samples": [sample] * 3},
        "unchanged": {"count": 4, "samples": []},
    }

    assert list(waits_lines({"active": "a", "new": "b", "rules": {"offer": kinds}})) == [
        "a → b: who waits now",
        "offer: 17 cancelled, 4 unchanged",
        *["    cancelled  customer C1: send a at noon → off at noon"] * 3,
        "    … and 14 more",
    ]
