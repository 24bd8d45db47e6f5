"""Which word on consent counts: the newest, by when it was said and not by when it is repeated."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from engine.catalog.values import instant
from engine.facts.contacts.consents import consent_of
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
