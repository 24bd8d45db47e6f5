"""The options that many commands share."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Home = Annotated[Path, typer.Option(help="Where everything is kept.")]
Rules = Annotated[Path, typer.Option(help="The folder of rules.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
HOME, RULES = Path(".purna"), Path("rules")
FOUND = 1


def show(result: Any, lines: list[str], *, as_json: bool) -> None:
    """The result of a command on stdout: JSON for a machine, else the lines."""
    sys.stdout.write((json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines)) + "\n")
