"""`_known` in a log says when a line became known."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.cannot_run import CannotRun
from operations.logs.simulate import simulate
from tests.store.shop import NOON, the_rules

RULES = the_rules("stop_if: order.cancelled\n    do", "do")


def line(kind: str, at: str, known: str | None = None, **things: Any) -> str:
    data = {"shop": "main", "customer": {"id": "7", "email": "ann@customer.example"}, **things}
    event = {"id": f"{kind} {at}", "source": "shop", "type": kind, "time": at, "data": data}
    return json.dumps(event | ({"_known": known} if known else {}))


def said(folder: Path, *lines: str) -> dict[str, Any]:
    log = folder / "log.jsonl"
    log.write_text("\n".join(lines), encoding="utf-8")
    return dict(simulate(log, RULES, NOON).to_json()["messages"])


DELIVERED = line(
    "shipment.delivered", "2026-03-05T10:00:00Z", order={"id": "A1"}, shipment={"id": "P"}
)
GIVEN = ("consent.given", "2027-03-02T10:00:00Z", "2026-03-02T10:00:00Z")
WITHDRAWN = ("consent.withdrawn", "2026-03-03T10:00:00Z")


def test_consent_dated_a_year_ahead_is_withdrawn_the_day_after(tmp_path: Path) -> None:
    assert said(tmp_path, line(*GIVEN), line(*WITHDRAWN), DELIVERED) == {}
    assert said(tmp_path, line(*GIVEN), DELIVERED) != {}


def test_what_becomes_known_late_is_known_from_then_on(tmp_path: Path) -> None:
    late = line(*WITHDRAWN, "2026-03-20T10:00:00Z")
    assert said(tmp_path, line(*GIVEN), DELIVERED, late) != {}


@pytest.mark.parametrize("known", ["soon", "2026-03-02T10:00:00", "7"])
def test_a_moment_that_is_none_is_named_with_its_line(tmp_path: Path, known: str) -> None:
    with pytest.raises(CannotRun, match=r"log\.jsonl:1: _known must be a time with a zone"):
        said(tmp_path, line(*GIVEN[:2], known))
