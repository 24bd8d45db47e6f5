from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conditions.condition import Position
from engine.conditions.problems import Problem, describe
from engine.language.folder.source_files import sources_of
from engine.language.reader import InvalidRuleset, read_published, read_ruleset
from engine.language.sentences.expand import UnreadableSentence, expand, sentence
from engine.language.sentences.parser import (
    EventPhrase,
    Fault,
    SentencePart,
    parse_condition,
    parse_when,
)
from tests.engine.language.folders import EVERY_PART, a_folder, a_rule, described, problems_of, read

EXAMPLES = """\
# yaml-language-server: $schema=../../.purna/rules.schema.json
version: 1
rules:
  - id: parcel-on-its-way-express
    when: shipment.shipped
    if: order.express = true
    do: [{send: shipped_express, by: [push, email], category: delivery}]

  - id: unhappy-customer-silence
    when: review.received
    if: review.stars <= 2
    do:
      - suppress: [sales, referral, recommendation]        # or: all marketing
        across: customer                   # every order of the customer; default: this order
        until: support.case_solved
        at_most: 60 days                   # compulsory: nothing is silenced for ever
      - {call: open_support_case, with: {order: order.id, stars: review.stars}}

  - id: five-stars-referral
    when: 2 days after review.received
    if:
      - review.stars = 5
      - order.returned = false
      - any_of: [customer.lifetime_orders >= 2, order.total >= 80 EUR]
    stop_if: return.requested
    once_per: {customer: 180 days}
    do:
      - {send: referral_invite, by: email, category: referral, valid_for: 5 days}
"""

FIVE_MISTAKES = """\
version: 1
rules:
  - id: first
    when: shipment.shiped
    if: stars <= 2
    do: [{send: hello, category: delivery, by: fax}]
  - id: second
    when: 2 days befor order.eta
    stop_iff: order.cancelled
    do: [{suppress: sales}]
"""


def test_the_examples_of_the_specification_load() -> None:
    folder = {
        f"templates/en/{name}.md": EVERY_PART for name in ("shipped_express", "referral_invite")
    }
    ruleset = read_ruleset({"journeys/orders.yaml": EXAMPLES} | folder)
    assert list(ruleset.rules) == [
        "parcel-on-its-way-express",
        "unhappy-customer-silence",
        "five-stars-referral",
    ]
    assert [rule.id for rule, _ in ruleset.by_event["review.received"]] == [
        "five-stars-referral",
        "unhappy-customer-silence",
    ]


def test_every_mistake_is_told_at_once_with_its_line_and_column() -> None:
    problems = problems_of(a_folder(FIVE_MISTAKES))
    places = [problem.partition(": ")[0].removeprefix("journeys/a.yaml:") for problem in problems]
    assert places == ["4:11", "5:9", "6:48", "8:18", "9:5", "10:10"]
    assert [problem[-5:] for problem in problems] == [
        "[J07]",
        "[J07]",
        "[J07]",
        "[J05]",
        "[J02]",
        "[J20]",
    ]


def test_mistakes_of_all_files_are_told_together() -> None:
    folder = a_folder("version: 1\nrules: [", policies="a: &x", answers="version: 9\nanswers: {}")
    files = {problem.partition(":")[0] for problem in problems_of(folder)}
    assert files == {"journeys/a.yaml", "policies.yaml", "answers.yaml"}


def test_a_problem_is_shown_under_its_line() -> None:
    assert described(a_rule("shipment.shiped")).splitlines() == [
        "journeys/a.yaml:4:11: unknown event shipment.shiped, did you mean shipment.shipped? [J07]",
        "      when: shipment.shiped",
        "            ^",
    ]


@pytest.mark.parametrize("place", [1, 80, 2500, 5000])
def test_a_long_line_is_cut_around_the_caret(place: int) -> None:
    line = "." * (place - 1) + "X" + "." * (5000 - place)
    _, shown, caret = describe(
        Problem(Position("a.yaml", 1, place), "wrong", "J05"), line
    ).splitlines()
    assert shown[caret.index("^")] == "X"
    assert 160 <= len(shown.strip()) <= 162
    assert (shown.strip()[0] == "…", shown.strip()[-1] == "…") == (place > 81, place < 4900)


def test_a_line_that_is_no_text_is_not_shown() -> None:
    problem = Problem(Position("a.yaml", 1, 1), "the file is not UTF-8 text", "J01")
    assert describe(problem, "\N{REPLACEMENT CHARACTER}") == str(problem)


def test_nothing_in_a_line_commands_the_terminal() -> None:
    problem = Problem(Position("a.yaml", 1, 3), "wrong", "J05")
    _, shown, caret = describe(problem, "a\x1bX").splitlines()
    assert (shown, caret) == ("  a X", "    ^")


