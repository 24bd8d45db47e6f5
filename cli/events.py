"""`purna event quarantined|retry|drop`: what could not be made sense of, and what becomes of it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.asking import store_here
from cli.options import FOUND, HOME, AsJson, Home, finding, show
from engine.catalog.values import instant
from operations.cannot_run import CannotRun
from store.postgres.intake.quarantine import Quarantined

Numbers = Annotated[list[int] | None, typer.Argument(help="Which, as `quarantined` numbers them.")]
WholeQueue = Annotated[bool, typer.Option("--all", help="Every one of them.")]


def quarantined(home: Home = HOME, as_json: AsJson = False) -> None:  # a flag of the command line
    """List what could not be made sense of, and why; exits 1 if there is anything."""
    found = asyncio.run(_quarantined(home))
    show(
        [_to_json(one) for one in found],
        [_line(one) for one in found] or ["nothing"],
        as_json=as_json,
    )
    if found:
        raise typer.Exit(FOUND)


def retry(
    numbers: Numbers = None, every: WholeQueue = False, home: Home = HOME, as_json: AsJson = False
) -> None:  # flags of the command line
    """Try some again, once what broke them is mended; exits 1 if one breaks again."""
    answers = asyncio.run(_retried(home, numbers or (), every=every))
    told = [{"number": number, "result": answer} for number, answer in answers.items()]
    show(
        told,
        [f"{number}: {answer}" for number, answer in answers.items()] or ["nothing"],
        as_json=as_json,
    )
    if any(answer == "quarantined" for answer in answers.values()):
        raise finding("some broke again: `purna event quarantined` says why")


def drop(
    numbers: Numbers = None, every: WholeQueue = False, home: Home = HOME, as_json: AsJson = False
) -> None:  # flags of the command line
    """Let some go: they are not listed again, and are noted in the audit."""
    dropped = asyncio.run(_dropped(home, numbers or (), every=every))
    show(
        {"dropped": dropped},
        [f"{number}: let go" for number in dropped] or ["nothing"],
        as_json=as_json,
    )


async def _quarantined(home: Path) -> list[Quarantined]:
    async with store_here(home) as store:
        return await store.quarantined()


async def _retried(home: Path, numbers: Sequence[int], *, every: bool) -> dict[int, str]:
    async with store_here(home) as store:
        wanted = _wanted(await store.quarantined(), numbers, every=every)
        return {number: await store.retry(number, datetime.now(UTC)) for number in wanted}


async def _dropped(home: Path, numbers: Sequence[int], *, every: bool) -> list[int]:
    async with store_here(home) as store:
        wanted = _wanted(await store.quarantined(), numbers, every=every)
        return [number for number in wanted if await store.let_go(number, datetime.now(UTC))]


def _wanted(known: Sequence[Quarantined], numbers: Sequence[int], *, every: bool) -> list[int]:
    """The numbers that are meant; `CannotRun` if one does not exist, or none is meant."""
    if every == bool(numbers):
        raise CannotRun("say which, by number, or --all")
    there = [one.number for one in known]
    if unknown := [number for number in numbers if number not in there]:
        raise CannotRun(f"there is no number {unknown[0]} in the quarantine")
    return there if every else list(dict.fromkeys(numbers))


def _to_json(one: Quarantined) -> dict[str, Any]:
    return {
        "number": one.number,
        "source": one.source,
        "id": one.id,
        "seq": one.seq,
        "type": one.type,
        "occurred_at": instant(one.occurred_at) if one.occurred_at else None,
        "since": instant(one.since),
        "error": one.error,
    }


def _line(one: Quarantined) -> str:
    whose = (
        f"{one.type or 'no event'} of {one.id}"
        if one.source == "journey"
        else f"{one.type} {one.source} {one.id}"
    )
    return f"{one.number:>4}  {one.since:%Y-%m-%d %H:%M}  {whose}: {one.error}"
