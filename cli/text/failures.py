"""How whatever went wrong is told: a sentence on stderr for a person, `{"error": …}` on stdout for
a machine.
"""

import json
import sys

import typer
from typer.exceptions import TyperException

from cli.options import COULD_NOT_RUN, FOUND
from operations.cannot_run import CannotRun, Findings, unusable


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
        case CannotRun():
            return str(failure)
        case OSError():
            return unusable(failure)
        case typer.Abort():
            return "given up"
        case TyperException():
            told = getattr(failure, "format_message", failure.__str__)
            return str(told())
        case _:
            # It imports the database drivers, which no other failure should wait for.
            from cli.text.failures_of_parts import sentence

            return sentence(failure)
