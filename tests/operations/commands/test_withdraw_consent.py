"""Withdrawing consent: which events it comes to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.catalog.catalog import builtin
from operations.commands.withdraw_consent import ConsentWithdrawal, withdraw_consent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASKED = ConsentWithdrawal("kk", "C1", ("sales", "review"), "a signed link")


def test_it_comes_to_an_event_for_each_category() -> None:
    events = withdraw_consent(ASKED, NOON).events

    assert [(one.type, one.customer, one.data) for one in events] == [
        ("consent.withdrawn", "C1", {"consent.category": "sales"}),
        ("consent.withdrawn", "C1", {"consent.category": "review"}),
    ]


def test_the_same_link_in_the_same_second_is_the_same_event() -> None:
    ids = [one.id for one in withdraw_consent(ASKED, NOON).events]

    again = withdraw_consent(ASKED, NOON + timedelta(milliseconds=999)).events
    assert [one.id for one in again] == ids


def test_a_second_later_or_by_another_link_it_is_another_event() -> None:
    ids = {one.id for one in withdraw_consent(ASKED, NOON).events}

    later = withdraw_consent(ASKED, NOON + timedelta(seconds=1)).events
    other = withdraw_consent(replace(ASKED, proof="another link"), NOON).events
    assert ids.isdisjoint({one.id for one in (*later, *other)})


def test_no_event_holds_the_link_itself() -> None:
    assert all("link" not in repr(one) for one in withdraw_consent(ASKED, NOON).events)


def test_whoever_asked_reads_that_it_is_done() -> None:
    told = withdraw_consent(ASKED, NOON).to_json(builtin())

    assert told == {"done": True, "events": ["consent.withdrawn"] * 2}
