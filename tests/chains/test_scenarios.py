"""Actions that read what a call answers, and lines of `when` that wait side by side, as a rules
folder tells them.
"""

from pathlib import Path

from cli.scenarios import run_tests

FOLDER = Path(__file__).parent / "rules"


def test_every_story_of_what_waits_for_what_comes_true() -> None:
    tested = run_tests(FOLDER)

    assert tested.is_good, tested.text(with_coverage=False)
