"""Ids, names and texts of maximal length: taken, or refused with the name of their field."""

from typing import Any

import pytest

from engine.facts.events import InvalidEvent, parse_event
from engine.facts.lengths import MAX_ID, MAX_ID_BYTES, MAX_NAME, MAX_TEXT, is_id
from tests.engine.builders import CATALOG, NOON

TEXTS = sorted(name for name, fact in CATALOG.facts.items() if fact.type.kind in ("text", "enum"))
# One letter of each number of bytes.
LETTERS = ("x", "é", "本", "🎁")
# By these something is found, so that they stand in an index.
FOUND_BY = [
    "customer.email",
    "customer.merged_from",
    "item.id",
    "message.address",
    "order.phone",
    "review.product_id",
    "shipment.carrier",
    "shipment.tracking_number",
]


def an_event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e1",
        "source": "carrier",
        "type": "order.placed",
        "time": "2026-03-02T12:00:00Z",
        "data": {"shop": "s", "order": {"id": "A1"}},
    } | changes


def stating(fact: str, value: str) -> dict[str, Any]:
    thing, _, key = fact.partition(".")
    data: dict[str, Any] = {"shop": "s", "order": {"id": "A1"}}
    data[thing] = data.get(thing, {"id": "T1"}) | {key: value}
    return an_event(data=data)


def refused(raw: dict[str, Any]) -> tuple[str, str] | None:
    try:
        parse_event(raw, CATALOG, NOON)
    except InvalidEvent as invalid:
        return invalid.field, invalid.reason
    return None


@pytest.mark.parametrize("fact", TEXTS)
def test_every_text_has_an_end(fact: str) -> None:
    told = refused(stating(fact, "x" * (MAX_TEXT + 1)))

    assert told is not None
    assert told[0] == f"data.{fact}"


@pytest.mark.parametrize("fact", sorted(set(TEXTS) - {"customer.id", "order.id"}))
def test_a_text_of_usual_length_is_taken_everywhere(fact: str) -> None:
    assert refused(stating(fact, "x" * MAX_ID)) is None


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("fact", FOUND_BY)
def test_what_something_is_found_by_fits_an_index(fact: str, letter: str) -> None:
    most = min(MAX_NAME, MAX_ID_BYTES // len(letter.encode()))

    # The id of a thing has its own measure.
    assert fact.endswith("number") or refused(stating(fact, letter * most)) is None
    assert refused(stating(fact, letter * (most + 1))) == (
        f"data.{fact}",
        "must be at most 256 characters, and at most 600 bytes",
    )


@pytest.mark.parametrize("letter", LETTERS)
def test_an_id_fits_an_index_in_every_script(letter: str) -> None:
    most = min(MAX_ID, MAX_ID_BYTES // len(letter.encode()))
    assert (is_id(letter * most), is_id(letter * (most + 1))) == (True, False)

    for place in ("id", "source"):
        assert refused(an_event(**{place: letter * most})) is None
        told = refused(an_event(**{place: letter * (most + 1)}))
        assert told == (place, "must be 1 to 200 printable characters, at most 600 bytes")
