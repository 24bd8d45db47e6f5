"""`purna test`: the tests of a folder, played; or one of them, recorded from a real order."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import played_tests
from cli.options import FOUND, HOME, RULES, AsJson, Home
from operations.cannot_run import CannotRun

_WHERE = "A folder of rules, or a file or folder of tests within one."
_Junit = Annotated[Path | None, typer.Option(help="Write the results there as JUnit XML.")]
_Coverage = Annotated[bool, typer.Option("--coverage", help="Count what of the rules is tested.")]
_FailUnder = Annotated[
    float | None, typer.Option(help="The least coverage, in percent; needs --coverage.")
]
_LIVE = "Play them on real parts too; both must come to the same."
_ACCEPT = "Write what happened into the tests that fail, as their new expectation."
_RECORD = "Play nothing: write a test from an order of the purna that runs here."
_SHOP = "The shop of the order to record, where several have one of this id."
_Out = Annotated[
    Path | None, typer.Option(help="Write the recorded test there; else it is printed.")
]


def play_tests(
    path: Annotated[Path, typer.Argument(help=_WHERE, envvar="PURNA_RULES")] = RULES,
    as_json: AsJson = False,
    junit: _Junit = None,
    coverage: _Coverage = False,
    fail_under: _FailUnder = None,
    live: Annotated[bool, typer.Option("--live", help=_LIVE)] = False,
    accept: Annotated[bool, typer.Option("--accept", help=_ACCEPT)] = False,
    record: Annotated[
        tuple[str, str] | None, typer.Option(metavar="order ID", help=_RECORD)
    ] = None,
    shop: Annotated[str | None, typer.Option(help=_SHOP)] = None,
    out: _Out = None,
    home: Home = HOME,
) -> None:
    """Play the scenarios beside the rules (`*.test.yaml`) and compare what happens with what they
    expect.
    """
    if record is not None:
        from cli.recorded_test import record_test  # the database's driver is slow to import

        record_test(home, record, shop, out)
        return
    if fail_under is not None and not coverage:
        raise CannotRun("--fail-under needs --coverage")
    if accept and live:
        raise CannotRun("--accept and --live do not go together: accept first, then play live")
    today = datetime.now(UTC).date()
    tested = played_tests.play(path, today, live=live, accept=accept)
    played_tests.report(tested, as_json=as_json, with_coverage=coverage, junit_file=junit)
    if not tested.is_good or (fail_under is not None and tested.coverage.percent < fail_under):
        raise typer.Exit(FOUND)
