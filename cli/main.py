"""`purna`: the commands, their options, and how they end: 0 fine, 1 findings, 2 could not run."""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import asking, checking, olist
from cli import run as running
from cli.ask import ask
from cli.customers import erase, export
from cli.diff import diff
from cli.ending import ended
from cli.events import event
from cli.explain import explain
from cli.graph import graph
from cli.ledger import ledger
from cli.new_rule import new_rule
from cli.options import COULD_NOT_RUN, FOUND, AsJson, Home, RulesOption
from cli.plan import plan
from cli.revisions import rollback, rulesets
from cli.schema import schema
from cli.sentences import expand, say
from cli.simulate import simulate
from cli.testing import play_tests
from engine.checks.usage import MOST_A_DAY
from local.rehearsal.demo.log import SAMPLES
from operations.cannot_run import CannotRun

app = typer.Typer(
    help="Rules and journeys for what happens after a purchase.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
importing = typer.Typer(help="Turn somebody's tables into a log of events.", no_args_is_help=True)
app.add_typer(importing, name="import")


@app.command()
def run(
    home: Home = Path(".purna"),
    rules: RulesOption = Path("rules"),
    samples: Annotated[
        bool, typer.Option(help="Play twelve sample orders on the first start.")
    ] = True,  # a flag of the command line
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Start everything on this machine and stay up."""
    asyncio.run(running.run(home, rules, samples=samples, as_json=as_json))


@app.command()
def demo(
    events: Annotated[Path, typer.Option(help="A log of events, JSON Lines.")] = SAMPLES,
    orders: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many orders.")
    ] = None,
    rules: RulesOption = Path("rules"),
    home: Annotated[
        Path | None, typer.Option(help="Keep everything there; else it is gone afterwards.")
    ] = None,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Play a log on real parts and judge what was sent: lost, twice, or unexpected."""
    verdict = asyncio.run(running.demo(events, orders, rules, home))
    _print(verdict.to_json(), as_json=as_json)
    if not verdict.is_clean:
        raise typer.Exit(FOUND)


@app.command()
def check(  # each is an option of the command line
    rules: Annotated[Path, typer.Argument(help="The folder of rules.")] = Path("rules"),
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings are findings too.")
    ] = False,  # a flag of the command line
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended with certainty.")
    ] = False,  # a flag of the command line
    events: Annotated[
        Path | None, typer.Option(help="A log of events to try the rules on, JSON Lines.")
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            min=0, help=f"Firings a day that are not too many, {MOST_A_DAY}; needs --events."
        ),
    ] = None,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Tell everything that is wrong with a folder of rules; docs/checks explains each code."""
    if most is not None and events is None:
        raise CannotRun("--most needs --events")
    found = checking.check(rules, fix=fix, log=events, most=MOST_A_DAY if most is None else most)
    lines = [json.dumps(found.to_json())] if as_json else found.lines()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    if not found.is_good(strict=strict):
        raise typer.Exit(FOUND)


@app.command()
def publish(
    rules: Annotated[Path, typer.Argument(help="The folder of rules.")] = Path("rules"),
    home: Home = Path(".purna"),
    reason: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Check a folder of rules and make it the active revision; a bad one changes nothing."""
    told = asyncio.run(asking.publish(home, rules, reason))
    _print(told, as_json=as_json)
    if not told["reached"]:
        sys.stderr.write(
            "the revision is active; those it has not reached yet are nudged by the worker, soon\n"
        )


@app.command()
def migrate(
    home: Home = Path(".purna"), as_json: AsJson = False
) -> None:  # a flag of the command line
    """Bring the tables of PURNA_DATABASE_URL, or of the purna that runs here, up to date."""
    _print(asyncio.run(asking.migrate_tables(home)), as_json=as_json)


@importing.command("olist")
def import_olist(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the tables of the Olist data set.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The log to write, JSON Lines.")
    ] = Path("olist.jsonl"),
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Write the public Olist tables as a log of events."""
    found = olist.events_of(folder)
    olist.write_log(found, output)
    orders = {one["data"]["order"]["id"] for one in found if "order" in one["data"]}
    _print({"events": len(found), "orders": len(orders), "log": str(output)}, as_json=as_json)


app.command()(ask)
app.command()(explain)
app.command("test")(play_tests)
app.command()(simulate)
app.command()(diff)
app.command()(rulesets)
app.command()(rollback)
app.command()(expand)
app.command()(say)
app.command()(schema)
app.command()(new_rule)
app.command()(plan)
app.command()(graph)
app.command()(export)
app.command()(erase)
app.add_typer(event, name="event")
app.add_typer(ledger, name="ledger")


def main() -> None:
    """The entry point."""
    logging.getLogger("psycopg").addHandler(
        logging.NullHandler()
    )  # its pool tells of every attempt; we tell once
    sys.exit(exit_code())


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """Run a command, of the command line if none is given, and tell how it ended.

    Whatever goes wrong is a sentence on stderr, or with `--json` one object on stdout.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        code = app(
            words, standalone_mode=not as_json
        )  # alone it tells of misuse itself, with the usage
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else COULD_NOT_RUN
    except Exception as failure:  # noqa: BLE001  # what nobody foresaw is raised again
        return ended(failure, as_json=as_json)
    return code if isinstance(code, int) else 0


def _print(result: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    width = max(map(len, result))
    sys.stdout.write("".join(f"{name:<{width}}  {value}\n" for name, value in result.items()))
