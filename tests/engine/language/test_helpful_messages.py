"""Mistakes whose message once did not help: each is told where it begins, with what to write."""

import pytest

from engine.catalog.channels import CHANNELS
from tests.engine.language.folders import a_folder, a_rule, only_problem, problems_of, the_rule

HEAD = "version: 1\nrules:\n  - id: a-rule\n    when: shipment.shipped\n"
DO = "    do: [{send: hello, category: delivery}]\n"


@pytest.mark.parametrize(
    ("journey", "place", "said"),
    [
        (HEAD + '    name: "On its way\n' + DO, "5:11", 'this " is never closed'),
        (HEAD + "    name: 'On its way\n" + DO, "5:11", "this ' is never closed"),
        (HEAD + '    if: ["order.express\n' + DO, "5:10", 'this " is never closed'),
        (
            HEAD + '    name: "On its way\n    owner: "me"\n' + DO,
            "5:11",
            'this " is closed in line 6',
        ),
        (
            HEAD + "    if: 'order.placed_at < now and customer.locale = \"de'\n" + DO,
            "5:54",
            'this " is never closed',
        ),
        (HEAD + "    stop_if: [shipment.lost\n" + DO, "5:14", "this [ is never closed"),
        (HEAD + "    do: [{send: hello, category: delivery]\n", "5:10", "this { is closed by ]"),
        (HEAD + "    do: [{send: hello, category: delivery}\n", "5:9", "this [ is never closed"),
        (HEAD + "    do: [{send: hello, category: delivery\n", "5:10", "this { is never closed"),
    ],
)
def test_what_is_not_closed_is_told_where_it_opens(journey: str, place: str, said: str) -> None:
    problem = only_problem(journey)

    assert problem.startswith(f"journeys/a.yaml:{place}: ")
    assert said in problem


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        (
            "      if: order.express\n",
            "5:7",
            "too far right: its neighbours begin in column 5",
        ),
        (
            "     if: order.express\n",
            "5:6",
            "too far right: its neighbours begin in column 5",
        ),
        ("   if: order.express\n", "5:4", "too far left: its neighbours begin in column 5"),
    ],
)
def test_a_line_that_is_indented_wrongly_says_where_it_belongs(
    lines: str, place: str, said: str
) -> None:
    problem = only_problem(HEAD + lines + DO)

    assert problem.startswith(f"journeys/a.yaml:{place}: ")
    assert said in problem


def test_a_text_with_a_colon_still_needs_quotes() -> None:
    problem = only_problem(HEAD + "    name: Sent: on its way\n" + DO)

    assert problem.endswith("put a text with a colon in quotes [J01]")


@pytest.mark.parametrize(
    ("key", "verbs"),
    [
        ("by: email", "`send`"),
        ("category: delivery", "`send`"),
        ("at_most: 30 days", "`suppress`"),
        ("with: {a: 1}", "`send`, `call` or `emit`"),
    ],
)
def test_the_key_of_an_action_beside_the_rule_belongs_inside_it(key: str, verbs: str) -> None:
    problem = only_problem(a_rule(more=key))

    name = key.partition(":")[0]
    assert f"{name} belongs inside {verbs}: set it further right" in problem


def test_the_key_of_a_rule_inside_an_action_belongs_beside_when() -> None:
    problem = only_problem(
        a_rule(do="[{send: hello, category: delivery, stop_if: order.cancelled}]")
    )

    assert "stop_if belongs to the rule, beside `when`" in problem
    only_if = only_problem(a_rule(do="[{send: hello, category: delivery, if: order.express}]"))
    assert "an action says `only_if`" in only_if


@pytest.mark.parametrize(
    "written",
    ["180 days", "customer 180 days", "[180 days]", "180 days customer", "{180 days: customer}"],
)
def test_a_window_without_its_thing_is_asked_for_it(written: str) -> None:
    problem = only_problem(a_rule("review.received", more=f"once_per: {written}"))

    assert "{customer: 180 days}" in problem
    assert problem.endswith("[J19]")


