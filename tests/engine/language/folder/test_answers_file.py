from typing import Any

import pytest

from engine.catalog.values import FactType, Money, parse_duration
from engine.language.reader import read_ruleset
from tests.engine.language.folders import a_folder, a_rule, only_problem, problems_of, read

WINDOW = """\
version: 1
answers:
  return_window:
    type: days
    starts: order.delivered_at
    first:
      - {if: customer.tier = platinum, then: 60 days}
      - {if: customer.tier = gold, then: 45 days}
      - {otherwise: 30 days}
    plus:
      - {if: order.days_late >= 1, then: 4 days}
  quality_check:
    type: [none, lenient, strict]
    first: [{if: "customer.tier in [gold, platinum]", then: lenient}, {otherwise: strict}]
"""


def an_answer(kind: str = "integer", first: str = "[{otherwise: 5}]", more: str = "") -> str:
    return f"version: 1\nanswers:\n  fee:\n    type: {kind}\n    first: {first}\n" + (
        f"    {more}\n" if more else ""
    )


def test_the_table_of_the_specification_is_read() -> None:
    answers = read(answers=WINDOW).answers
    window = answers["return_window"]
    assert (window.type, window.starts, window.about) == (
        FactType("duration"),
        "order.delivered_at",
        "order",
    )
    assert [str(line.then) for line in window.first] == ["60 days", "45 days", "30 days"]
    assert [len(line.conditions) for line in window.first] == [1, 1, 0]
    assert [line.conditions[0].text for line in window.plus] == ["order.days_late >= 1"]
    assert answers["quality_check"].type == FactType("enum", ("none", "lenient", "strict"))


def test_rules_and_other_answers_read_answers() -> None:
    journey = a_rule(more="if: [answer.return_window.open, answer.quality_check = lenient]")
    assert len(read_ruleset(a_folder(journey, answers=WINDOW)).rules["a-rule"].conditions) == 2


@pytest.mark.parametrize(
    ("kind", "first", "then"),
    [
        ("days", "[{otherwise: 5 days}]", parse_duration("5 days")),
        ("duration", "[{otherwise: 5 hours}]", parse_duration("5 hours")),
        ("money", "[{otherwise: 5 EUR}]", Money(500, "EUR")),
        ("integer", "[{otherwise: 5}]", 5),
        ("boolean", "[{otherwise: false}]", False),
        ("text", "[{otherwise: five}]", "five"),
        ("[a, b]", "[{otherwise: a}]", "a"),
    ],
)
def test_a_line_gives_a_value_of_the_type(kind: str, first: str, then: Any) -> None:
    (line,) = read(answers=an_answer(kind, first)).answers["fee"].first
    assert line.then == then


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (an_answer("intger"), "4:11: unknown type intger, did you mean integer? [J09]"),
        (an_answer(first="[{otherwise: many}]"), "5:25: a number, not 'many' [J09]"),
        (
            an_answer("days", "[{otherwise: 5 hours}]"),
            "5:25: a number of days such as 60 days, not 5 hours [J09]",
        ),
        (an_answer("[a, b]", "[{otherwise: c}]"), "unknown value c; known: a, b [J09]"),
        (an_answer(first="[{if: order.express, then: 5}]"), "the last line is {otherwise: …}"),
        (an_answer(first="[{otherwise: 5}, {otherwise: 6}]"), "5:13: otherwise is the last line"),
        (an_answer(first="[{if: order.express}, {otherwise: 6}]"), "5:13: a line needs then [J03]"),
        (an_answer(first="[]"), "5:12: first needs a line [J03]"),
        (
            an_answer(first="[{if: order.expres, then: 5}, {otherwise: 6}]"),
            "5:18: unknown fact order.expres",
        ),
        (
            an_answer(more="starts: order.eta"),
            "6:5: starts belongs to an answer of type days [J09]",
        ),
        (
            an_answer("text", "[{otherwise: a}]", "plus: []"),
            "6:5: plus adds up days, money or integer only [J09]",
        ),
        (
            an_answer("days", "[{otherwise: 1 day}]", "starts: order.total"),
            "6:13: order.total is money, not a date [J09]",
        ),
        (
            an_answer("days", "[{otherwise: 1 day}]", "starts: order.et"),
            "6:13: unknown fact order.et, did you mean order.eta?",
        ),
        (
            an_answer("days", "[{otherwise: 1 day}]", "starts: review.stars_at"),
            "unknown fact review.stars_at",
        ),
        (an_answer(more="for: shipment"), "6:10: unknown for shipment"),
        (an_answer(more="say: fee"), "6:10: unknown template fee; known: hello [J07]"),
        (
            an_answer().replace("fee:", "Fee:"),
            "3:3: Fee is no name: small letters, digits and _ [J05]",
        ),
        ("version: 1\nanswers: [a]\n", "2:10: answers is a mapping from name to answer [J09]"),
        ("version: 2\nanswers: {}\n", "1:10: version 2 is not known here; this is version 1 [J09]"),
        ("answers: {}\n", "1:1: answers.yaml needs version [J03]"),
    ],
)
def test_an_answer_with_a_mistake(text: str, problem: str) -> None:
    assert problem in only_problem(answers=text)


