import pytest

from engine.catalog.values import parse_duration
from engine.rules.rule import After, Listened, OncePer, OnEvent, RuleConduct, RuleLabel
from tests.engine.language.folders import (
    a_folder,
    a_rule,
    only_problem,
    problems_of,
    read,
    the_rule,
)


def test_a_rule_with_every_default() -> None:
    rule = the_rule(a_rule())
    assert (rule.id, rule.triggers, rule.about) == (
        "a-rule",
        (OnEvent("shipment.shipped"),),
        "shipment",
    )
    assert rule.conduct == RuleConduct("live", "follow")
    assert rule.once_per == OncePer(("shipment",))
    assert (rule.conditions, rule.stop_if, rule.label.renamed_from, str(rule.position)) == (
        (),
        (),
        None,
        "journeys/a.yaml:3:5",
    )


def test_a_rule_with_every_key() -> None:
    more = (
        "name: A rule\nowner: ops\nmode: off\nin_flight: pin\nrenamed_from: old\nif: order.express"
    )
    rule = the_rule(
        a_rule("2 days after shipment.shipped", more=f"{more}\nstop_if: [order.cancelled]")
    )
    assert rule.triggers == (After(parse_duration("2 days"), "shipment.shipped"),)
    assert rule.label == RuleLabel("A rule", "ops", "old")
    assert rule.conduct == RuleConduct("off", "pin")
    assert [c.text for c in rule.conditions] == ["order.express"]
    assert rule.stop_if == (Listened("order.cancelled"),)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("event", OncePer(("event",))),
        ("order", OncePer(("order",))),
        ("review.product_id", OncePer(("review.product_id",))),
        ("[customer, review.stars]", OncePer(("customer", "review.stars"))),
        (
            "[customer, review.product_id, 90 days]",
            OncePer(("customer", "review.product_id"), parse_duration("90 days")),
        ),
        ("{customer: 180 days}", OncePer(("customer",), parse_duration("180 days"))),
    ],
)
def test_once_per_in_every_form(said: str, expected: OncePer) -> None:
    assert the_rule(a_rule("review.received", more=f"once_per: {said}")).once_per == expected


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("parcel", "[J07]"),
        ("ordr", "did you mean order? [J07]"),
        ("shipment", "does not know which shipment is meant [J19]"),
        ("subscription.status", "which belongs to subscription [J19]"),
        ("{customer: 180}", "[J09]"),
        ("{customer: 1 day, order: 1 day}", "[J09]"),
        ("[]", "[J09]"),
    ],
)
def test_a_once_key_that_cannot_be_told_is_a_problem(said: str, end: str) -> None:
    assert only_problem(a_rule("review.received", more=f"once_per: {said}")).endswith(end)


def test_a_repeating_event_says_how_often() -> None:
    problem = only_problem(a_rule("shipment.scanned"))
    assert problem.startswith("journeys/a.yaml:4:11: shipment.scanned may happen again")
    assert problem.endswith("[J18]")
    assert the_rule(a_rule("shipment.scanned", more="once_per: event")).once_per == OncePer(
        ("event",)
    )


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        (
            "shipment.shiped",
            "4:11: unknown event shipment.shiped, did you mean shipment.shipped? [J07]",
        ),
        (
            "2 days after shipment.shiped",
            "4:24: unknown event shipment.shiped, did you mean shipment.shipped? [J07]",
        ),
        (
            '"2 days after shipment.shiped"',
            "4:25: unknown event shipment.shiped, did you mean shipment.shipped? [J07]",
        ),
        ("order.eta", "4:11: order.eta is a date, not an event; write `on order.eta` [J07]"),
        (
            "order.total",
            (
                "4:11: order.total is a fact, not an event; what holds at a moment belongs in `if` "
                "[J07]"
            ),
        ),
        ("5", "4:11: 5 cannot stand here; may follow: a number"),
        ("[a.b]", "4:12: unknown event a.b [J07]"),
        ("[]", "4:11: when needs a sentence [J03]"),
    ],
)
def test_a_trigger_with_a_mistake(when: str, problem: str) -> None:
    if when == "5":
        assert only_problem(a_rule(when)).endswith("[J05]")
    else:
        assert only_problem(a_rule(when)) == f"journeys/a.yaml:{problem}"


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ("order.express", ["order.express"]),
        ("[order.express, shipment.number = 1]", ["order.express", "shipment.number = 1"]),
        (
            "{any_of: [order.express, shipment.number = 1]}",
            ["order.express or shipment.number = 1"],
        ),
        (
            "{all_of: [order.express, shipment.number = 1]}",
            ["order.express and shipment.number = 1"],
        ),
        (
            "{none_of: [order.express, shipment.number = 1]}",
            ["not (order.express or shipment.number = 1)"],
        ),
        ("{none_of: order.express}", ["not order.express"]),
        (
            "{any_of: [order.express, [order.express, order.returned]]}",
            ["order.express or order.express and order.returned"],
        ),
        ('{"==": [{var: shipment.number}, 1]}', ["shipment.number = 1"]),
        ('{"!": {var: order.express}}', ["not order.express"]),
    ],
)
def test_conditions_in_every_form(said: str, texts: list[str]) -> None:
    assert [c.text for c in the_rule(a_rule(more=f"if: {said}")).conditions] == texts


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("stars = 5", "6:9: stars is no fact: facts have a dot, did you mean"),
        ("'shipment.number = gold'", "6:28: shipment.number is a whole number, gold is text [J09]"),
        (
            "{any_of: [order.express, shipment.number]}",
            "6:34: shipment.number is a whole number, not a condition",
        ),
        (
            '{"==": [{var: shipment.numbr}, 1]}',
            "6:17: unknown fact shipment.numbr, did you mean shipment.number? [J07]",
        ),
        ('{"=": [{var: shipment.number}, 1]}', "6:9: unknown operator =, did you mean === or"),
        ("{and: [true], or: [true]}", "6:9: one operator at a time, not 2: and, or [J05]"),
        ("[]", "6:9: a condition is missing here [J05]"),
        ("{any_of: []}", "6:18: a condition is missing here [J05]"),
        ("[order.express, ]", ""),
        ("[order.express, ~]", "6:25: a condition is missing here [J05]"),
        ("order.express and # later", "6:26: the sentence stops too early"),
        (
            "loyalty.points_balance > review.stars",
            "6:34: a rule about shipment cannot read review.stars",
        ),
    ],
)
def test_a_condition_with_a_mistake(said: str, problem: str) -> None:
    if not problem:
        assert the_rule(a_rule(more=f"if: {said}"))
    elif "=, did" in problem:
        assert only_problem(a_rule(more=f"if: {said}")).startswith(
            "journeys/a.yaml:6:9: unknown operator ="
        )
    else:
        assert only_problem(a_rule(more=f"if: {said}")).startswith(f"journeys/a.yaml:{problem}")


