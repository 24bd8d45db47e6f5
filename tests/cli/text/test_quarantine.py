"""What could not be made sense of, and what waits for its thing, in a terminal."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.text.quarantine import nothing_unplaced, quarantined_line
from operations.intake.quarantine import QuarantinedEvent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IN_VAIN = "nudged 20 times without a decision"


def line(source: str, own: str, error: str, **more: Any) -> str:
    known = {"seq": None, "type": None, "occurred_at": None, "shop": "main", "subject": None}
    one = QuarantinedEvent(7, source, own, since=NOON, error=error, **{**known, **more})
    return quarantined_line(one).removeprefix("   7  2026-03-02 12:00  ")


def test_a_journey_that_never_decides_is_named_by_its_order_or_customer() -> None:
    order = line("journey", "order:main/A1", IN_VAIN, subject="order:main/A1")
    person = line("journey", "customer:3fa9", IN_VAIN, subject="customer:main/C1")
    unknown = line("journey", "customer:3fa9", IN_VAIN, subject="customer:3fa9", shop=None)

    assert order == f"nothing is decided for order A1 in main any more: {IN_VAIN}"
    assert person == f"nothing is decided for customer C1 in main any more: {IN_VAIN}"
    assert unknown == f"nothing is decided for customer 3fa9 any more: {IN_VAIN}"


def test_an_event_that_broke_a_decision_is_told_with_its_order_and_its_time() -> None:
    named: dict[str, Any] = {"seq": 3, "subject": "order:main/A1"}
    known = line("journey", "order:main/A1", "KeyError: 1", **named, type="a.b", occurred_at=NOON)
    gone = line("journey", "order:main/A1", "KeyError: 1", **named)

    told = "of order A1 in main was passed over, as no decision could be made of it: KeyError: 1"
    assert known == f"a.b (2 Mar 2026 12:00 UTC) {told}"
    assert gone == f"event 3 {told}"


def test_an_event_of_a_sender_called_journey_is_an_event() -> None:
    assert line("journey", "1", "KeyError: 1", type="a.b") == "a.b journey 1 in main: KeyError: 1"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "nothing"),
        (1, "nothing has waited for a day; --days 0 lists all that waits"),
        (0.5, "nothing has waited for 0.5 days; --days 0 lists all that waits"),
    ],
)
def test_that_none_has_waited_for_so_long_hides_no_younger_one(days: float, text: str) -> None:
    assert nothing_unplaced(days) == text
