"""A rule that asks a week after delivery, and its wait."""

from typing import Any

from engine.catalog.values import parse_duration
from engine.rules.rule import After
from tests.engine.builders import DAY, NOON, a_firing, a_rule

WEEK_AFTER = After(parse_duration("7 days"), "order.delivered")
ASK = a_rule("ask", trigger=WEEK_AFTER)


def waiting(rule_id: str = "ask", **changes: Any) -> Any:
    defaults = {
        "about": ("order", "A1"),
        "event": "order.delivered",
        "occurrence": "order:A1",
        "due_at": NOON + 7 * DAY,
    }
    return a_firing(rule_id, **defaults | changes)
