"""How long a perk lasts, by its time and by its uses."""

from itertools import permutations
from typing import Any

import pytest

from engine.catalog.values import LAST, instant, parse_duration
from engine.decisions.decision import Logged
from engine.decisions.deeds import event_of
from engine.decisions.effects import Emission
from engine.decisions.reason import Reason
from engine.decisions.waits.perk_ends import ends_after
from engine.facts.intake import take_in
from engine.facts.perks import ends_at, is_live, used_up_at, uses_left
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.rule import Grant
from engine.sending.gates import Allowed, Dropped
from engine.sending.judge import judge
from engine.sending.question import posed
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    PLACE,
    a_buyer,
    a_rule,
    a_ruleset,
    a_situation,
    an_event,
    decided,
    said,
    told,
)


def granted(at: Any = NOON, uses: int | None = 2, ends: Any = NOON + 10 * DAY) -> Any:
    data = {"perk.name": "early", "perk.expires_at": instant(ends), "perk.uses_left": uses}
    stated = {name: value for name, value in data.items() if value is not None}
    return an_event("perk.granted", at, order=None, things={"perk": "early"}, data=stated)


def used(at: Any = NOON + HOUR, **data: Any) -> Any:
    return an_event("perk.used", at, order=None, things={"perk": "early"}, data=data)


def ended(at: Any) -> Any:
    return an_event("perk.expired", at, order=None, things={"perk": "early"})


def followers(event: Any, *before: Any) -> list[tuple[str, Any]]:
    entries = take_in(event, a_ruleset(), None, a_buyer(*before)).entries
    return [(one.event.type, one.event.occurred_at) for one in entries[1:]]


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ((granted(),), 2),
        ((granted(), used()), 1),
        ((granted(), used(), used()), 1),
        ((granted(), used(), used(NOON + 2 * HOUR)), 0),
        ((granted(), used(), used(NOON + 2 * HOUR), used(NOON + 3 * HOUR)), 0),
        ((granted(), used(**{"perk.uses_left": 5})), 5),
        ((granted(uses=None), used()), None),
        ((), None),
    ],
)
def test_every_use_counts_since_it_was_last_said_how_many_are_left(
    events: Any, left: int | None
) -> None:
    assert uses_left(a_buyer(*events), "early") == left


def test_uses_are_the_same_in_whatever_order_they_are_told() -> None:
    told = granted(), used(), used(NOON + 2 * HOUR)

    found = [a_buyer(*order) for order in permutations(told)]
    assert all(one == found[0] for one in found)
    assert used_up_at(found[0], "early") == instant(NOON + 2 * HOUR)


def test_what_is_left_can_be_read_by_a_rule() -> None:
    subjects = Subjects(None, a_buyer(granted(), used()), None, "C1", "shop")

    assert View(a_ruleset(), subjects, About("perk", "early"), NOON)["perk.uses_left"] == 1


def test_the_last_use_ends_a_perk_at_its_own_time() -> None:
    assert followers(used(NOON + 2 * HOUR), granted(), used()) == [
        ("perk.expired", NOON + 2 * HOUR)
    ]
    assert followers(used(**{"perk.uses_left": 0}), granted()) == [("perk.expired", NOON + HOUR)]


@pytest.mark.parametrize(
    "before",
    [(), (granted(),), (granted(uses=None),), (granted(uses=1), used(), ended(NOON + HOUR))],
)
def test_any_other_use_ends_nothing(before: Any) -> None:
    assert followers(used(NOON + 2 * HOUR), *before) == []


def test_a_grant_told_after_its_last_use_is_over_at_once() -> None:
    assert followers(granted(uses=1), used(**{"perk.uses_left": 0})) == [
        ("perk.expired", NOON + HOUR)
    ]


def customers(*events: Any, now: Any = NOON, **changes: Any) -> Any:
    buyer = a_buyer(*events)
    subjects = Subjects(None, buyer, None, "C1", "shop")
    named = {
        "journey": "customer:x",
        "subject": "customer:shop/C1",
        "subjects": subjects,
        "facts": buyer,
    }
    return decided(a_ruleset(a_rule()), a_situation(**{**named, **changes}), now)


