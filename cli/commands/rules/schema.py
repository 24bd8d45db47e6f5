"""`purna schema`: what an editor needs to complete and check rule files as they are typed."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import RULES, AsJson, RulesOption
from operations.rules.schema import schema_text, write_whole


def schema(
    files: Annotated[
        Literal["journeys", "answers", "policies", "catalog", "sources", "tests"],
        typer.Argument(help="Of which files."),
    ] = ("journeys"),
    rules: RulesOption = RULES,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")
    ] = None,
    as_json: AsJson = False,  # noqa: ARG001  # it is JSON either way; the flag is every command's
) -> None:
    """Print the JSON Schema of a kind of file, with the events, facts, templates and actions of
    this folder.
    """
    text = schema_text(files, rules)
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text)
