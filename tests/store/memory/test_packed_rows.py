"""Rows come back from bytes as they were."""

from datetime import UTC, datetime

from engine.decisions.decision import Decision
from engine.decisions.reason import Reason
from engine.facts.events import Event
from store.memory.packed_rows import packed, reducers, unpacked

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = reducers(Event, Reason)
EVENT = Event("shop", "1", "order.placed", NOON, "shop", "A1", data={"order.total": "80.00 EUR"})


def test_a_row_comes_back_as_it_was() -> None:
    assert unpacked(packed([EVENT, Reason.EXPIRED, None], KNOWN)) == [EVENT, Reason.EXPIRED, None]


def test_a_row_that_stands_at_two_places_comes_back_as_one() -> None:
    first, second = unpacked(packed([EVENT, EVENT], KNOWN))

    assert first is second


def test_a_reason_comes_back_as_the_very_same() -> None:
    assert unpacked(packed(Reason.CAPPED, KNOWN)) is Reason.CAPPED


def test_a_row_of_another_kind_packs_itself() -> None:
    decision = Decision("order:shop/A1", "r", "o", "v1", NOON, "order.placed", NOON, NOON)

    assert unpacked(packed(decision, KNOWN)) == decision


def test_an_instant_comes_back_in_utc_itself() -> None:
    assert unpacked(packed(EVENT, KNOWN)).occurred_at.tzinfo is UTC
