import pytest

from tests.engine.checks.folders import a_folder, a_rule, found

CODE = "{call: create_discount_code, with: {kind: percent, value: 5, valid_days: 30}, as: gift}"
STORY = "version: 1\ntests:\n  - name: one\n    story:\n      - {at: 0h, event: order.placed}\n"


def after(action: str) -> list[str]:
    folder = a_folder(
        a_rule("order.placed", f"[{CODE}, {action}]"),
        templates={"en/hello.md": "---\nsms: x {{ a }}\n---\n"},
    )
    return found(folder, "J32")


def test_a_result_that_nothing_reads_is_told() -> None:
    assert after("{send: hello, category: sales}") == ["J32 5"]


@pytest.mark.parametrize(
    "action",
    [
        "{send: hello, category: sales, with: {a: gift.value}}",
        "{send: hello, category: sales, only_if: gift.value is known}",
        "{call: tell_team, with: {text: gift.value}}",
    ],
)
def test_a_result_that_something_reads_is_left_alone(action: str) -> None:
    assert after(action) == []


@pytest.mark.parametrize(
    "line",
    [
        "- {at: 1h, expect: nothing, because: {a-rule: condition_false}}",
        "- {at: 1h, expect: [{send: hello, by: email}]}",
        "- {at: 1h, expect: {send: hello}}",
    ],
)
def test_a_rule_that_a_story_names_or_expects_something_of_is_tested(line: str) -> None:
    assert found(a_folder(a_rule("order.placed"), tests=f"{STORY}      {line}\n"), "J35") == []


def test_a_rule_that_no_story_is_about_is_told_unless_it_is_off() -> None:
    other = f"{STORY}      - {{at: 1h, expect: [{{send: other}}]}}\n"

    assert found(a_folder(a_rule("order.placed"), tests=other), "J35") == ["J35 3"]
    assert found(a_folder(a_rule("order.placed", more="mode: 'off'"), tests=other), "J35") == []


@pytest.mark.parametrize(("until", "lines"), [("2026-03-01", ["J38 6"]), ("2026-03-02", [])])
def test_a_rule_is_over_the_day_after_its_last(until: str, lines: list[str]) -> None:
    assert found(a_folder(a_rule("order.placed", more=f"until: {until}"))) == lines


ANSWERS = """\
answers:
  fee: {for: return, type: money, first: [{otherwise: 5 EUR}]}
  goes_back: {for: item, type: boolean, first: [{otherwise: true}]}
"""


def test_an_answer_on_which_nothing_acts_is_told() -> None:
    idle = a_folder(a_rule("return.requested"), answers=ANSWERS)
    acted = "[{send: hello, category: delivery, only_if: answer.fee > 0 EUR}]"
    passed = "[{send: hello, category: delivery, with: {fee: answer.fee}}]"

    assert found(idle, "J46") == ["J46 3"]
    assert found(a_folder(a_rule("return.requested", acted), answers=ANSWERS), "J46") == []
    assert found(a_folder(a_rule("return.requested", passed), answers=ANSWERS), "J46") == []


def test_an_answer_that_a_template_or_another_answer_reads_is_acted_on() -> None:
    lines = "first: [{if: answer.fee > 0 EUR, then: true}, {otherwise: false}]"
    other = f"  due: {{for: return, type: boolean, {lines}}}\n"
    text = "{% if answer.due %}x{% endif %}"
    written = {"en/hello.md": f"---\nsubject: Hi\n---\n{text}\n"}
    folder = a_folder(a_rule("return.requested"), templates=written, answers=ANSWERS + other)

    assert found(folder, "J46") == []
