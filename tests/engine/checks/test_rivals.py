import pytest

from activities.actions.registry import load_actions
from engine.checks import Folder
from engine.language.reader import read_ruleset
from tests.engine.checks.folders import TODAY, a_folder, a_rule, found, found_in, message

AT_RISK = "facts: {customer.at_risk: {type: boolean, default: false, set_by: rules}}"
RISKY, SAFE = "[{set: {customer.at_risk: true}}]", "[{set: {customer.at_risk: false}}]"
GROUP = "groups: {best: [first, second]}"


SEND = "[{send: hello, category: delivery}]"


def member(name: str, more: str, do: str = SEND) -> str:
    return a_rule("order.placed", do, more=f"one_of: best\n{more}", name=name)


def test_a_member_of_a_group_whose_turn_never_comes() -> None:
    rules = (
        member("first", "if: order.total >= 50 EUR"),
        member("second", "if: order.total >= 80 EUR"),
    )

    assert found_in(*rules, policies=GROUP) == ["J14 8"]


@pytest.mark.parametrize(
    "first",
    [
        "if: order.total >= 90 EUR",
        "if: order.total >= 50 EUR\nunless: {express: order.express}",
        "mode: shadow",
    ],
)
def test_a_member_of_a_group_that_can_win_is_left_alone(first: str) -> None:
    rules = member("first", first), member("second", "if: order.total >= 80 EUR")

    assert found_in(*rules, policies=GROUP) == []


@pytest.mark.parametrize(
    "line",
    [
        "customer.tier in [gold, platinum]",
        "[customer.tier = silver, order.express]",
        "order.total > 5 EUR",
    ],
)
def test_a_line_of_choose_that_an_earlier_one_leaves_something_is_left_alone(line: str) -> None:
    send = "[{send: hello, category: delivery}]"
    lines = (
        f"- {{if: customer.tier = gold, do: {send}}}\n  - {{if: '{line}', do: {send}}}\n"
        f"  - {{otherwise: nothing}}"
    )
    rule = f"  - id: a-rule\n    when: order.placed\n    choose:\n      {lines}\n".replace(
        "\n  - {", "\n      - {"
    )
    rule = rule.replace("'[", "[").replace("]'", "]") if line.startswith("[") else rule

    assert found_in(rule) == []


def test_a_rule_that_another_repeats_is_told_with_an_example() -> None:
    wide = a_rule("order.placed", more="if: order.total >= 50 EUR", name="wide")
    folder = a_folder(wide, a_rule("order.placed", more="if: order.total >= 80 EUR", name="narrow"))

    assert found(folder) == ["J13 7"]
    assert message(folder, "J13").endswith("for example with order.total = 80.00 EUR")


@pytest.mark.parametrize(
    "other",
    [
        a_rule("order.placed", more="if: order.total < 50 EUR", name="narrow"),
        a_rule("order.placed", "[{send: hello, category: service}]", name="narrow"),
        a_rule("order.confirmed", name="narrow"),
        a_rule("order.placed", more="mode: shadow", name="narrow"),
        a_rule("order.placed", more="once_per: customer", name="narrow"),
        a_rule("order.placed", more="until: 2027-01-01", name="narrow"),
    ],
)
def test_rules_that_differ_in_what_they_hear_do_or_ask_are_left_alone(other: str) -> None:
    assert (
        found_in(a_rule("order.placed", more="if: order.total >= 50 EUR", name="wide"), other) == []
    )


def test_a_message_that_comes_twice_is_told_whatever_else_the_rule_does() -> None:
    both = "[{grant: gift, for: 3 days}, {send: hello, category: delivery}]"
    folder = a_folder(
        a_rule("order.placed", name="wide"),
        a_rule("order.placed", both, "if: order.express", name="two"),
    )

    assert found(folder) == ["J13 6"]
    assert "does the same: send hello;" in message(folder, "J13")