def test_a_problem_without_a_line_is_shown_alone() -> None:
    problem = Problem(Position("journeys/", 1, 1), "nothing here", "J03")
    assert describe(problem, "") == "journeys/:1:1: nothing here [J03]"


def test_the_revision_names_the_content_whatever_the_line_ends() -> None:
    unix = a_folder()
    windows = {
        path: str(text).replace("\n", "\r\n").encode() for path, text in reversed(unix.items())
    }
    revision = read_ruleset(unix).revision
    assert len(revision) == 12
    assert read_ruleset(windows).revision == revision


def test_the_revision_changes_with_a_rule_and_a_template_but_not_with_a_test() -> None:
    folder = a_folder()
    revision = read_ruleset(folder).revision
    assert read_ruleset(folder | {"journeys/a.test.yaml": "not: read"}).revision == revision
    assert read_ruleset(folder | {"templates/en/hello.md": EVERY_PART + "!"}).revision != revision
    assert (
        read_ruleset(folder | {"journeys/a.yaml": a_rule(more="owner: ops")}).revision != revision
    )


def test_sources_are_kept_without_tests() -> None:
    files = read_ruleset(
        a_folder()
        | {
            "journeys/a.test.yaml": "x",
            "sources/shop.yaml": "version: 1\nscheme: shopify\nsecret: A",
        }
    ).files
    assert sorted(files) == ["journeys/a.yaml", "sources/shop.yaml", "templates/en/hello.md"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "polices.yaml",
            "polices.yaml:1:1: unknown file polices.yaml, did you mean policies.yaml? [J02]",
        ),
        ("journeys/b.yml", "journeys/b.yml:1:1: rule files end in .yaml [J02]"),
    ],
)
def test_a_misspelled_file_is_not_silently_left_out(path: str, problem: str) -> None:
    assert problems_of(a_folder() | {path: "version: 1"}) == [problem]


def test_a_folder_without_journeys_is_no_folder_of_rules() -> None:
    assert problems_of({"templates/en/hello.md": EVERY_PART}) == [
        "journeys/:1:1: a folder of rules needs a file in journeys/ [J03]"
    ]


def test_an_empty_journey_needs_its_keys() -> None:
    assert all(
        problem.startswith("journeys/a.yaml:1:1")
        for problem in problems_of({"journeys/a.yaml": b""})
    )


def test_rules_of_several_files_are_one_ruleset() -> None:
    folder = a_folder() | {"journeys/b.yaml": a_rule().replace("a-rule", "b-rule")}
    assert list(read_ruleset(folder).rules) == ["a-rule", "b-rule"]


def test_a_rule_is_found_under_its_former_id() -> None:
    ruleset = read(a_rule(more="renamed_from: old"))
    assert ruleset.rule("old") is ruleset.rules["a-rule"]


paths = st.sampled_from(
    [
        "journeys/a.yaml",
        "policies.yaml",
        "answers.yaml",
        "catalog.yaml",
        "templates/en/a.md",
        "journeys/b.yml",
        "x.yaml",
        "sources/a.yaml",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(paths, st.binary(max_size=80)))
def test_any_bytes_are_a_ruleset_or_problems(folder: dict[str, str | bytes]) -> None:
    with pytest.raises(InvalidRuleset):
        read_ruleset(a_folder() | folder | {"journeys/a.yaml": b"?"})


SAID = """
order.placed | order.eta | 5 days | 80 EUR | all marketing | customer | email | x = 5
| 2 days before order.eta | nothing | order.placed happened | every week at 10:00 | a | hello
| order.placed by the customer
"""
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([one.strip() for one in SAID.split("|")]),
)
WORDS = """
version rules id when if do send call with category by suppress at_most until grant for uses
once_per stop_if mode answers a type first plus starts then otherwise events facts order.gift
about default any_of none_of and var === from to time_zone quiet_hours categories kind ignores
caps per holdout percent salt subject sms unless choose one_of if_late set emit as only_if send_at
segments groups mix never_two_in_a_row digest template at_least breakers holds attach actions
recommend never calendar weekend closed country say count happened scheme secret tolerance header
encoding signs prefix item timestamp id
"""
keys = st.sampled_from(WORDS.split())
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=15,
)


@settings(deadline=None)
@given(paths, documents)
def test_any_document_is_a_ruleset_or_problems(path: str, document: object) -> None:
    with suppress(InvalidRuleset):
        assert read_ruleset(a_folder() | {path: _written(document)}).rules


RULE_KEYS = ["if", "once_per", "stop_if", "mode", "name", "renamed_from", "when", "do"]
MORE_KEYS = ["unless", "choose", "one_of", "from", "until", "if_late"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*RULE_KEYS, *MORE_KEYS]), documents, max_size=4), documents)
def test_any_rule_is_read_or_refused(more: dict[str, object], answer: object) -> None:
    rule = {
        "id": "a",
        "when": "order.placed",
        "do": [{"send": "hello", "category": "sales"}],
    } | more
    answers = {
        "version": 1,
        "answers": {
            "a": {"type": "money", "first": [{"if": answer, "then": answer}], "plus": answer}
        },
    }
    with suppress(InvalidRuleset):
        assert read_ruleset(
            a_folder(_written({"version": 1, "rules": [rule]}), answers=_written(answers))
        ).rules


