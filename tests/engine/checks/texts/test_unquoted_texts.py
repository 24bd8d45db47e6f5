import pytest

from engine.checks.mends import mended
from engine.checks.texts.unquoted_texts import check_unquoted
from engine.conditions.condition import Position
from engine.conditions.problems import Problem, Problems
from engine.language.nodes import read_nodes

FILE = "journeys/a.yaml"


def mend(text: str, code: str = "J05", line: int = 1, column: int = 99) -> str:
    return mended(
        FILE, text, [Problem(Position(FILE, line, column), "; put the sentence in quotes", code)]
    )


@pytest.mark.parametrize(
    "text", ["NO", "yes", "on", "Off", "21:00", "01234", "0x1F", "1_000", ".inf", "0b1"]
)
def test_text_that_yaml_1_1_takes_for_something_else_is_told(text: str) -> None:
    for file, column in ((f"a: {text}\n", 4), (f"a: [x, {text}]\n", 8), (f"{text}: a\n", 1)):
        (problem,) = check_unquoted({FILE: file})
        assert (problem.code, problem.position) == ("J04", Position(FILE, 1, column))


@pytest.mark.parametrize(
    "text",
    [
        "'NO'",
        '"21:00"',
        "12",
        "0",
        "1.5",
        "true",
        "null",
        "2026-03-02",
        "48h",
        "off-line",
        "'on': 3",
        "3: a",
    ],
)
def test_text_that_all_readers_take_alike_is_left_alone(text: str) -> None:
    assert list(check_unquoted({FILE: f"{text}\n" if ": " in text else f"a: {text}\n"})) == []


def test_the_mode_off_is_left_alone() -> None:
    assert list(check_unquoted({FILE: "mode: off\n"})) == []


def test_quotes_are_put_around_each_such_text_of_a_line() -> None:
    text = "quiet: {from: 21:00, to: 12:30}  # NO\non: [NO, x]\nmode: off\n"

    assert (
        mended(FILE, text, ())
        == 'quiet: {from: "21:00", to: "12:30"}  # NO\n"on": ["NO", x]\nmode: off\n'
    )


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('if: order.id contains "a #1"\n', "if: 'order.id contains \"a #1\"'\n"),
        ("- order.id = 'a #1'\n", "- \"order.id = 'a #1'\"\n"),
    ],
)
def test_a_sentence_that_a_number_sign_cut_is_put_in_quotes(text: str, right: str) -> None:
    assert mend(text) == right


@pytest.mark.parametrize(
    "text",
    [
        "[{if: customer.tier in [gold, silver], then: 3}]\n",
        "[{then: 3, if: customer.tier in [gold, silver]}]\n",
    ],
)
def test_a_sentence_that_a_bracket_cut_is_put_in_quotes(text: str) -> None:
    right = text.replace("customer.tier in [gold, silver]", '"customer.tier in [gold, silver]"')

    assert mend(text, "J01", column=text.index("[gold") + 1) == right
    assert read_nodes(FILE, right, Problems()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "if: order.total >=  # how much?\n",
        "if: 'order.total >='\n",
        "name: a #1\n",
        "when: 2 days after  # what?\n",
    ],
)
def test_what_is_no_sentence_even_whole_is_left_alone(text: str) -> None:
    assert mend(text) == text


def test_a_file_with_rare_line_separators_is_left_alone() -> None:
    text = "name: a\u2028b\nother: NO\n"

    assert mended(FILE, text, ()) == text