def test_a_journey_wakes_when_the_time_of_a_perk_is_over() -> None:
    waiting = customers(granted())

    assert (said(waiting), waiting.wake.at, waiting.wake.ended) == ([], NOON + 10 * DAY, False)


def test_the_end_of_a_perk_is_an_event_of_that_moment_with_one_name() -> None:
    first, later = (customers(granted(), now=NOON + days * DAY).effects for days in (10, 12))

    assert [(one.kind, one.name, one.key) for one in first] == [
        ("emit", "perk.expired", f"customer:x/perk.expired/early+{instant(NOON + 10 * DAY)}")
    ]
    assert [one.key for one in later] == [one.key for one in first]


@pytest.mark.parametrize(
    "events",
    [(granted(), ended(NOON + 10 * DAY)), (granted(uses=1), used(), ended(NOON + HOUR)), (used(),)],
)
def test_a_perk_that_has_ended_ends_no_more(events: Any) -> None:
    over = customers(*events, now=NOON + 11 * DAY)

    assert (said(over), over.wake.at, over.wake.ended) == ([], None, True)


def test_a_perk_granted_anew_after_its_end_ends_once_more() -> None:
    again = granted(NOON + 11 * DAY, ends=NOON + 20 * DAY)
    buyer = a_buyer(granted(), ended(NOON + 10 * DAY), again)

    assert ends_after(buyer, NOON + 11 * DAY, "UTC") == [NOON + 20 * DAY]
    assert is_live(buyer, "early", NOON + 12 * DAY, "UTC")


def asked(*since: Any) -> Any:
    """Whether the end is told, after what has become known since it was decided."""
    (effect,) = customers(granted(), now=NOON + 10 * DAY).effects
    subjects = Subjects(None, a_buyer(granted(), *since), None, "C1", "shop")
    return judge(posed(effect, a_ruleset(), None, subjects), NOON + 10 * DAY)


def test_an_end_is_told_unless_it_has_moved_meanwhile() -> None:
    assert asked() == Allowed("")
    assert asked(granted(NOON + DAY, ends=NOON + 12 * DAY)) == Dropped(Reason.CONDITION_FALSE)


@pytest.mark.parametrize(
    ("spelled", "end"),
    [
        ("2026-03-12", NOON + 10 * DAY - 8 * HOUR),
        ("2026-03-12T12:00:00", NOON + 10 * DAY + 4 * HOUR),
        ("2026-03-12T12:00:00.000000Z", NOON + 10 * DAY),
        ("9999-12-31", LAST),
        ("9", None),
        ("no time", None),
    ],
)
def test_a_day_or_a_local_time_ends_in_the_zone_of_the_customer(spelled: str, end: Any) -> None:
    data = {"perk.name": "early", "perk.expires_at": spelled}
    grant = an_event("perk.granted", order=None, things={"perk": "early"}, data=data)
    buyer = a_buyer(grant)

    assert ends_at(buyer, "early", "America/New_York") == end
    assert is_live(buyer, "early", NOON + 9 * DAY, "America/New_York")


def test_a_perk_that_lasts_for_good_goes_on_lasting_when_a_rule_grants_it_once_more() -> None:
    for_good = an_event("perk.granted", order=None, things={"perk": "early"})
    rule = a_rule("anew", "customer.updated", Grant("early", parse_duration("1 day"), 3, PLACE))
    subjects = Subjects(None, a_buyer(for_good), None, "C1", "shop")
    named: dict[str, Any] = {"journey": "customer:x", "subject": "customer:shop/C1"}
    told_again = told()
    logged = Logged(1, told_again, "r1", False, NOON)
    situation = a_situation(**named, subjects=subjects, events=(logged,), facts=a_buyer(for_good))
    (effect,) = decided(a_ruleset(rule), situation).effects

    assert isinstance(effect, Emission)
    buyer = a_buyer(for_good, event_of(effect))
    assert (effect.arguments["perk.expires_at"], ends_at(buyer, "early", "UTC")) == (None, None)