def test_a_sentence_over_two_lines_is_blamed_on_its_line() -> None:
    journey = a_rule(more="if: order.express and\n    shipment.number = gold")
    assert only_problem(journey).startswith(
        "journeys/a.yaml:7:27: shipment.number is a whole number"
    )


def test_a_comment_that_cut_a_sentence_is_suspected() -> None:
    assert "put the sentence in quotes" in only_problem(
        a_rule(more="if: order.express and # later")
    )


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("choose: []", "6:5: do or choose, not both [J02]"),
        ("one_of: x", "6:13: unknown group x: policies.yaml has no `groups` [J07]"),
        ("stop_iff: x", "6:5: unknown key stop_iff, did you mean stop_if?"),
        ("mode: of", "6:11: unknown mode of, did you mean off? [J09]"),
        ("stop_if: order.eta", "6:14: order.eta is a fact, not an event"),
        ("renamed_from: Old Rule", "6:19: renamed_from is small letters, digits and hyphens"),
        ("name: [a]", "6:11: a text, not a list"),
    ],
)
def test_a_key_with_a_mistake(more: str, problem: str) -> None:
    assert only_problem(a_rule(more=more)).startswith(f"journeys/a.yaml:{problem}")


def test_an_unknown_key_lists_those_there_are() -> None:
    assert "Keys of a rule" in only_problem(a_rule(more="stop_iff: x"))
    assert "id, if, if_late, in_flight, mode, name" in only_problem(a_rule(more="stop_iff: x"))


def test_missing_keys_are_told_at_the_rule() -> None:
    problems = problems_of(a_folder("version: 1\nrules:\n  - {name: empty}\n"))
    assert problems == [
        f"journeys/a.yaml:3:5: a rule needs {key} [J03]" for key in ("do or choose", "id", "when")
    ]


def test_two_rules_of_one_id_are_told_with_the_first() -> None:
    twice = a_rule() + a_rule().partition("rules:\n")[2]
    assert (
        only_problem(twice)
        == "journeys/a.yaml:6:5: rule a-rule stands at journeys/a.yaml:3:5 already [J06]"
    )


def test_two_rules_cannot_have_had_one_id() -> None:
    second = a_rule(more="renamed_from: old").replace("a-rule", "b-rule").partition("rules:\n")[2]
    assert only_problem(a_rule(more="renamed_from: old") + second).endswith(
        "a-rule says so already [J06]"
    )
    assert only_problem(a_rule() + second.replace("old", "a-rule")).endswith(
        "there still is a rule of that id [J06]"
    )


def test_a_rule_that_is_off_is_read_but_not_fired() -> None:
    ruleset = read(a_rule(more="mode: off"))
    assert list(ruleset.rules) == ["a-rule"]
    assert ruleset.by_event == {}


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("[{send: hello}]", "5:5: a colon is missing after `do` [J02]"),
        ("[{send: hello, category: delivery}]", "5:7: a colon is missing after `do` [J01]"),
    ],
)
def test_a_list_whose_key_lacks_the_colon_says_so(do: str, told: str) -> None:
    assert f"journeys/a.yaml:{told}" in problems_of(a_folder(a_rule(do=do).replace("do:", "do")))


@pytest.mark.parametrize(
    ("said", "counting"),
    [("", "sent"), ("counting: sent", "sent"), ("counting: decided", "decided")],
)
def test_what_counts_for_once_per(said: str, counting: str) -> None:
    assert the_rule(a_rule(more=said)).once_per.counting == counting
    assert the_rule(a_rule(more=f"once_per: order\n{said}")).once_per.counting == counting


def test_nothing_else_can_be_counted() -> None:
    assert "J09" in only_problem(a_rule(more="counting: tried"))
