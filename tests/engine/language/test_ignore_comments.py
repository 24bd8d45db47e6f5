import pytest

from engine.conditions.condition import Position
from engine.conditions.problems import Problem
from engine.language.ignore_comments import sifted

FILE = "journeys/a.yaml"


def kept(
    text: str, *problems: tuple[str, int], fixed: tuple[str, int] | None = None
) -> list[tuple[str, int]]:
    told = [Problem(Position(FILE, line, 1), "wrong", code) for code, line in problems]
    unread = [Problem(Position(FILE, fixed[1], 1), "wrong", fixed[0])] if fixed else []
    return [(one.code, one.position.line) for one in sifted(told, {FILE: text}, unread)]


@pytest.mark.parametrize(
    "text",
    [
        "when: x  # purna: ignore J25 they ask for it",
        "# purna: ignore J25 they ask for it\nwhen: x",
        "# purna: ignore J25 they ask for it\n\n# more\nwhen: x",
        "{# purna: ignore J25 they ask for it #}\nwhen: x",
    ],
)
def test_a_comment_is_about_its_line_or_the_next(text: str) -> None:
    assert kept(text, ("J25", text.count("\n") + 1)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: b\nwhen: x  # purna: ignore J26 another code",
        "when: x  # purna: ignore J25 another line\na: b",
        "# purna ignore J25 no colon\nwhen: x",
        "a: not#purna: ignore J25 no comment\nwhen: x",
    ],
)
def test_other_comments_ignore_nothing(text: str) -> None:
    assert ("J25", 2) in kept(text, ("J25", 2))


def test_a_comment_that_ignores_nothing_is_j40() -> None:
    assert kept("a: b  # purna: ignore J25 it was so once") == [("J40", 1)]


@pytest.mark.parametrize(
    "comment", ["# purna: ignore J25", "# purna: ignore", "# purna: ignore because"]
)
def test_a_comment_without_a_code_or_a_reason_is_j40(comment: str) -> None:
    assert ("J40", 1) in kept(f"a: b  {comment}", ("J25", 1))


def test_what_keeps_rules_from_being_read_cannot_be_ignored() -> None:
    text = "a: b  # purna: ignore J07 it will come"

    assert kept(text, fixed=("J07", 1)) == [("J07", 1), ("J40", 1)]


def test_what_nobody_has_looked_for_may_be_ignored_in_advance() -> None:
    text = "a: b  # purna: ignore J37 it speaks in December"

    assert list(sifted([], {FILE: text}, unasked={"J37"})) == []
    assert [one.code for one in sifted([], {FILE: text})] == ["J40"]
