"""`purna show order ID`: what is known of it, what waits, what was sent or was not."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.options import HOME, AsJson, Home
from cli.running_store import store_here
from cli.text.explained.known_subject import subject_lines
from operations.explain.show import ShownSubject
from operations.explain.show import show as shown_of


def show_order(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id in its shop.")],
    shop: Annotated[
        str | None, typer.Option(help="The shop, where several have one of this id.")
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What is known of an order and its parcels, what waits, what was sent or not and why."""
    shown = asyncio.run(_shown(home, id_, shop))
    options.show(shown.to_json(), list(subject_lines(shown)), as_json=as_json)


async def _shown(home: Path, own: str, shop: str | None) -> ShownSubject:
    async with store_here(home) as store:
        return await shown_of(store, "order", own, shop, datetime.now(UTC))