def test_a_window_of_a_thing_that_is_named_keeps_it() -> None:
    problem = only_problem(a_rule("review.received", more="once_per: order 30 days"))

    assert "a window is written `{order: 30 days}`" in problem


@pytest.mark.parametrize("number", ["30", '"30"', "2.5"])
def test_a_length_without_its_unit_is_asked_for_it(number: str) -> None:
    do = f"[{{suppress: sales, at_most: {number}}}]"
    problem = only_problem(a_rule("review.received", do, "once_per: event"))

    bare = number.strip('"')
    assert f"{bare} what? write `{bare} days`" in problem


def test_an_answer_of_days_is_asked_for_its_unit() -> None:
    lines = "{type: days, first: [{if: order.express, then: 45}, {otherwise: 30 days}]}"
    problem = only_problem(answers=f"version: 1\nanswers:\n  window: {lines}\n")

    assert "45 what? write `45 days`" in problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("every monday", "every week on monday at 10:00"),
        ("every monday at 08:30", "every week on monday at 08:30"),
        ("monday at 10:00", "every week on monday at 10:00"),
        ("on monday at 10:00", "every week on monday at 10:00"),
        ("every week on monday", "at 10:00"),
        ("every week at 10:00 on monday", "every week on monday at 10:00"),
        ("daily at 10:00", "every day at 10:00"),
        ("every morning", "every day at 10:00"),
    ],
)
def test_a_schedule_is_told_how_it_is_written(written: str, meant: str) -> None:
    problem = only_problem(a_rule(written))

    assert meant in problem
    assert "YAML cut it" not in problem


def test_a_fact_of_ones_own_stands_in_the_catalog() -> None:
    problem = only_problem(a_rule(more="if: customer.is_vip"))

    assert "did you mean" not in problem
    assert "facts of your own stand in catalog.yaml" in problem


def test_a_misspelled_fact_is_still_recognised() -> None:
    problem = only_problem(a_rule(more="if: customer.lifetime_order >= 2"))

    assert "did you mean customer.lifetime_orders?" in problem


@pytest.mark.parametrize("subject", ["{{ order.id }}", "{{ order.id }} is on its way"])
def test_a_subject_that_begins_with_braces_is_one_mistake(subject: str) -> None:
    folder = a_folder() | {"templates/en/hello.md": f"---\nsubject: {subject}\n---\nHello.\n"}
    (problem,) = problems_of(folder)

    assert problem.startswith("templates/en/hello.md:2:10: ")
    assert 'put it in quotes: `subject: "{{ … }}"`' in problem


def test_an_action_that_nobody_registered_says_where_code_is_loaded() -> None:
    (problem,) = problems_of(a_folder(a_rule(do="[{call: book_a_courier}]")), {"refund": {}})

    assert "code of your own is loaded by `code` in purna.toml" in problem


def test_a_template_without_a_part_for_a_channel_says_how_it_gets_one() -> None:
    folder = a_folder(a_rule(do="[{send: hello, by: whatsapp, category: delivery}]")) | {
        "templates/en/hello.md": "---\nsubject: Hello\n---\nHello.\n"
    }
    (problem,) = problems_of(folder)

    assert "whatsapp" in CHANNELS
    assert "add `whatsapp:` at its head" in problem
    assert "nothing" not in problem


def test_an_id_of_three_thousand_characters_is_refused() -> None:
    problem = only_problem(HEAD.replace("a-rule", "a" * 3000) + DO)

    assert "at most 100 characters" in problem
    assert len(problem) < 300
    assert the_rule(HEAD.replace("a-rule", "a" * 100) + DO).id == "a" * 100


def test_a_rule_that_cannot_be_read_hides_no_mistake_of_the_others() -> None:
    problems = problems_of(
        a_folder(
            "version: 1\nrules:\n"
            "  - {id: twin, when: shipment.shipped, do: [{send: hello, category: delivery}]}\n"
            "  - {id: twin, when: shipment.shiped, do: [{send: hello, category: delivery}]}\n"
        )
    )

    assert [problem.rpartition(" ")[2] for problem in problems] == ["[J06]", "[J07]"]
