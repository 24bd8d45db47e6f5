"""`purna import olist`: the public Olist tables as a log of events."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, show_figures
from operations.logs import import_olist as operation


def import_olist(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the tables of the Olist data set.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The log to write, JSON Lines.")
    ] = Path("olist.jsonl"),
    as_json: AsJson = False,
) -> None:
    """Write the public Olist tables as a log of events."""
    show_figures(operation.import_olist(folder, output).to_json(), as_json=as_json)
