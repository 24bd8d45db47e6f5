# the keys of a rule beyond its trigger and its actions
from datetime import date

import pytest

from engine.rules.rule import Listened, Send
from tests.engine.language.folders import (
    SEND,
    a_folder,
    a_rule,
    only_problem,
    problems_of,
    read,
    the_rule,
)

GROUP = "version: 1\ngroups: {on-the-way: [b-rule, a-rule]}\n"


def choosing(lines: str) -> str:
    return f"version: 1\nrules:\n  - id: a-rule\n    when: shipment.shipped\n    choose: {lines}\n"


def two(first: str = "", second: str = "", when: str = "shipment.shipped") -> str:
    """A file of two rules, each with more keys."""
    other = a_rule(when, more=second).replace("a-rule", "b-rule").partition("rules:\n")[2]
    return a_rule(more=first) + other


def test_choose_has_a_branch_per_line_and_otherwise_at_the_end() -> None:
    rule = the_rule(choosing(f"[{{if: shipment.eta is known, do: {SEND}}}, {{otherwise: {SEND}}}]"))
    first, last = rule.branches
    assert [condition.text for condition in first.conditions] == ["shipment.eta is known"]
    assert (last.conditions, len(rule.actions)) == ((), 2)


def test_otherwise_nothing_has_no_actions() -> None:
    *_, last = the_rule(
        choosing(f"[{{if: order.express, do: {SEND}}}, {{otherwise: nothing}}]")
    ).branches
    assert (last.conditions, last.actions) == ((), ())


def test_do_is_the_only_branch() -> None:
    (branch,) = the_rule(a_rule()).branches
    assert branch.conditions == ()
    assert isinstance(branch.actions[0], Send)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("[]", "5:13: choose needs a line [J03]"),
        (f"[{{if: order.express, do: {SEND}}}]", "5:14: the last line is {otherwise: …}"),
        (f"[{{otherwise: nothing}}, {{otherwise: {SEND}}}]", "5:14: otherwise is the last line"),
        (
            f"[{{if: order.express}}, {{otherwise: {SEND}}}]",
            "5:14: a line of choose needs do [J03]",
        ),
        (f"[{{do: {SEND}}}, {{otherwise: nothing}}]", "5:14: a line of choose needs if [J03]"),
        (
            "[{otherwise: nothing, if: order.express}]",
            "5:35: unknown key if; known: otherwise [J02]",
        ),
        ("[{otherwise: []}]", "5:26: do needs an action [J03]"),
        (
            f"[{{if: order.expres, do: {SEND}}}, {{otherwise: nothing}}]",
            "5:19: unknown fact order.expres",
        ),
    ],
)
def test_a_choice_with_a_mistake(lines: str, problem: str) -> None:
    assert only_problem(choosing(lines)).startswith(f"journeys/a.yaml:{problem}")


@pytest.mark.parametrize("choose", ["{choose: [{otherwise: nothing}]}", "[{choose: []}]"])
def test_choose_inside_do_says_where_it_stands(choose: str) -> None:
    assert "`choose` stands beside `when`, instead of `do` [J02]" in only_problem(a_rule(do=choose))


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("{vip: customer.tier = gold, handed-over: support.open}", {"vip": 1, "handed-over": 1}),
        ("{vip: [customer.tier = gold, order.express]}", {"vip": 2}),
        ("support.open", {"unless": 1}),
        ("[support.open, order.express]", {"unless": 2}),
        ("{any_of: [support.open, order.express]}", {"unless": 1}),
        ('{"!": {var: order.express}}', {"unless": 1}),
    ],
)
def test_exceptions_have_names(said: str, names: dict[str, int]) -> None:
    rule = the_rule(a_rule(more=f"unless: {said}"))
    assert {name: len(conditions) for name, conditions in rule.unless.items()} == names
    assert len(rule.every_condition) == sum(names.values())


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{Vip One: support.open}", "6:14: Vip One is no name"),
        ("{vip: support.opn}", "6:19: unknown fact support.opn"),
        ("{}", "6:13: a condition is missing here [J05]"),
        ("[]", "6:13: a condition is missing here [J05]"),
    ],
)
def test_an_exception_with_a_mistake(said: str, problem: str) -> None:
    assert only_problem(a_rule(more=f"unless: {said}")).startswith(f"journeys/a.yaml:{problem}")


