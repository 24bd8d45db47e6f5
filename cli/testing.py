"""`purna test`: play the tests of a folder, simulated or live, or record one from a real order."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli import scenarios
from cli.options import FOUND, HOME, RULES, AsJson, Home, finding
from cli.recording import record as record_order
from operations.cannot_run import CannotRun

_Where = Annotated[
    Path,
    typer.Argument(
        help="A folder of rules, or a file or folder of tests within one.", envvar="PURNA_RULES"
    ),
]
_Junit = Annotated[Path | None, typer.Option(help="Write the results there as JUnit XML.")]
_Coverage = Annotated[bool, typer.Option("--coverage", help="Count what of the rules is tested.")]
_FailUnder = Annotated[
    float | None, typer.Option(help="The least coverage, in percent; needs --coverage.")
]
_Live = Annotated[
    bool, typer.Option("--live", help="Play them on real parts too; both must come to the same.")
]
_Record = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="order ID",
        help="Play nothing: write a test from an order of the purna that runs here.",
    ),
]
_Shop = Annotated[
    str | None,
    typer.Option(help="The shop of the order to record, where several have one of this id."),
]
_Out = Annotated[
    Path | None, typer.Option(help="Write the recorded test there; else it is printed.")
]


def play_tests(  # each is an option of the command line
    path: _Where = RULES,
    as_json: AsJson = False,  # a flag of the command line
    junit: _Junit = None,
    coverage: _Coverage = False,  # a flag of the command line
    fail_under: _FailUnder = None,
    live: _Live = False,  # a flag of the command line
    record: _Record = None,
    shop: _Shop = None,
    out: _Out = None,
    home: Home = HOME,
) -> None:
    """Play the scenarios beside the rules (`*.test.yaml`) and compare what happens with what they
    expect.
    """
    if record is not None:
        _record(home, record, shop, out)
        return
    if fail_under is not None and not coverage:
        raise CannotRun("--fail-under needs --coverage")
    tested = scenarios.run_tests(path, live=live)
    scenarios.report(tested, as_json=as_json, with_coverage=coverage, junit_file=junit)
    if not tested.is_good or (fail_under is not None and tested.coverage.percent < fail_under):
        raise typer.Exit(FOUND)


def _record(home: Path, record: tuple[str, str], shop: str | None, out: Path | None) -> None:
    kind, name = record
    if kind != "order":
        raise CannotRun(f"only an order can be recorded, as in `--record order A1`, not a {kind}")
    recorded = asyncio.run(record_order(home, name, shop))
    recorded.write(out)
    if recorded.differences:
        raise finding(
            f"the recorded test does not pass under the active rules\n\n{recorded.differences}"
        )
