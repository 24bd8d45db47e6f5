"""Which word on consent counts: the newest, by when it was said and not by when it is repeated."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from engine.catalog.values import as_instant, instant
from engine.facts.contacts.consents import consent_of, newest_word_at
from engine.facts.events import Event, parse_event
from engine.facts.fold import fold_customer
from engine.facts.state import State, empty
from tests.engine.builders import CATALOG, DAY, HOUR, NOON, an_event
from tests.engine.decisions.timelines import happens

SALES = {"consent.category": "sales"}


def said(kind: str, at: datetime, **data: Any) -> Event:
    return an_event(f"consent.{kind}", at, order=None, data={**SALES, **data})


def after(*events: Event) -> State:
    state = empty()
    for event in events:
        state = fold_customer(state, event, CATALOG)
    return state


def allows(*events: Event) -> bool | None:
    return consent_of(after(*events), ("sales",), "email")


OLD, NO = said("given", NOON - 99 * DAY), said("withdrawn", NOON)


@pytest.mark.parametrize("told", list(permutations([OLD, NO])))
def test_an_old_yes_that_is_told_after_a_no_does_not_beat_it(told: list[Event]) -> None:
    assert allows(*told) is False


def test_an_old_record_that_is_stated_again_today_does_not_beat_a_no() -> None:
    again = said("given", NOON + DAY, **{"consent.given_at": instant(NOON - 99 * DAY)})

    assert allows(OLD, NO, again) is False
    assert allows(again) is True


def test_a_yes_that_was_given_since_does() -> None:
    anew = said("given", NOON + DAY, **{"consent.given_at": instant(NOON + HOUR)})

    assert allows(OLD, NO, anew) is True


def test_a_yes_is_not_from_later_than_its_event() -> None:
    ahead = said("given", NOON - HOUR, **{"consent.given_at": instant(NOON + DAY)})

    assert allows(ahead, NO) is False


def test_the_time_is_read_as_senders_write_it() -> None:
    raw = happens(24, "consent.given", order=None)
    raw["data"]["consent"] = {"category": "sales", "given_at": "2024-05-01T12:00:00+02:00"}
    again = parse_event(raw, CATALOG, NOON + DAY, timedelta())

    assert allows(NO, again) is False


@pytest.mark.parametrize(
    "spelled", ["2026-03-02", "2026-03-02T15:00:00", "2026-03-02T23:59", "2026-W10-1"]
)
def test_a_yes_of_a_day_or_of_a_local_time_is_not_newer_than_a_no_of_that_day(spelled: str) -> None:
    raw = happens(24, "consent.given", order=None)
    raw["data"]["consent"] = {"category": "sales", "given_at": spelled}
    yes = parse_event(raw, CATALOG, NOON + DAY, timedelta())

    assert allows(NO, yes) is False
    assert allows(said("withdrawn", NOON - 2 * DAY), yes) is True
    assert as_instant(newest_word_at(after(yes)) or "").tzinfo is not None


@pytest.mark.parametrize("wrong_first", [True, False])
def test_a_yes_from_a_clock_that_is_wrong_takes_back_no_no(wrong_first: bool) -> None:
    raw = happens(24, "consent.given", order=None)
    raw["data"]["consent"] = {"category": "sales"}
    # It comes an hour after the no and says that it is from tomorrow.
    wrong = parse_event(raw, CATALOG, NOON + HOUR, timedelta(minutes=2))
    right = parse_event(raw, CATALOG, NOON + DAY, timedelta(minutes=2))

    assert allows(*((wrong, NO) if wrong_first else (NO, wrong))) is False
    assert allows(wrong) is True
    assert allows(NO, right) is True
