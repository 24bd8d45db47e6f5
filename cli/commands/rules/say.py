"""`purna say JSON`: JsonLogic as a sentence."""

from typing import Annotated

import typer

from cli.options import AsJson, show, text_or_stdin
from operations.rules import sentences


def say(
    logic: Annotated[str, typer.Argument(help="JsonLogic, or - to read it from stdin.")],
    as_json: AsJson = False,
) -> None:
    """Print JsonLogic as a sentence."""
    text = sentences.say(text_or_stdin(logic))
    show(text, [text], as_json=as_json)
