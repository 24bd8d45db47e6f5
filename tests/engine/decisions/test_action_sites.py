from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.action_sites import calls_read, keys_of, site_of, stands
from engine.facts.naming import Spot
from engine.rules.rule import Action, Argument, Branch, Call, Grant, Put, Rule
from tests.engine.builders import (
    PLACE,
    a_condition,
    a_firing,
    a_rule,
    a_send,
    an_effect,
)

KEY = "order:shop/A1/rule/shipment:P1"
GOLD = (a_condition("customer.tier", "gold"),)
ONE, TWO, THREE = (a_send(category=one) for one in ("delivery", "sales", "loyalty"))
CODE = Call("create_code", {}, PLACE, name="code")
PERK = Grant("early", parse_duration("30 days"), 2, PLACE)
RISK = Put({"customer.at_risk": Argument(constant=True)}, None, PLACE)


def choosing(*lines: tuple[Action, ...]) -> Rule:
    branches = tuple(Branch(GOLD, line, PLACE) for line in lines)
    return a_rule(branches=branches)


def site(rule: Rule, spot: str, chosen: int | None = None, **effect: Any) -> Spot | None:
    made = an_effect(**effect)
    found = site_of(
        rule,
        made.now(key=f"{KEY}/{spot}"),
        None if chosen is None else rule.branches[chosen],
    )
    return found.spot if found else None


def test_an_effect_comes_from_the_line_and_place_that_its_key_names() -> None:
    rule = choosing((ONE,), (ONE, TWO))

    assert site(rule, "0.0/hello", chosen=1) == Spot(0, 0)
    assert site(rule, "1.1/hello", chosen=0) == Spot(1, 1)


def test_after_a_revision_that_moved_it_the_line_that_is_chosen_now_comes_first() -> None:
    rule = choosing((ONE,), (a_send("bye"), TWO), (THREE,))

    assert site(rule, "3.0/hello", chosen=1) == Spot(1, 1)
    assert site(rule, "1.0/hello", chosen=2) == Spot(2, 0)
    assert site(rule, "1.0/hello") == Spot(0, 0)


def test_a_row_older_than_spots_is_of_the_line_that_is_chosen_now() -> None:
    rule = choosing((ONE,), (TWO,))

    assert site(rule, "hello", chosen=1) == Spot(1, 0)
    assert site(rule, "hello") == Spot(0, 0)


def test_a_call_older_than_spots_is_at_the_place_its_key_names() -> None:
    rule = choosing((CODE, CODE), (CODE, ONE, CODE))
    named = {"kind": "call", "name": "create_code"}

    assert site(rule, "create_code/1", chosen=0, **named) == Spot(0, 1)
    assert site(rule, "create_code/2", chosen=0, **named) == Spot(0, 0)
    assert site(rule, "create_code/2", chosen=1, **named) == Spot(1, 2)


def test_nothing_is_found_of_what_the_rule_no_longer_does() -> None:
    assert site(choosing((ONE,)), "0.0/bye", name="bye") is None


@pytest.mark.parametrize(
    ("action", "event"), [(PERK, "perk.granted"), (RISK, "customer.facts_set")]
)
def test_an_event_of_our_own_comes_from_what_causes_it(action: Action, event: str) -> None:
    rule = choosing((ONE, action))

    assert site(rule, f"0.1/{event}", kind="emit", name=event) == Spot(0, 1)
    assert site(rule, f"0.0/{event}", kind="emit", name=event) == Spot(0, 1)


def test_each_line_reads_its_own_calls() -> None:
    rule = choosing((CODE, ONE), (CODE, TWO))
    made = {f"{KEY}/1.0/create_code": an_effect(kind="call", name="create_code")}

    assert calls_read(rule, an_effect(key=f"{KEY}/1.1/hello"), made) == {
        "code": f"{KEY}/1.0/create_code"
    }


def test_a_call_made_before_keys_named_spots_is_read_under_its_key() -> None:
    rule, older = choosing((ONE,), (CODE, TWO)), f"{KEY}/create_code/0"
    made = {older: an_effect(kind="call", name="create_code", key=older)}

    assert calls_read(rule, an_effect(key=f"{KEY}/hello"), made) == {"code": older}
    assert calls_read(rule, an_effect(key=f"{KEY}/1.1/hello"), made) == {"code": older}


def test_a_call_that_a_revision_has_moved_is_read_under_its_key() -> None:
    before = f"{KEY}/0.3/create_code"
    made = {before: an_effect(kind="call", name="create_code", key=before)}
    rule = choosing((CODE, ONE))

    assert not stands(rule, made[before])
    assert keys_of(rule, rule.branches[0], a_firing(), made) == {"code": before}


def test_a_call_of_another_line_is_not_taken_for_ones_own() -> None:
    rule, other = choosing((CODE, ONE), (CODE, TWO)), f"{KEY}/0.0/create_code"
    made = {other: an_effect(kind="call", name="create_code", key=other)}

    assert keys_of(rule, rule.branches[1], a_firing(), made) == {"code": f"{KEY}/1.0/create_code"}
