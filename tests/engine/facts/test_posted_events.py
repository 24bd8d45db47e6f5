"""What is exported of the log is read back to the same events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.catalog.catalog import builtin
from engine.facts.events import ALLOWANCE, Event, parse_event, trusted
from engine.facts.posted_events import KNOWN, posted
from process.shipped import SAMPLES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CATALOG = builtin()


def an_event(allowance: timedelta | None = ALLOWANCE, /, at: datetime = NOON, **data: Any) -> Event:
    stated = {"shop": "main", "order": {"id": "A1"}, **data}
    raw = {"id": "1", "source": "t", "type": "order.placed", "time": at.isoformat()}
    return parse_event(raw | {"data": stated}, CATALOG, NOON, allowance)


def read_back(event: Event) -> Event:
    raw = posted(event, NOON)
    assert raw is not None
    known = raw.get(KNOWN)
    return parse_event(raw, CATALOG, NOON, ALLOWANCE if known else None)


@pytest.mark.parametrize(
    "event",
    [
        an_event(customer={"id": "C1", "email": "ana@example.com"}),
        an_event(shipment={"tracking_number": "T1"}),
        an_event(shipment={"id": "P1", "tracking_number": "T1"}),
        an_event(support={"id": "S1", "category": "other"}),
        an_event(perk={"name": "free_returns"}),
        an_event(at=NOON + timedelta(hours=3)),
        an_event(order={"id": "A1", "total": "20.00 EUR", "promised_on": "2026-03-05"}),
    ],
)
def test_an_event_is_read_back_as_it_was(event: Event) -> None:
    assert read_back(event) == event


def test_every_sample_is_read_back_as_it_was() -> None:
    for line in SAMPLES.read_text().splitlines():
        event = parse_event(json.loads(line), CATALOG, NOON)
        assert read_back(event).to_json() == event.to_json()


def test_a_clock_that_was_trusted_is_trusted_again() -> None:
    ahead = trusted(an_event(None, at=NOON + timedelta(days=90)))

    assert read_back(ahead).occurred_at == ahead.occurred_at


def test_what_our_pages_report_is_read_back_under_another_source() -> None:
    event = Event("purna/unsubscribe", "1", "consent.withdrawn", NOON, "main", customer="C1")

    assert read_back(event).source == "exported/unsubscribe"


def test_what_follows_from_other_events_is_not_posted() -> None:
    assert posted(Event("purna", "1", "order.placed", NOON, "main", order="A1"), NOON) is None
