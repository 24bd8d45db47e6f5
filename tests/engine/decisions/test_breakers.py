"""What a breaker holds, and how its opening is told."""

from datetime import timedelta
from typing import Any

import pytest

from engine.catalog.rows import changed
from engine.catalog.values import instant, parse_duration
from engine.decisions.breakers import OVER_AFTER, Openings, still_tells
from engine.decisions.decision import Opening
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from engine.facts.views.roll_ups import MOVING
from engine.facts.views.view import About, View
from engine.rules.policies import Attached, Breaker
from engine.rules.rule import Argument
from engine.rules.ruleset import Ruleset
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_broken_condition,
    a_condition,
    a_firing,
    a_policy,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_effect,
    decided,
    placed,
    reasons,
    said,
    shipped,
)

EXPRESS = a_condition("order.express", expected=True)


def a_breaker(**changes: Any) -> Breaker:
    defaults = {
        "id": "storm",
        "conditions": (EXPRESS,),
        "holds": ("rule",),
        "at_most": parse_duration("2 days"),
    }
    return Breaker(**{**defaults, "tells_team": True, **changes})


def outcome(
    breaker: Breaker | None = None, *known: Opening, rule: Any = None, **changes: Any
) -> Any:
    ruleset = a_ruleset(rule or a_rule(), policies=a_policy(breakers=(breaker or a_breaker(),)))
    return decided(ruleset, a_situation(placed(express=True), shipped(), openings=known, **changes))


def test_an_opening_tells_the_team_what_why_since_when_and_what_it_holds() -> None:
    (call,) = outcome().effects

    assert (call.kind, call.name, call.firing.rule_id) == ("call", "tell_team", "breaker:storm")
    assert call.arguments["text"] == (
        "storm is open since 2026-03-02 12:00 UTC: order.express = True. Held for at most 2 days: "
        "rule"
    )
    assert call.key == f"order:shop/A1/breaker:storm/{instant(NOON)}/tell_team"


def test_what_is_attached_to_calls_goes_with_the_telling_too_but_the_text_is_the_breakers() -> None:
    said = {
        "order": Argument(name="order.id"),
        "text": Argument("mine"),
        "unknown": Argument(name="order.total"),
    }
    attached = Attached(("tell_team",), said), Attached(("refund",), {"stars": Argument(1)})
    ruleset = a_ruleset(a_rule(), policies=a_policy(breakers=(a_breaker(),), attach=attached))

    (call,) = decided(ruleset, a_situation(placed(express=True), shipped())).effects
    assert call.arguments.keys() == {"order", "text"}
    assert call.arguments["order"] == "A1"
    assert call.arguments["text"].startswith("storm is open since")


def test_an_opening_may_be_an_event_about_what_is_held_first() -> None:
    (event,) = outcome(a_breaker(tells_team=False, emits="carrier.fell_silent")).effects

    assert (event.kind, event.name, event.firing.about) == (
        "emit",
        "carrier.fell_silent",
        ("shipment", "P1"),
    )


def test_a_breaker_that_tells_nobody_only_holds() -> None:
    silent = outcome(a_breaker(tells_team=False))

    assert (said(silent), silent.openings, len(silent.waits)) == ([], (), 1)
    assert reasons(silent) == ["breaker"]


def test_a_breaker_that_is_not_open_holds_nothing() -> None:
    assert said(outcome(a_breaker(conditions=(a_condition("order.express", expected=False),)))) == [
        "hello"
    ]


@pytest.mark.parametrize(
    ("ago", "told", "changed"),
    [
        (HOUR / 5, [], False),
        (HOUR / 2, [], True),
        (OVER_AFTER, [], True),
        (OVER_AFTER * 1.1, ["tell_team"], True),
    ],
)
def test_while_an_opening_stands_it_is_told_no_more(
    ago: Any, told: list[str], *, changed: bool
) -> None:
    found = outcome(a_breaker(), Opening("storm", NOON - DAY, NOON - ago))

    assert (said(found), bool(found.openings)) == (told, changed)
    assert all(one.held_at == NOON for one in found.openings)
    assert [one.opened_at for one in found.openings] in ([], [NOON] if told else [NOON - DAY])


def test_two_firings_of_one_decision_open_it_once() -> None:
    openings, view = (
        Openings.of((), NOON),
        View(a_ruleset(), Subjects(None, None), About("order", "A1"), NOON),
    )

    first, second = (openings.hold(a_breaker(), a_firing(occurrence=one), view) for one in "ab")
    assert ([one.name for one in first], second) == (["tell_team"], [])


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_rule_that_does_nothing_opens_nothing(mode: str) -> None:
    found = outcome(rule=a_rule(mode=mode))

    assert (said(found), found.openings) == ([], ())


def test_what_is_told_falls_away_with_its_breaker() -> None:
    (call,) = outcome().effects

    assert still_tells(a_policy(breakers=(a_breaker(),)), call)
    assert not still_tells(a_policy(breakers=(a_breaker(id="other"),)), call)
    assert not still_tells(a_policy(breakers=(a_breaker(tells_team=False),)), call)


def test_a_breaker_that_fails_is_the_error_of_the_rule_it_holds_and_of_no_other() -> None:
    rules = a_rule(), a_rule("well", "shipment.shipped", a_send("other"))
    broken = a_breaker(conditions=(a_broken_condition(),))

    found = decided(
        a_ruleset(*rules, policies=a_policy(breakers=(broken,))), a_situation(shipped())
    )
    assert (said(found), sorted(map(str, reasons(found))), found.waits) == (
        ["other"],
        ["None", "error"],
        (),
    )


def a_held_message(
    ruleset: Ruleset, *others: Ruleset, express: bool = False, after: timedelta = HOUR
) -> Any:
    """A decision about a message that a breaker has held, long before it is to be asked again."""
    held = an_effect(a_firing(), state="held", reason=Reason.BREAKER, held_until=NOON + 9 * HOUR)
    situation = a_situation(placed(express=express), shipped(), held=(held,))
    return decided(ruleset, changed(situation, events=()), NOON + after, *others)


def test_a_message_that_no_breaker_holds_any_more_is_wanted_before_its_time() -> None:
    ruleset = a_ruleset(a_rule(), policies=a_policy(breakers=(a_breaker(),)))

    assert len(a_held_message(ruleset).released) == 1
    assert a_held_message(ruleset, express=True).released == ()


def test_a_message_is_held_by_the_breakers_of_today_also_where_its_rule_is_pinned() -> None:
    before, policies = a_ruleset(a_rule(in_flight="pin")), a_policy(breakers=(a_breaker(),))
    today = a_ruleset(a_rule(in_flight="pin"), policies=policies, revision="r2")

    assert a_held_message(today, before, express=True).released == ()


def test_a_held_message_whose_breaker_fails_waits_for_its_moment_and_is_an_error_then() -> None:
    broken = a_breaker(conditions=(a_broken_condition(),))
    ruleset = a_ruleset(a_rule(), policies=a_policy(breakers=(broken,)))

    before, then = a_held_message(ruleset), a_held_message(ruleset, after=9 * HOUR)

    assert (before.dropped, before.released, before.wake.at) == ((), (), NOON + 9 * HOUR)
    assert [reason for _, reason, _ in then.dropped] == ["error"]


def test_what_changes_without_news_is_marked_so() -> None:
    assert {
        "order.days_late",
        "order.shipments",
        "shipment.days_late",
        "customer.perks",
        "carrier.last_scan_at",
        "customer.silenced",
    } == MOVING
