"""`purna expand TEXT`: a sentence of a rule as JsonLogic."""

import json
from typing import Annotated

import typer

from cli.options import AsJson, show, text_or_stdin
from operations.rules import sentences


def expand(
    text: Annotated[
        str, typer.Argument(help="A condition or a trigger, or - to read it from stdin.")
    ],
    as_json: AsJson = False,
) -> None:
    """Print a sentence as JsonLogic."""
    logic = sentences.expand(text_or_stdin(text))
    show(logic, [json.dumps(logic, ensure_ascii=False)], as_json=as_json)
