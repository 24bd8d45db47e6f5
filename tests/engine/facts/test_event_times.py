"""A sender's clock may lie: what is dated ahead counts from its arrival, and pins nothing."""

from datetime import timedelta
from typing import Any

import pytest

from engine.catalog.rows import changed
from engine.catalog.values import instant
from engine.facts.event_times import after_all_before, mended
from engine.facts.events import ALLOWANCE, Event, Origin, counted_from, parse_event, trusted
from engine.facts.fold import fold_customer, fold_order
from engine.facts.state import State
from store.records.event_digest import digest
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    a_buyer,
    an_event,
    an_order,
    delivered,
    told,
)
from tests.engine.decisions.timelines import Timeline, happens

YEAR = timedelta(days=365)
SAID = {"consent.category": "sales"}


def raw(ahead: timedelta) -> dict[str, Any]:
    event = happens(0, "order.placed")
    return event | {"time": (NOON + ahead).isoformat()}


@pytest.mark.parametrize(
    ("ahead", "counts"),
    [
        (-HOUR, -HOUR),
        (timedelta(seconds=90), timedelta(seconds=90)),
        (ALLOWANCE, ALLOWANCE),
        (timedelta(minutes=10), ALLOWANCE),
        (YEAR, ALLOWANCE),
    ],
)
def test_an_event_counts_from_its_time_or_just_after_its_arrival(
    ahead: timedelta, counts: timedelta
) -> None:
    event = parse_event(raw(ahead), CATALOG, NOON, ALLOWANCE)

    assert (event.occurred_at, event.told_at) == (NOON + counts, NOON + ahead)


def test_what_the_sender_said_is_kept_in_the_log() -> None:
    event = parse_event(raw(YEAR), CATALOG, NOON, ALLOWANCE)

    assert event.to_json()["told_at"] == instant(NOON + YEAR)
    assert Event.from_json(event.to_json()) == event
    assert "told_at" not in parse_event(raw(HOUR), CATALOG, NOON + HOUR, ALLOWANCE).to_json()


def test_the_same_event_that_comes_later_is_the_same() -> None:
    at_once, later = (
        parse_event(raw(YEAR), CATALOG, NOON + delay, ALLOWANCE)
        for delay in (timedelta(), 3 * HOUR)
    )

    assert digest(at_once) == digest(later) == digest(parse_event(raw(YEAR), CATALOG, NOON))


def test_the_same_event_is_the_same_whatever_the_shop_allows_by_now() -> None:
    before, now = (parse_event(raw(YEAR), CATALOG, NOON, one) for one in (ALLOWANCE, HOUR))

    assert before.occurred_at != now.occurred_at
    assert digest(before) == digest(now)


def test_a_word_of_our_own_pages_is_newer_than_every_word_before_it() -> None:
    ann = a_buyer(an_event("consent.given", NOON + ALLOWANCE, order=None, data=SAID))
    stop = an_event("consent.withdrawn", NOON, order=None, data=SAID, source="purna/unsubscribe")
    dated = after_all_before(stop, [ann])

    assert dated.occurred_at == NOON + ALLOWANCE + timedelta(microseconds=1)
    assert fold_customer(ann, dated, CATALOG)["consents"]["sales|*"][0] is False
    assert after_all_before(stop, [a_buyer()]) == stop
    of_shop = an_event("consent.withdrawn", NOON, order=None, data=SAID)
    assert after_all_before(of_shop, [ann]) == of_shop


def test_whatever_our_own_pages_say_is_newer_than_what_is_known_of_its_subjects() -> None:
    order = an_order(delivered(NOON + ALLOWANCE))
    ann = a_buyer(told(NOON + timedelta(seconds=30), tier="gold"))
    wish = an_event("preference.changed", NOON, source="purna/preferences")
    asked = an_event("return.requested", NOON, source="purna/returns")

    moment = timedelta(microseconds=1)
    assert after_all_before(wish, [None, ann]).occurred_at == NOON + timedelta(seconds=30) + moment
    assert after_all_before(asked, [order, ann]).occurred_at == NOON + ALLOWANCE + moment
    assert after_all_before(asked, [None, None]) == asked


def folded(state: State, event: Event) -> State:
    return fold_customer(mended(state, event, NOON), event, CATALOG)


def test_consent_that_was_kept_with_a_time_far_ahead_is_withdrawn_all_the_same() -> None:
    ann = a_buyer(an_event("consent.given", NOON + YEAR, order=None, data=SAID))
    stop = an_event("consent.withdrawn", NOON, order=None, data=SAID)

    assert folded(ann, stop)["consents"]["sales|*"] == [False, instant(NOON)]


