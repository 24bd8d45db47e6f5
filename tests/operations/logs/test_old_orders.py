"""A log of old orders that becomes known today, played on the shipped rules: what is older than it
is worth does nothing at all.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations.logs.simulate import simulate
from operations.rules.rules_folder import read_rules
from tests.paths import RULES

TODAY = "2026-03-02T10:00:00Z"


def an_old(number: int, kind: str, time: str, **data: Any) -> dict[str, Any]:
    """An event of an order of its own, and of a customer of its own, that comes today."""
    named = {
        "shop": "main",
        "order": {"id": f"A{number}"},
        "customer": {"id": f"C{number}", "email": f"c{number}@example.com"},
        **data,
    }
    about = {"specversion": "1.0", "id": f"{number} {kind}", "source": "export", "type": kind}
    return {**about, "_known": TODAY, "time": time, "data": named}


def done(folder: Path, *events: dict[str, Any]) -> dict[str, int]:
    """What the shipped rules do about a log, and how often."""
    log = folder / "old.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    told = simulate(log, read_rules(RULES), datetime.now(UTC)).to_json()["rules"].values()
    return {name: count for rule in told for name, count in rule["done"].items()}


def test_last_years_orders_move_no_money_open_no_case_and_silence_nobody(tmp_path: Path) -> None:
    assert not done(
        tmp_path,
        an_old(1, "order.confirmed", "2025-05-01T10:00:00Z"),
        an_old(1, "order.cancel_requested", "2025-05-02T09:00:00Z"),
        an_old(1, "order.cancelled", "2025-05-02T10:00:00Z"),
        an_old(2, "review.received", "2025-06-12T10:00:00Z", review={"id": "V", "stars": 1}),
        an_old(3, "return.inspected", "2025-12-10T10:00:00Z", **{"return": {"id": "R"}}),
        an_old(4, "loyalty.tier_changed", "2025-12-10T10:00:00Z", loyalty={"direction": "up"}),
        an_old(5, "order.delivered", "2026-01-10T10:00:00Z"),
    )


def test_what_happened_last_week_is_done(tmp_path: Path) -> None:
    assert done(
        tmp_path,
        an_old(1, "order.confirmed", "2026-02-27T10:00:00Z"),
        an_old(2, "return.inspected", "2026-02-27T10:00:00Z", **{"return": {"id": "R"}}),
    ) == {"order_confirmed": 1, "refund": 1, "return_inspected": 1}


def test_a_review_is_asked_for_within_thirty_days_of_its_due_moment(tmp_path: Path) -> None:
    agreed = {"consent": {"category": "review"}}
    assert done(
        tmp_path,
        *(an_old(one, "consent.given", "2026-01-02T10:00:00Z", **agreed) for one in (1, 2)),
        an_old(1, "order.delivered", "2026-01-25T10:00:00Z"),
        an_old(2, "order.delivered", "2026-01-20T10:00:00Z"),
    ) == {"review_request": 1}