def _written(value: object) -> str:
    """The value as YAML in one line, words plain where that may go wrong."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_written(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, str):
        return value
    return "~" if value is None else str(value).lower()


PIECES = """
( ) and or not in [ ] , = <= + - * 5 2.5 EUR days 2 between is known any no where x gold
order.items item.price 'a' now 2026-03-05 10:00 after order.placed contains true " ' before on
every week tuesday at without since happened within number of by the customer 30 hours day where
"""
pieces = st.lists(st.sampled_from(PIECES.split()), max_size=14).map(" ".join)
sentences = st.one_of(st.text(max_size=60), pieces)


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(sentences)
def test_any_text_is_a_sentence_or_a_fault(text: str) -> None:
    part = parse_condition(text)
    assert isinstance(part, SentencePart | Fault)
    assert isinstance(parse_when(text), EventPhrase | Fault)
    if isinstance(part, Fault):
        assert 0 <= part.offset <= len(text)
    with suppress(UnreadableSentence):
        assert expand(sentence(expand(text))) == expand(text)


TRIGGERS = """
2 days after order.delivered | 30, 14 and 3 days before | loyalty.points_expire_at at 10:00
| every 2 weeks on tuesday | 48 hours without shipment.scanned since | order.placed | on
| order.eta | day 3 | by the customer | at 25:00 | every | month | 1.5 | months | 0 | at 10:00
| answer.a | and
"""
clauses = st.lists(
    st.sampled_from([piece.strip() for piece in TRIGGERS.split("|")]), max_size=5
).map(" ".join)


@settings(deadline=None)
@given(st.lists(clauses, min_size=1, max_size=3))
def test_any_trigger_is_read_or_refused(when: list[str]) -> None:
    with suppress(InvalidRuleset):
        assert read_ruleset(
            a_folder(a_rule(_written([f"'{one}'" for one in when]), more="once_per: event"))
        ).rules


def test_a_file_whose_rules_are_missing_is_not_silently_empty() -> None:
    (problem,) = problems_of({"journeys/a.yaml": "version: 1\nrules:\n"})

    assert (
        problem == "journeys/a.yaml:2:7: rules needs a rule; a file without one is taken away [J03]"
    )


@pytest.mark.parametrize(
    "condition",
    ["order.total >= 80 XXQ", '{">=": [{"var": "order.total"}, {"money": [8, "XXQ"]}]}'],
)
def test_a_currency_that_does_not_exist_is_a_mistake(condition: str) -> None:
    (problem,) = problems_of(a_folder(a_rule(more=f"if: {condition}")))

    assert problem.endswith("unknown currency XXQ [J09]")


def test_a_comment_may_ignore_a_mistake_with_a_meaning() -> None:
    again = "shipment.delayed  # purna: ignore J18 once is enough"
    silent = (
        "[{suppress: [delivery], at_most: 1 day}]  # purna: ignore J20 it will not ignore "
        "silence for long"
    )

    assert read(a_rule(again, silent)).rules["a-rule"].once_per.keys == ("shipment",)


def test_a_comment_cannot_ignore_what_has_no_meaning() -> None:
    (problem,) = problems_of(a_folder(a_rule("order.placd  # purna: ignore J07 it will come")))

    assert problem.endswith("[J07]")


def test_what_was_published_before_names_had_to_be_short_is_still_read() -> None:
    rule, word = "a" * 200, "b" * 200
    call = f"{{call: open_support_case, with: {{stars: 1}}, as: {word}}}"
    journey = a_rule(do=f"[{call}, {{send: hello, category: delivery}}]", more="one_of: " + rule)
    journey += f"    unless: {{{word}: order.express = true}}\n"
    folder = a_folder(
        journey.replace("a-rule", rule),
        policies=f"version: 1\ngroups: {{{rule}: [{rule}]}}\n",
        catalog=f"version: 1\nsegments: {{{word}: customer.locale = fr}}\n",
        answers=f"version: 1\nanswers: {{{word}: {{type: days, first: {{otherwise: 1 day}}}}}}\n",
    )
    folder[f"sources/{rule}.yaml"] = "version: 1\nscheme: stripe\nsecret: PURNA_SECRET_A\n"

    ruleset = read_published(folder)
    assert list(ruleset.rules) == list(ruleset.policies.groups) == [rule]
    assert list(ruleset.answers) == list(ruleset.segments) == [word]
    assert list(sources_of(ruleset.files)) == [rule]
    assert len([one for one in problems_of(folder) if "small letters" in one or "100" in one]) == 7