@pytest.mark.parametrize("ahead", [timedelta(minutes=4), timedelta(minutes=50), YEAR])
def test_what_was_kept_beyond_the_allowance_is_mended(ahead: timedelta) -> None:
    ann = a_buyer(told(NOON + ahead, tier="gold"))

    assert folded(ann, told(NOON, tier="silver"))["facts"]["customer.tier"][0] == "silver"


def test_where_the_shop_allows_more_that_is_the_limit() -> None:
    allowed = changed(told(NOON, tier="silver"), origin=Origin(allowed=timedelta(minutes=30)))
    within, beyond = (
        a_buyer(told(NOON + timedelta(minutes=minutes), tier="gold")) for minutes in (20, 40)
    )

    assert folded(within, allowed)["facts"]["customer.tier"][0] == "gold"
    assert folded(beyond, allowed)["facts"]["customer.tier"][0] == "silver"
    assert Event.from_json(allowed.to_json()) == allowed


def test_a_word_of_our_own_pages_dated_ahead_is_not_mended_away_by_an_old_one() -> None:
    ann = a_buyer(an_event("consent.given", NOON + ALLOWANCE, order=None, data=SAID))
    stop = an_event("consent.withdrawn", NOON, order=None, data=SAID, source="purna/unsubscribe")
    told_no = folded(ann, after_all_before(stop, [ann]))
    late = an_event("consent.given", NOON - DAY, order=None, data=SAID, id="late")

    assert folded(told_no, late)["consents"]["sales|*"][0] is False


def test_a_fact_that_was_kept_with_a_time_far_ahead_yields_to_the_next_one() -> None:
    ann = a_buyer(told(NOON + YEAR, tier="gold"))

    assert folded(ann, told(NOON, tier="silver"))["facts"]["customer.tier"][0] == "silver"


def test_the_times_of_an_event_and_of_a_thing_are_mended_too() -> None:
    order = an_order(delivered(NOON + YEAR, eta="2027-03-02"))
    event = delivered(NOON, eta="2026-03-05")
    after = fold_order(mended(order, event, NOON), event, CATALOG).state
    parcel = after["things"]["shipment"]["P1"]

    assert parcel["facts"]["shipment.eta"][0] == "2026-03-05"
    assert parcel["happened"]["shipment.delivered"][1] == instant(NOON)


def test_a_clock_a_little_ahead_is_left_alone() -> None:
    ann = a_buyer(told(NOON + timedelta(minutes=1), tier="gold"))
    late = told(NOON - DAY, tier="silver")

    assert mended(ann, late, NOON) is ann
    assert folded(ann, late)["facts"]["customer.tier"][0] == "gold"


def test_a_clock_that_is_trusted_mends_nothing() -> None:
    ann = a_buyer(told(NOON + YEAR, tier="gold"))

    assert mended(ann, trusted(told(NOON, tier="silver")), NOON) is ann


def test_an_event_in_time_is_left_as_it_is() -> None:
    event = told(NOON)

    assert counted_from(event, NOON) is event


RULE = """
  - {id: a, when: 2 hours after order.placed, stop_if: order.cancelled,
     do: [{send: hello, category: billing}]}
"""


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), YEAR])
def test_a_cancellation_dated_ahead_stops_what_is_due_before(ahead: timedelta) -> None:
    story = Timeline(RULE)
    story.hears(0, "order.placed")
    cancelled = happens(1.999, "order.cancelled") | {"time": (NOON + ahead + 2 * HOUR).isoformat()}
    story.learns(1.999, cancelled)

    assert (story.sent(), story.reasons()) == ([], ["stopped_by"])


def test_a_silence_is_lifted_by_what_is_known() -> None:
    story = Timeline("""
  - {id: hush, when: review.received, do: [{suppress: all marketing, across: customer,
     at_most: 60 days, until: support.case_solved}]}
  - {id: a, when: order.placed, do: [{send: hello, category: sales}]}
""")
    given = happens(0, "consent.given", order=None)
    story.learns(0, given, happens(0, "review.received", review={"id": "R1", "stars": 1}))
    solved = happens(1, "support.case_solved", support={"id": "S1"})
    story.learns(1, solved | {"time": (NOON + HOUR + timedelta(minutes=9)).isoformat()})
    story.learns(1.01, happens(1.01, "order.placed", order="A2"))

    assert story.sent() == [1.01]
