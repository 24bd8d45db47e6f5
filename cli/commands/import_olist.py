"""`purna import olist`: the public Olist tables as a log of events."""

from pathlib import Path
from typing import Annotated

import typer

from cli import olist
from cli.options import AsJson, show_figures


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
    found = olist.events_of(folder)
    olist.write_log(found, output)
    orders = {one["data"]["order"]["id"] for one in found if "order" in one["data"]}
    show_figures({"events": len(found), "orders": len(orders), "log": str(output)}, as_json=as_json)