def test_an_answer_about_items_reads_items_and_rules_about_orders_do_not_read_it() -> None:
    fee = an_answer(
        first="[{if: item.category = shoes, then: 5}, {otherwise: 6}]", more="for: item"
    )
    assert read(answers=fee).answers["fee"].about == "item"
    assert only_problem(a_rule(more="if: answer.fee = 5"), answers=fee).endswith(
        "belongs to an item of an order [J08]"
    )


def test_only_answers_in_days_with_a_start_end_on_a_day() -> None:
    journey = a_rule(more="if: answer.fee.open")
    assert "unknown fact answer.fee.open" in only_problem(journey, answers=an_answer())


@pytest.mark.parametrize("about", ["item", "return", "subscription", "customer"])
def test_an_answer_is_read_by_rules_about_its_thing_and_what_it_contains_only(about: str) -> None:
    yes = an_answer("boolean", "[{otherwise: true}]", f"for: {about}")
    events = {
        "return": "return.requested",
        "subscription": "subscription.started",
        "customer": "customer.created",
    }
    readers = {"customer": list(events)}.get(about, [about])

    for kind, event in (events | {"order": "order.placed"}).items():
        journey = a_rule(event, more="if: answer.fee")
        if kind in readers or about == "customer":
            assert read(journey, answers=yes).rules["a-rule"].conditions
        else:
            assert only_problem(journey, answers=yes).endswith("[J08]")


SAID = an_answer(more="say: fee_words")


def said_as(*texts: str, locales: tuple[str, ...] = ("en",)) -> dict[str, str | bytes]:
    told = dict(zip(locales, texts, strict=True))
    return a_folder(answers=SAID) | {
        f"templates/{locale}/fee_words.md": text for locale, text in told.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "It costs {{ answer.fee }}.\n",
        "---\n---\nIt costs nothing.\n",
        "---\nsubject: Fee\n---\nIt costs.\n",
    ],
)
def test_an_answer_is_said_with_the_text_of_a_template_that_need_be_no_message(text: str) -> None:
    assert read_ruleset(said_as(text)).answers["fee"].say == "fee_words"


def test_a_text_that_no_answer_says_is_a_mail_without_subject() -> None:
    folder = said_as("---\n---\nIt costs.\n") | {"answers.yaml": an_answer()}

    assert "the subject is missing [J03]" in problems_of(folder)[0]


@pytest.mark.parametrize(
    ("texts", "locales", "problem"),
    [
        (
            ["Ada biaya."],
            ["id"],
            "answers.yaml:6:10: template fee_words is missing in en, the default locale [J24]",
        ),
        (
            ["---\nsms: Hi\n---\n"],
            ["en"],
            "6:10: template fee_words has no text below its second ---",
        ),
        (
            ["---\n---\n"],
            ["en"],
            "en/fee_words.md:1:1: an answer is said with this template, but it says nothing [J03]",
        ),
        (
            [" \n"],
            ["en"],
            "en/fee_words.md:1:1: an answer is said with this template, but it says nothing [J03]",
        ),
    ],
)
def test_a_sentence_that_cannot_be_said_is_a_mistake(
    texts: list[str], locales: list[str], problem: str
) -> None:
    assert problem in problems_of(said_as(*texts, locales=tuple(locales)))[0]


def test_a_sentence_cannot_be_sent() -> None:
    journey = a_rule(do="[{send: fee_words, category: delivery, by: email}]")

    assert problems_of(said_as("It costs.\n") | {"journeys/a.yaml": journey}) == [
        (
            "journeys/a.yaml:5:17: template fee_words has no part for email: "
            "it needs `subject:` at its head and a text below [J24]"
        )
    ]
