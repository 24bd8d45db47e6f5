"""`purna expand TEXT` and `purna say JSON`: a sentence of a rule as JsonLogic, and JsonLogic as a
sentence.
"""

import json
import sys
from typing import Annotated

import typer

from cli.options import AsJson, show
from engine.language.sentences.expand import UnreadableSentence, sentence
from engine.language.sentences.expand import expand as expanded
from operations.cannot_run import CannotRun, Findings

_LONGEST = 100_000


def expand(
    text: Annotated[
        str, typer.Argument(help="A condition or a trigger, or - to read it from stdin.")
    ],
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Print a sentence as JsonLogic."""
    try:
        logic = expanded(_argument(text).strip())
    except UnreadableSentence as unreadable:
        raise Findings(str(unreadable)) from None
    show(logic, [json.dumps(logic, ensure_ascii=False)], as_json=as_json)


def say(
    logic: Annotated[str, typer.Argument(help="JsonLogic, or - to read it from stdin.")],
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Print JsonLogic as a sentence."""
    try:
        told = json.loads(_argument(logic))
    except (ValueError, RecursionError):
        raise CannotRun("that is no JSON") from None
    try:
        text = sentence(told)
    except UnreadableSentence as unreadable:
        raise Findings(str(unreadable)) from None
    show(text, [text], as_json=as_json)


def _argument(text: str) -> str:
    return sys.stdin.read(_LONGEST) if text == "-" else text
