import pytest

from tests.engine.language.folders import a_rule, only_problem, read, the_rule


def segments(*lines: str) -> str:
    return "\n".join(["version: 1", "segments:", *(f"  {line}" for line in lines)]) + "\n"


def answers(*lines: str) -> str:
    return "\n".join(["version: 1", "answers:", *(f"  {line}" for line in lines)]) + "\n"


LAPSED = segments(
    "lapsed: [customer.lifetime_orders >= 1, not (order.placed happened by the customer within 90 "
    "days)]"
)


def test_a_segment_is_a_fact_of_the_customer_that_every_rule_reads() -> None:
    ruleset = read(a_rule(more="if: segment.lapsed and order.express"), catalog=LAPSED)
    assert [condition.text for condition in ruleset.segments["lapsed"]] == [
        "customer.lifetime_orders >= 1",
        "not (order.placed happened by the customer within 90 days)",
    ]
    assert ruleset.rules["a-rule"].conditions[0].reads == {"segment.lapsed", "order.express"}
    assert "order.placed" in ruleset.watched


def test_a_segment_may_be_passed_on_and_read_by_answers_and_segments() -> None:
    fee = answers("fee: {type: integer, first: [{if: segment.lapsed, then: 0}, {otherwise: 5}]}")
    both = LAPSED + "  dear: [segment.lapsed, customer.tier = gold]\n"
    rule = the_rule(a_rule(do="{call: x, with: {lapsed: segment.dear}}"), catalog=both, answers=fee)
    assert rule.actions


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("lapsed: [customer.lifetime_order >= 1]", "3:12: unknown fact customer.lifetime_order"),
        ("new: order.express", "a rule about customer cannot read order.express"),
        ("new: []", "3:8: a condition is missing here [J05]"),
        ("New One: support.open", "3:3: New One is no name: small letters, digits and _ [J05]"),
        ("new: segment.nw", "unknown fact segment.nw, did you mean segment.new? [J07]"),
        (
            "new: customer.tier",
            "customer.tier is one of none, silver, gold, platinum, not a condition",
        ),
    ],
)
def test_a_segment_with_a_mistake(line: str, problem: str) -> None:
    assert problem in only_problem(catalog=segments(line))


def test_segments_are_a_mapping() -> None:
    assert "segments is a mapping from name to conditions" in only_problem(
        catalog="version: 1\nsegments: [a]\n"
    )


def test_segments_that_read_each_other_are_a_circle() -> None:
    circle = segments("a: segment.b", "b: segment.c or support.open", "c: not segment.a")
    told = "a circle: segment.a reads segment.b reads segment.c reads segment.a [J17]"
    assert only_problem(catalog=circle) == f"catalog.yaml:3:6: {told}"
    assert "a circle: segment.a reads segment.a" in only_problem(catalog=segments("a: segment.a"))


def test_answers_that_read_each_other_are_a_circle() -> None:
    one = "one: {type: integer, first: [{if: answer.two > 1, then: 1}, {otherwise: 2}]}"
    two = "two: {type: integer, first: [{otherwise: 2}], plus: [{if: answer.one > 1, then: 1}]}"
    assert "a circle: answer.one reads answer.two reads answer.one [J17]" in only_problem(
        answers=answers(one, two)
    )
    assert read(answers=answers(one, two.replace("answer.one > 1", "order.express"))).answers


def test_the_start_of_an_answer_counts_for_a_circle_and_so_does_its_last_day() -> None:
    one = "one: {type: days, starts: answer.two.ends_on, first: [{otherwise: 1 day}]}"
    two = (
        "two: {type: days, starts: order.eta, first: [{if: answer.one.open, then: 2 days}, "
        "{otherwise: 1 day}]}"
    )
    assert only_problem(answers=answers(one, two)).endswith(
        "answer.one reads answer.two reads answer.one [J17]"
    )


def test_answers_and_segments_can_run_in_one_circle() -> None:
    table = answers(
        "a: {type: boolean, for: customer, first: [{if: segment.s, then: true}, {otherwise: "
        "false}]}"
    )
    assert "answer.a reads segment.s" in only_problem(
        answers=table, catalog=segments("s: answer.a")
    )


def test_an_answer_says_its_template() -> None:
    table = answers("fee: {type: integer, say: hello, first: [{otherwise: 5}]}")
    assert read(answers=table).answers["fee"].say == "hello"
