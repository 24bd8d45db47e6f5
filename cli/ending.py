"""How whatever went wrong is told: a sentence on stderr for a person, `{"error": …}` on stdout for
a machine.
"""

import json
import sys

import psycopg
import sqlalchemy.exc
import typer
from typer.exceptions import TyperException

from cli import olist
from cli.options import COULD_NOT_RUN, FOUND
from engine.conditions.problems import InvalidRuleset
from local.embedded.address import NotRunning
from local.embedded.process import CannotStart
from operations.cannot_run import CannotRun, Findings, unusable
from store.ports import Contended
from store.records.activations import NoRuleset, TooOld


def ended(failure: Exception, *, as_json: bool) -> int:
    """Tell of a failure; the exit code. What nobody foresaw is raised again."""
    code, message = (
        (FOUND, str(failure))
        if isinstance(failure, Findings)
        else (COULD_NOT_RUN, _sentence(failure))
    )
    if isinstance(failure, typer.Abort):
        code = FOUND
    if as_json:
        error = {"error": {"exit": code, "message": message}}
        sys.stdout.write(json.dumps(error, ensure_ascii=False) + "\n")
    else:
        before = "" if code == FOUND else "purna: "
        sys.stderr.write(f"{before}{message}\n")
    return code


def _sentence(failure: Exception) -> str:
    match failure:
        case (
            CannotRun()
            | CannotStart()
            | NotRunning()
            | NoRuleset()
            | TooOld()
            | Contended()
            | olist.UnreadableTables()
        ):
            return str(failure)
        case InvalidRuleset():
            return f"the active rules cannot be read here\n{failure}"
        case psycopg.Error() | sqlalchemy.exc.SQLAlchemyError():
            return _of_database(failure)
        case OSError():
            return unusable(failure)
        case typer.Abort():
            return "given up"
        case TyperException():
            told = getattr(failure, "format_message", failure.__str__)
            return str(told())
        case _:
            raise failure


def _of_database(failure: Exception) -> str:
    """What is wrong with the database; a driver's own words may hold the address and
    its password.
    """
    cause = failure.__cause__ if isinstance(failure, sqlalchemy.exc.DBAPIError) else failure
    match cause:
        case psycopg.OperationalError():
            return "the database does not answer"
        case psycopg.errors.UndefinedTable():
            return "the database has no tables yet: run `purna migrate`"
        case _:
            return f"the database refused: {type(cause).__name__}"