def test_stops_may_be_of_any_order_of_the_customer() -> None:
    rule = the_rule(a_rule(more="stop_if: [order.cancelled, return.requested by the customer]"))
    assert rule.stop_if == (
        Listened("order.cancelled"),
        Listened("return.requested", by_customer=True),
    )
    assert "cannot stand here" in only_problem(a_rule(more="stop_if: order.cancelled by customer"))


def test_rules_of_a_group_name_it_and_are_named_by_it() -> None:
    rules = read(two("one_of: on-the-way", "one_of: on-the-way"), policies=GROUP)
    assert {rule.group for rule in rules.rules.values()} == {"on-the-way"}
    assert rules.policies.groups == {"on-the-way": ("b-rule", "a-rule")}


@pytest.mark.parametrize(
    ("first", "second", "policies", "problem"),
    [
        (
            "one_of: on-the-wy",
            "",
            "",
            "6:13: unknown group on-the-wy: policies.yaml has no `groups` [J07]",
        ),
        (
            "one_of: on-the-wy",
            "one_of: on-the-way",
            GROUP,
            "unknown group on-the-wy, did you mean on-the-way? [J07]",
        ),
        (
            "one_of: on-the-way",
            "",
            GROUP,
            "group on-the-way names b-rule, which needs `one_of: on-the-way` [J03]",
        ),
        ("", "", "version: 1\ngroups: {g: [c-rule]}\n", "2:14: unknown rule c-rule, did you mean"),
        (
            "one_of: g",
            "",
            "version: 1\ngroups: {g: b-rule}\n",
            "6:13: group g of policies.yaml does not name this rule",
        ),
        (
            "",
            "",
            "version: 1\ngroups: {g: [a-rule, a-rule]}\n",
            "2:22: a-rule stands in this group already [J06]",
        ),
        (
            "",
            "",
            "version: 1\ngroups: {G: []}\n",
            "2:10: G: a group is small letters, digits and hyphens",
        ),
    ],
)
def test_a_group_with_a_mistake(first: str, second: str, policies: str, problem: str) -> None:
    folder = a_folder(two(first, second)) | ({"policies.yaml": policies} if policies else {})
    assert problem in "\n".join(problems_of(folder))


def test_members_of_a_group_share_one_when() -> None:
    journey = two("one_of: on-the-way", "one_of: on-the-way", when="shipment.delivered")
    assert only_problem(journey, policies=GROUP) == (
        "journeys/a.yaml:3:5: a-rule and b-rule are in group on-the-way and must share one `when` "
        "[J14]"
    )


def test_a_season_has_its_days_and_a_late_date_its_word() -> None:
    rule = the_rule(
        a_rule("2 days before order.eta", more="from: 2026-11-01\nuntil: 2026-12-24\nif_late: send")
    )
    assert (rule.conduct.starts_on, rule.conduct.ends_on, rule.conduct.sends_late) == (
        date(2026, 11, 1),
        date(2026, 12, 24),
        True,
    )
    assert not the_rule(a_rule("2 days before order.eta")).conduct.sends_late


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("from: tomorrow", "6:11: a date such as 2026-03-05, not 'tomorrow' [J09]"),
        (
            "from: 2026-12-24\nuntil: 2026-11-01",
            "7:12: until 2026-11-01 lies before from 2026-12-24 [J09]",
        ),
        ("if_late: send", "6:5: if_late belongs to a rule that waits for a date [J02]"),
        ("choose: [{otherwise: nothing}]", "6:5: do or choose, not both [J02]"),
    ],
)
def test_a_key_that_does_not_fit(more: str, problem: str) -> None:
    assert only_problem(a_rule(more=more)) == f"journeys/a.yaml:{problem}"
