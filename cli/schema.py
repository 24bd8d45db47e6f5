"""`purna schema`: what an editor needs to complete and check rule files of a folder as they are
typed.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import RULES, AsJson, RulesOption
from engine.language.reader import read_known
from engine.language.schemas.file_schemas import schema_of
from operations.cannot_run import CannotRun, unusable
from operations.rules_folder import known_actions, read_files


def schema(
    files: Annotated[
        Literal["journeys", "answers", "policies", "catalog", "sources", "tests"],
        typer.Argument(help="Of which files."),
    ] = ("journeys"),
    rules: RulesOption = RULES,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")
    ] = None,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Print the JSON Schema of a kind of file, with the events, facts, templates and actions of
    this folder.
    """
    del as_json  # it is JSON either way
    known = read_known(read_files(rules), known_actions())
    text = json.dumps(schema_of(files, known), indent=1, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    part = output.with_name(output.name + ".part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(output)
    except OSError as error:
        raise CannotRun(unusable(error)) from None
