"""Tests played for a person who waits, simulated or live too, and their results printed."""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

from cli.text.junit import junit
from cli.text.test_results import results
from operations.rules.play_tests import Tested, read_tests


def play(path: Path, today: date, *, live: bool, accept: bool = False) -> Tested:
    """Play the tests; if `live` on real parts as well, and what became of them there is the
    result. `accept` writes what happened into those that fail before.
    """
    if accept:
        _accept(path, today)
    tests = read_tests(path, today)
    try:
        played = simulated = tests.play(_show_name)
    finally:
        _show_name("")
    if live:
        # The servers and their drivers are slow to import.
        from local.rehearsal.live.run import play_live

        played = asyncio.run(play_live(tests.scenarios, tests.ruleset, _show_name))
        _show_name("")
    return tests.verdict(played, simulated)


def _accept(path: Path, today: date) -> None:
    tests = read_tests(path, today)
    played = tests.play(_show_name)
    _show_name("")
    for file in tests.accept(tests.verdict(played, played).verdicts):
        sys.stderr.write(f"{file}: written anew; look at the difference before you keep it\n")


def report(tested: Tested, *, as_json: bool, with_coverage: bool, junit_file: Path | None) -> None:
    """Print the results, and write them as JUnit XML if a file is named."""
    if junit_file is not None:
        junit_file.write_text(junit(tested.verdicts, tested.ruleset), "utf-8")
    text = results(tested, with_coverage=with_coverage)
    sys.stdout.write(json.dumps(tested.to_json()) + "\n" if as_json else text)


def _show_name(name: str) -> None:
    """Which test is played, for a person who waits."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{name}")
