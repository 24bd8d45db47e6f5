"""`purna ledger uncertain|settle`: messages nobody is sure of, and what a person found out about
them.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.asking import store_here
from cli.options import FOUND, HOME, AsJson, Home, show
from engine.catalog.values import instant
from engine.decisions.decision import Effect
from operations.cannot_run import CannotRun


def uncertain(home: Home = HOME, as_json: AsJson = False) -> None:  # a flag of the command line
    """List the messages that may or may not have arrived; exits 1 if there are any."""
    found = asyncio.run(_uncertain(home))
    show(
        [_to_json(one) for one in found], [_line(one) for one in found] or ["none"], as_json=as_json
    )
    if found:
        raise typer.Exit(FOUND)


def settle(
    key: Annotated[str, typer.Argument(help="The key of an uncertain message.")],
    what: Annotated[
        Literal["delivered", "lost"],
        typer.Argument(help="What became of it; a lost one is sent again."),
    ],
    home: Home = HOME,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Say what became of an uncertain message."""
    if not asyncio.run(_settled(home, key, delivered=what == "delivered")):
        raise CannotRun(f"{key} is not uncertain: `purna ledger uncertain` lists those that are")
    state = "sent" if what == "delivered" else "wanted"
    show({"key": key, "state": state}, [f"{key}: {state}"], as_json=as_json)


async def _uncertain(home: Path) -> list[Effect]:
    async with store_here(home) as store:
        return await store.uncertain_effects()


async def _settled(home: Path, key: str, *, delivered: bool) -> bool:
    async with store_here(home) as store:
        try:
            return await store.settle_uncertain(key, delivered, datetime.now(UTC))
        except KeyError:
            raise CannotRun(f"the ledger has no {key}") from None


def _to_json(one: Effect) -> dict[str, Any]:
    return {
        "key": one.key,
        "rule": one.firing.rule_id,
        "template": one.name,
        "category": one.category,
        "channel": one.channel,
        "order": one.firing.order,
        "resent": one.resent,
        "since": instant(one.settled_at) if one.settled_at else None,
    }


def _line(one: Effect) -> str:
    since = f"{one.settled_at:%Y-%m-%d %H:%M}" if one.settled_at else ""
    about = f"order {one.firing.order}" if one.firing.order else "the customer"
    return f"{one.key}\n    {since}  {one.name} by {one.channel}, {one.category}, about {about}, resent {one.resent}"
