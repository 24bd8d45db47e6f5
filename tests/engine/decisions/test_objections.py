from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.objections import objection, rule_of
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from engine.facts.views.silences import lifted
from engine.facts.views.view import About, View
from engine.rules.rule import After, OnEvent
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_condition,
    a_firing,
    a_happening,
    a_parcel_event,
    a_rule,
    a_ruleset,
    a_silence,
    an_order,
    delivered,
    shipped,
)

AFTER = After(parse_duration("2 days"), "shipment.shipped")


def asked(
    rule: Any, *history: Any, firing: Any = None, events: Any = (), now: Any = NOON + DAY
) -> tuple[Any, ...] | None:
    firing = firing or a_firing()
    subjects = Subjects(an_order(shipped(), *events), a_buyer(), "A1", "C1", "shop")
    found = objection(rule, firing, View(a_ruleset(), subjects, About(*firing.about), now), history)
    return (found.reason, found.by) if found else None


def test_nothing_stands_in_the_way_of_a_live_rule() -> None:
    assert asked(a_rule()) is None


def test_a_rule_that_was_removed_or_switched_off_objects() -> None:
    assert asked(None) == (Reason.RULE_REMOVED, None)
    assert asked(a_rule(mode="off")) == (Reason.OFF, None)


@pytest.mark.parametrize(
    ("expected", "reason"), [("acme", None), ("other", Reason.CONDITION_FALSE)]
)
def test_a_condition_that_is_false_objects(expected: str, reason: Reason | None) -> None:
    rule = a_rule(conditions=(a_condition("shipment.carrier", expected),))

    answer = asked(rule, events=[shipped(carrier="acme")])
    assert answer == (None if reason is None else (reason, f"shipment.carrier = {expected}"))


def test_a_condition_that_is_unknown_objects_by_another_name() -> None:
    assert asked(a_rule(conditions=(a_condition("shipment.carrier", "acme"),))) == (
        Reason.FACT_UNKNOWN,
        "shipment.carrier = acme",
    )


@pytest.mark.parametrize(
    ("hours", "stops"), [(-1, False), (0, True), (5, True), (24, True), (25, True)]
)
def test_a_stop_counts_from_the_trigger_on_once_it_is_known(hours: int, *, stops: bool) -> None:
    rule = a_rule(trigger=AFTER, stop_if=("return.requested",))

    assert (asked(rule, a_happening("return.requested", NOON + hours * HOUR)) is not None) is stops


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        ({}, True),
        ({"order": None}, True),
        ({"order": "A2"}, False),
        ({"things": {"shipment": "P1"}}, True),
        ({"things": {"shipment": "P2"}}, False),
        ({"things": {"return": "R1"}}, True),
    ],
)
def test_a_stop_counts_unless_it_contradicts_the_thing(
    changes: dict[str, Any], *, stops: bool
) -> None:
    rule = a_rule(trigger=AFTER, stop_if=("shipment.delivered",))

    assert (asked(rule, a_happening("shipment.delivered", NOON, **changes)) is not None) is stops


def test_an_unnamed_parcel_is_contradicted_by_none() -> None:
    rule, firing = (
        a_rule(trigger=AFTER, stop_if=("shipment.lost",)),
        a_firing(about=("shipment", "only")),
    )

    assert (
        asked(rule, a_happening("shipment.lost", things={"shipment": "P1"}), firing=firing)
        is not None
    )


def test_what_does_not_stop_the_rule_and_its_own_trigger_are_passed_over() -> None:
    rule = a_rule(trigger=AFTER, stop_if=("shipment.shipped",))

    assert (
        asked(
            rule,
            a_happening("shipment.shipped", things={"shipment": "P1"}),
            a_happening("order.cancelled"),
        )
        is None
    )
    assert asked(rule, a_happening("shipment.shipped", NOON + HOUR)) == (
        Reason.STOPPED_BY,
        "shipment.shipped",
    )


def test_a_later_stage_overtakes_what_is_said_at_once() -> None:
    assert asked(a_rule(), events=[a_parcel_event("in_transit")]) == (Reason.OVERTAKEN, None)


def test_a_later_stage_does_not_overtake_a_wait_nor_another_parcel() -> None:
    assert asked(a_rule(trigger=AFTER), firing=a_firing(form="after"), events=[delivered()]) is None
    assert asked(a_rule(), events=[delivered(parcel="P2")]) is None


def test_an_event_that_the_catalog_no_longer_has_is_not_overtaken() -> None:
    assert asked(a_rule(), firing=a_firing(event="gone.event")) is None


@pytest.mark.parametrize(
    "trigger", [OnEvent("order.delivered"), After(parse_duration("7 days"), "order.delivered")]
)
def test_an_order_that_is_no_longer_delivered_is_not_spoken_of_as_if_it_were(trigger: Any) -> None:
    firing = a_firing(about=("order", "A1"), event="order.delivered")

    assert asked(a_rule(trigger=trigger), firing=firing, events=[delivered()]) is None
    undone = asked(
        a_rule(trigger=trigger), firing=firing, events=[delivered(), shipped(NOON + HOUR, "P2")]
    )
    assert undone == (Reason.CONDITION_FALSE, "order.delivered")


@pytest.mark.parametrize(
    ("changes", "lifts"),
    [
        ({}, True),
        ({"type": "support.case_opened"}, False),
        ({"order": "A2"}, False),
        ({"order": None}, True),
        ({"occurred_at": NOON - HOUR}, False),
        ({"occurred_at": NOON}, True),
        ({"occurred_at": NOON + 3 * HOUR}, True),
        ({"things": {"review": "R2"}}, False),
        ({"things": {"review": "R1", "case": "S1"}}, True),
    ],
)
def test_a_silence_lifts_by_an_event_that_does_not_contradict_it(
    changes: dict[str, Any], *, lifts: bool
) -> None:
    silence = a_silence(
        until=("support.case_solved",), about=("review", "R1"), across_customer=True
    )
    solved = a_happening(**{"kind": changes.pop("type", "support.case_solved"),
    "at": NOON + HOUR} | {
        {"occurred_at": "at"}.get(name, name): value for name, value in changes.items()
    })  # fmt: skip

    assert lifted(silence, [solved]) is lifts


def test_a_firing_follows_the_active_rule_and_a_pinned_one_its_first() -> None:
    first, active = a_ruleset(a_rule(in_flight="pin")), a_ruleset(a_rule(), revision="r2")

    assert rule_of(active, a_firing(), first) == (first.rules["rule"], first)
    assert rule_of(active, a_firing(), a_ruleset(a_rule())) == (active.rules["rule"], active)
    assert rule_of(active, a_firing("gone"), None) == (None, active)


def test_a_pinned_rule_outlives_its_removal_and_a_renamed_one_is_found() -> None:
    pinned = a_ruleset(a_rule(in_flight="pin"))
    renamed = a_ruleset(a_rule("new-name", renamed_from="rule"), revision="r2")

    assert rule_of(a_ruleset(revision="r2"), a_firing(), pinned)[0] is pinned.rules["rule"]
    assert rule_of(renamed, a_firing(), a_ruleset())[0] is renamed.rules["new-name"]
