from datetime import date
from typing import Any

import pytest

from engine.catalog.values import Money, instant, parse_duration
from engine.decisions.deeds import Done, as_json, carry_out, event_of, read
from engine.decisions.effects import Emission
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.rule import Argument, Call, Grant, Listened, Suppress
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    PLACE,
    a_buyer,
    a_firing,
    a_policy,
    a_rule,
    a_ruleset,
    a_send,
    an_effect,
    an_event,
    an_order,
    placed,
    shipped,
)

KEY = "order:shop/A1/rule/shipment:P1"
HUSH = Suppress(
    ("sales",),
    parse_duration("60 days"),
    (Listened("support.case_solved"),),
    across_customer=True,
    position=PLACE,
)
CLAIM = Call(
    "open_claim", {"parcel": Argument(name="shipment.id"), "kind": Argument(constant="lost")}, PLACE
)
PERK = Grant("early", parse_duration("30 days"), 2, PLACE)


def a_view(*buyer: Any) -> View:
    order = an_order(shipped(eta="2026-03-05"), placed(total="80.00 EUR"))
    return View(
        a_ruleset(),
        Subjects(order, a_buyer(*buyer), "A1", "C1", "shop"),
        About("shipment", "P1"),
        NOON,
    )


def done(*actions: Any, buyer: Any = (), **firing: Any) -> Done:
    ruleset = a_ruleset(policies=a_policy())
    return carry_out(
        a_rule("rule", "shipment.shipped", *actions),
        a_firing(**firing),
        ruleset,
        a_view(*buyer),
        NOON + HOUR,
    )


def test_every_action_has_a_key_of_its_own_that_is_the_same_whenever_it_is_asked() -> None:
    found = done(a_send(), HUSH, CLAIM, CLAIM)

    assert [one.key for one in found.effects] == [
        f"{KEY}/0.0/hello",
        f"{KEY}/0.2/open_claim",
        f"{KEY}/0.3/open_claim",
    ]
    assert [one.key for one in found.suppressions] == [f"{KEY}/0.1/suppress"]


def test_a_call_that_a_message_uses_is_worth_making_as_long_as_the_message() -> None:
    pick = Call("pick", {}, PLACE, name="pick")
    long = a_send(arguments={"hat": Argument(name="pick.hat")}, valid_for="30 days")
    ask = Call("ask", {"about": Argument(name="pick.hat")}, PLACE)
    found = done(CLAIM, pick, long, ask)

    ends = {one.name: one.valid_until for one in found.effects}
    assert ends["open_claim"] == NOON + 7 * DAY
    assert ends["hello"] == NOON + 30 * DAY
    assert ends["pick"] == ends["ask"] == NOON + 7 * DAY
    ends = {one.name: one.valid_until for one in done(pick, long).effects}
    assert ends["pick"] == NOON + 30 * DAY


@pytest.mark.parametrize(
    ("category", "own", "days"), [("delivery", None, 7), ("sales", None, 1), ("sales", "5 days", 5)]
)
def test_a_message_is_worth_sending_for_a_time_counted_from_its_due_moment(
    category: str, own: Any, days: int
) -> None:
    effect = done(a_send(category=category, valid_for=own), due_at=NOON + DAY).effects[0]

    assert effect.valid_until == NOON + DAY + days * DAY


def test_a_category_that_is_gone_fails_loudly() -> None:
    with pytest.raises(LookupError, match="gone"):
        done(a_send(category="gone"))


def test_a_silence_begins_when_it_was_due_and_lasts_from_when_it_became_known() -> None:
    hush = done(HUSH, due_at=NOON - 5 * DAY, known_at=NOON).suppressions[0]

    assert (hush.starts_at, hush.ends_at) == (NOON - 5 * DAY, NOON + 60 * DAY)
    assert (hush.customer, hush.order, hush.across_customer, hush.about) == (
        "C1",
        "A1",
        True,
        ("shipment", "P1"),
    )
    assert (hush.until, hush.place) == (
        (Listened("support.case_solved"),),
        "journeys/test.yaml:3:5",
    )


def test_a_call_reads_its_parameters_when_it_is_decided_and_leaves_out_the_unknown() -> None:
    assert done(CLAIM).effects[0].arguments == {"parcel": "P1", "kind": "lost"}
    assert read({"place": Argument(name="shipment.place")}, a_view()) == {}


def test_values_leave_in_their_canonical_spelling() -> None:
    told = [
        as_json(value)
        for value in (
            Money(8000, "EUR"),
            date(2026, 3, 5),
            NOON,
            parse_duration("2h"),
            3,
            True,
            "x",
        )
    ]

    assert told == ["80.00 EUR", "2026-03-05", instant(NOON), "2 hours", 3, True, "x"]


def a_held_perk(ends_at: Any, uses: int) -> Any:
    data = {"perk.name": "early", "perk.expires_at": instant(ends_at), "perk.uses_left": uses}
    return an_event("perk.granted", order=None, things={"perk": "early"}, data=data)


@pytest.mark.parametrize(
    ("held", "ends_at", "uses"),
    [
        ((), NOON + 30 * DAY, 2),
        ((a_held_perk(NOON + 40 * DAY, 1),), NOON + 40 * DAY, 1),
        ((a_held_perk(NOON + 10 * DAY, 1),), NOON + 30 * DAY, 1),
        ((a_held_perk(NOON + 40 * DAY, 0),), NOON + 30 * DAY, 2),
        ((a_held_perk(NOON - DAY, 1),), NOON + 30 * DAY, 2),
    ],
)
def test_a_perk_granted_again_lasts_until_the_later_end_and_is_not_used_more_often(
    held: Any, ends_at: Any, uses: int
) -> None:
    effect = done(PERK, buyer=held).effects[0]

    assert effect.arguments == {
        "perk.name": "early",
        "perk.expires_at": instant(ends_at),
        "perk.uses_left": uses,
    }


def test_what_a_grant_causes_is_an_event_of_the_customer_that_happens_once() -> None:
    effect = done(PERK).effects[0].now(customer="customer:shop/C1")
    assert isinstance(effect, Emission)
    event = event_of(effect)

    assert (event.type, event.id, event.customer, event.things) == (
        "perk.granted",
        effect.key,
        "C1",
        {"perk": "early"},
    )
    assert event_of(an_effect(kind="emit", name="x")).things == {"shipment": "P1"}
