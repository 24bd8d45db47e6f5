"""`purna rulesets` and `purna rollback`: which revision holds, since when, by whom and why; and the
way back.
"""

import asyncio
import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.asking import store_here
from cli.options import HOME, AsJson, Home, show
from engine.catalog.values import instant
from engine.conditions.problems import InvalidRuleset
from engine.language.reader import read_ruleset
from operations.cannot_run import CannotRun, Findings
from operations.rules_folder import known_actions
from store.postgres.store import PostgresStore
from store.records.activations import Activation, TooOld


def rulesets(home: Home = HOME, as_json: AsJson = False) -> None:  # a flag of the command line
    """Every revision that was made active: when, by whom, why; the last one holds."""
    found = asyncio.run(_activations(home))
    told = [_to_json(one, is_active=index == 0) for index, one in enumerate(found)]
    show(told, [_line(one) for one in told] or ["nothing has been published yet"], as_json=as_json)


def rollback(
    revision: Annotated[
        str | None, typer.Argument(help="Which; else the one before. Its beginning is enough.")
    ] = None,
    home: Home = HOME,
    reason: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Make an earlier revision the active one again, everywhere at once."""
    activation = asyncio.run(rolled_back(home, revision, reason, datetime.now(UTC)))
    show(
        _to_json(activation, is_active=True), [f"{activation.revision} is active"], as_json=as_json
    )


async def rolled_back(home: Path, wanted: str | None, reason: str, now: datetime) -> Activation:
    """Activate the revision that is meant; `Findings` if it cannot be used here any more, and
    nothing changes.
    """
    async with store_here(home) as store:
        revision = meant(await store.rulesets.activations(), wanted)
        await _check(store, revision)
        activation = Activation(revision, getpass.getuser(), reason or "rollback", now)
        await store.rulesets.activate(activation)
        return activation


def meant(known: Sequence[Activation], wanted: str | None) -> str:
    """The revision to go back to: the one that was active before, or the only one that
    begins so.
    """
    if not known:
        raise CannotRun("nothing has been published yet")
    active = known[0].revision
    revisions = list(dict.fromkeys(one.revision for one in known))
    found = [one for one in revisions if one.startswith(wanted)] if wanted else revisions[1:2]
    if not found:
        raise CannotRun(
            f"there is no revision {wanted}" if wanted else "there is no revision to go back to"
        )
    if len(found) > 1:
        raise CannotRun(f"{wanted} may be any of {', '.join(found)}")
    if found[0] == active:
        raise CannotRun(f"{active} is the active revision")
    return found[0]


async def _activations(home: Path) -> list[Activation]:
    async with store_here(home) as store:
        return await store.rulesets.activations()


async def _check(store: PostgresStore, revision: str) -> None:
    """What was fine once may not be any more: an action may be gone, or this program older than the
    rules.
    """
    try:
        ruleset = await store.rulesets.revision(revision)
        if ruleset is None:
            raise CannotRun(f"the files of {revision} are gone")
        read_ruleset(ruleset.files, known_actions())
    except (InvalidRuleset, TooOld) as problem:
        raise Findings(
            f"{problem}\n{revision} cannot be used any more; nothing was changed"
        ) from None


def _to_json(one: Activation, *, is_active: bool) -> dict[str, Any]:
    said = {
        "revision": one.revision,
        "at": instant(one.at),
        "author": one.author,
        "reason": one.reason,
    }
    return {**said, "active": is_active}


def _line(one: dict[str, Any]) -> str:
    mark = "*" if one["active"] else " "
    return f"{mark} {one['revision']}  {one['at'][:16].replace('T', ' ')}  {one['author']}  {one['reason']}".rstrip()
