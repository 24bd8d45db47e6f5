"""The recipe book: every rule in it works, and the page shows the rules as they are."""

from pathlib import Path

import pytest

from cli.main import exit_code
from tests.house.recipes import FOLDER, PAGE, journeys, page, scenarios


def test_there_are_the_twenty_rules_people_write_first() -> None:
    assert len(journeys()) >= 20


@pytest.mark.parametrize("journey", journeys(), ids=lambda one: one.stem)
def test_each_recipe_is_shown_to_speak_and_to_stay_silent(journey: Path) -> None:
    assert len(scenarios(journey)) >= 2


def test_the_page_shows_the_rules_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.house.recipes"


def test_nothing_is_wrong_with_them() -> None:
    assert exit_code(["check", "--strict", str(FOLDER)]) == 0


def test_their_scenarios_pass() -> None:
    assert exit_code(["test", str(FOLDER)]) == 0
