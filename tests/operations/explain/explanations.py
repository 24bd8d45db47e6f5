"""Explanations that tests begin with, from what the tables hold."""

from datetime import datetime
from typing import Any

from engine.decisions.decision import Decision
from operations.explain.explanation import Explanation
from tests.engine.builders import NOON, a_rule, an_effect

RULE = a_rule("parcel-shipped")
PROOF = ({"text": "order.express = false", "holds": True, "read": [["order.express", "false"]]},)


def a_decision(**changes: Any) -> Decision:
    defaults: dict[str, Any] = {
        "journey": "order:shop/A1", "rule_id": "parcel-shipped", "occurrence": "shipment:P1",
        "revision": "r1",
        "at": NOON, "event": "shipment.shipped", "event_at": NOON, "due_at": NOON,
    }  # fmt: skip
    return Decision(**{**defaults, **changes})


def sent(at: datetime = NOON, **changes: Any) -> Any:
    return an_effect(state="sent", channel="email", settled_at=at, **changes)


def an_explanation(*effects: Any, **changes: Any) -> Explanation:
    defaults = {"rule": RULE, "revision": "r1", "decision": a_decision(), "effects": effects}
    return Explanation(**{**defaults, **changes})
