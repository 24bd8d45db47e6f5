"""The digest as its own rules folder tells it: as many tests of silence as of speech."""

from datetime import date
from pathlib import Path

from cli.text.test_results import results
from operations.rules.check import sound_rules
from operations.rules.play_tests import play_tests

FOLDER = Path(__file__).parent / "rules"
TODAY = date(2026, 3, 2)


def test_every_story_of_the_digest_comes_true() -> None:
    tested = play_tests(FOLDER, TODAY)

    assert tested.is_good, results(tested, with_coverage=False)
    assert tested.count("passed") == 13


def test_the_coverage_counts_what_left_in_a_digest() -> None:
    lines = play_tests(FOLDER, TODAY).coverage.to_json()

    assert "digested" in str(lines)


def test_the_checks_know_what_a_digest_reads() -> None:
    assert sound_rules(FOLDER, TODAY, otherwise="nothing was tested").policies.digest