def test_a_perk_that_is_granted_twice_beside_other_things_is_left_alone() -> None:
    grant, more = (
        "[{grant: gift, for: 3 days}]",
        "[{grant: gift, for: 3 days}, {send: hello, category: delivery}]",
    )

    assert found_in(
        a_rule("order.placed", grant, name="wide"), a_rule("order.placed", more, name="two")
    ) == ["J13 3"]
    assert (
        found_in(
            a_rule("order.placed", grant),
            a_rule("order.placed", more, "if: order.express", name="y"),
        )
        == []
    )


def test_a_rule_that_is_stopped_by_more_covers_no_other() -> None:
    stopped = a_rule(
        "2 days after order.placed",
        more="stop_if: [order.cancelled, return.requested]",
        name="stopped",
    )
    open_ = a_rule(
        "2 days after order.placed", more="stop_if: order.cancelled\nif: order.express", name="open"
    )

    assert found_in(stopped, open_) == []


def test_two_rules_that_set_one_fact_differently_at_one_moment() -> None:
    rules = (
        a_rule("order.placed", RISKY, name="one"),
        a_rule("order.placed", SAFE, "if: order.express", name="two"),
    )

    assert found_in(*rules, catalog=AT_RISK) == ["J16 8"]


@pytest.mark.parametrize(
    ("do", "more", "when"),
    [
        (RISKY, "if: order.express", "order.placed"),
        (SAFE, "if: not order.express", "order.placed"),
        (SAFE, "", "order.confirmed"),
        (SAFE, "mode: 'off'", "order.placed"),
    ],
)
def test_rules_that_agree_or_never_meet_may_set_one_fact(do: str, more: str, when: str) -> None:
    first = a_rule("order.placed", RISKY, "if: order.express", name="one")

    assert found(a_folder(first, a_rule(when, do, more, name="two"), catalog=AT_RISK), "J16") == []


def test_one_rule_may_not_set_a_fact_twice_but_in_different_lines_it_may() -> None:
    twice = a_rule("order.placed", f"[{RISKY[1:-1]}, {SAFE[1:-1]}]")
    chosen = f"choose: [{{if: order.express, do: {RISKY}}}, {{otherwise: {SAFE}}}]"
    apart = f"  - id: a-rule\n    when: order.placed\n    {chosen}\n"

    assert found_in(twice, catalog=AT_RISK) == ["J16 5"]
    assert found_in(apart, catalog=AT_RISK) == []


def paying(*rules: str, **files: str) -> Folder:
    """A folder whose calls are those of the shipped actions."""
    folder = a_folder(*rules, tests="", templates=None, **files)
    sources = folder.ruleset.files
    return Folder(
        read_ruleset(sources, load_actions().specs()), TODAY, {}, folder.reads, folder.uses
    )


REFUND = "[{call: refund, with: {order: order.id}}]"


@pytest.mark.parametrize(
    ("first", "second", "more", "said"),
    [
        ("order.cancelled", "order.cancelled", "", "at the same moment only"),
        ("order.cancelled", "2 days after order.cancelled", "", "whichever comes first, only"),
        ("order.cancelled", "shipment.lost", "", "whichever comes first, only"),
    ],
)
def test_money_that_two_rules_would_move_is_told_whenever_they_do(
    first: str, second: str, more: str, said: str
) -> None:
    rules = a_rule(first, REFUND, name="one"), a_rule(second, REFUND, more, name="two")

    assert said in message(paying(*rules), "J49")


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("[{call: refund, with: {order: order.id, return: return.id}}]", ""),
        (REFUND, "if: order.total < 10 EUR"),
        ("[{call: tell_team, with: {text: order.id}}]", ""),
    ],
)
def test_another_thing_another_case_or_another_action_is_left_alone(do: str, more: str) -> None:
    first = a_rule("order.cancelled", REFUND, "if: order.total >= 10 EUR", name="one")
    second = a_rule("return.inspected", do, more, name="two")

    assert found(paying(first, second), "J49") == []


def test_of_two_rules_of_one_group_only_one_pays() -> None:
    rules = (
        member("first", "", REFUND),
        member("second", "if: order.total > 9 EUR", REFUND),
    )

    assert found(paying(*rules, policies=GROUP), "J49") == []
