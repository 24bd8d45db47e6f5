"""Rows in the form in which the database has held them since the first of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.decisions.effects import (
    ActionCall,
    Claimed,
    DigestPart,
    Emission,
    Message,
    Status,
)
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from store.postgres.journeys.effect_rows import effect_of, effect_row
from tests.engine.decisions.test_firing import STORED

NOON, AT = datetime(2026, 3, 2, 12, tzinfo=UTC), "2026-03-02T12:00:00+00:00"
ROW: dict[str, Any] = {
    "key": "order:shop/A1/review/P1/review_request", "kind": "send", "name": "review_request",
    "journey": "order:shop/A1", "rule_id": "review", "occurrence": "P1",
    "order_subject": "order:shop/A1", "customer_subject": "customer:shop/C1",
    "firing": STORED, "category": "review", "valid_until": AT, "arguments": {"name": "Ana"},
    "state": "data", "owner": "token", "channel": "email", "revision": "r1", "held_until": None,
    "resent": 1, "reason": "digested", "reason_by": "another", "decided_at": AT,
    "settled_at": None, "result": None, "awaits_room": True, "shown": "digest",
    "carries": ["a", "b"], "awaited_by": [], "awaits": [], "data_until_db": AT,
    "touched_db": AT,
}  # fmt: skip


def test_a_stored_message_is_read_with_all_its_parts() -> None:
    assert effect_of(ROW) == Message(
        key=ROW["key"],
        name="review_request",
        firing=Firing.from_json(STORED),
        valid_until=NOON,
        arguments={"name": "Ana"},
        customer="customer:shop/C1",
        decided_at=NOON,
        status=Status("leaving", Reason.DIGESTED, "another"),
        claimed=Claimed("token", "email", "r1", resent=1),
        category="review",
        digest=DigestPart(awaits_room=True, shown="digest", carries=("a", "b")),
    )


def test_a_stored_call_has_its_result_and_what_awaits_it() -> None:
    row = {**ROW, "kind": "call", "category": None, "result": {"id": 1}, "awaited_by": ["m"]}
    effect = effect_of({**row, "awaits": ["c"], "state": "done", "settled_at": AT})

    assert isinstance(effect, ActionCall)
    assert (effect.result, effect.awaited_by, effect.awaits) == ({"id": 1}, ("m",), ("c",))
    assert (effect.state, effect.settled_at) == ("done", NOON)


def test_a_stored_event_of_our_own_is_one() -> None:
    effect = effect_of({**ROW, "kind": "emit", "category": None, "state": "wanted"})

    assert isinstance(effect, Emission)
    assert (effect.state, effect.arguments) == ("wanted", {"name": "Ana"})


@pytest.mark.parametrize("kind", ["send", "call", "emit"])
def test_a_row_is_written_as_it_was_read(kind: str) -> None:
    is_message = kind == "send"
    row = {
        **ROW,
        "kind": kind,
        "category": "review" if is_message else None,
        "awaits_room": is_message,
        "shown": "digest" if is_message else None,
        "carries": ["a", "b"] if is_message else [],
    }
    written = effect_row(effect_of(row), "order:shop/A1")
    plain = {name: getattr(one, "obj", one) for name, one in written.items()}

    firing = {name: STORED[name] for name in ("journey", "rule_id", "occurrence")}
    wanted = {name: one for name, one in row.items() if not name.endswith("_db")} | firing
    assert plain == {**wanted, "valid_until": NOON, "decided_at": NOON}
