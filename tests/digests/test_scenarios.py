"""The digest as its own rules folder tells it: as many tests of silence as of speech."""

from pathlib import Path

from cli.checking import sound_rules
from cli.scenarios import run_tests

FOLDER = Path(__file__).parent / "rules"


def test_every_story_of_the_digest_comes_true() -> None:
    tested = run_tests(FOLDER)

    assert tested.is_good, tested.text(with_coverage=False)
    assert tested.count("passed") == 13


def test_the_coverage_counts_what_left_in_a_digest() -> None:
    lines = run_tests(FOLDER).coverage.to_json()

    assert "digested" in str(lines)


def test_the_checks_know_what_a_digest_reads() -> None:
    assert sound_rules(FOLDER).policies.digest
