import pytest

from tests.engine.checks.folders import a_folder, a_rule, found_in, message

OWN = """events: {care.begun: {about: order, facts: {care.step: optional integer}},
    care.done: {about: order}}
facts: {customer.call_on: {type: date, set_by: rules}, customer.level: {type: text,
    set_by: rules}}"""


def test_an_event_that_starts_the_rule_that_emits_it() -> None:
    assert found_in(a_rule("care.begun", "[{emit: care.begun}]"), catalog=OWN) == ["J17 5"]


def test_the_way_round_is_told() -> None:
    rules = (
        a_rule("care.begun", "[{emit: care.done}]", name="x"),
        a_rule("care.done", "[{emit: care.begun}]", name="y"),
    )

    assert (
        message(a_folder(*rules, catalog=OWN), "J17")
        == "a circle of effects: x → care.done → y → care.begun → x"
    )


def test_a_perk_that_grants_itself_and_a_date_that_sets_itself() -> None:
    perk = a_rule("perk.granted", "[{grant: gift, for: 3 days}]")
    date = a_rule("on customer.call_on", "[{set: {customer.call_on: 2027-01-01}}]")

    assert found_in(perk) == ["J17 5"]
    assert found_in(date, catalog=OWN) == ["J17 5"]


BREAKER = (
    "breakers: [{id: storm, if: order.express, holds: [a-rule], at_most: 2 days, emit: "
    "care.begun}]\n"
)


def test_an_event_of_a_breaker_that_starts_the_rule_that_it_holds() -> None:
    begun, placed = (
        a_rule(event, "[{send: hello, category: delivery}]")
        for event in ("care.begun", "order.placed")
    )

    assert "J17" in found_in(begun, catalog=OWN, policies=BREAKER)[-1]
    assert [one for one in found_in(placed, catalog=OWN, policies=BREAKER) if "J17" in one] == []


@pytest.mark.parametrize(
    "rule",
    [
        a_rule("order.placed", "[{emit: care.begun}]"),
        a_rule("perk.granted", "[{grant: gift, for: 3 days}]", "if: perk.name = coffee"),
        a_rule("care.begun", "[{emit: care.begun, with: {care.step: 2}}]", "if: care.step = 1"),
        a_rule("care.begun", "[{emit: care.begun}]", "mode: 'off'"),
        a_rule("on customer.call_on", "[{set: {customer.level: called}}]"),
    ],
)
def test_effects_that_start_nothing_again_are_left_alone(rule: str) -> None:
    assert found_in(rule, catalog=OWN) == []
