"""Which line of `choose`, which place of a `do` and which member of a group an effect comes from,
as a rules folder tells it.
"""

from datetime import date
from pathlib import Path

from cli.text.test_results import results
from operations.rules.play_tests import play_tests

FOLDER = Path(__file__).parent / "rules"
TODAY = date(2026, 3, 2)


def test_every_story_of_lines_and_places_comes_true() -> None:
    tested = play_tests(FOLDER, TODAY)

    assert tested.is_good, results(tested, with_coverage=False)
