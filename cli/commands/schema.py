"""`purna schema`: what an editor needs to complete and check rule files as they are typed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import RULES, AsJson, RulesOption, write_whole
from operations import schema as operation


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
    text = json.dumps(operation.schema(files, rules), indent=1, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, text)
