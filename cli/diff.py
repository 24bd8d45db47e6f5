"""`purna diff OLD NEW --events LOG`: which messages of a log another set of rules would add, drop,
move or reword.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import FOUND, AsJson, show
from engine.backtests.message_changes import KINDS, Difference
from engine.conditions.condition import Position
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import HANDS, Hands
from operations.event_log import LogLine, lines_of, watched
from operations.instants import spelled
from operations.log_play import LogPlay, undisturbed
from operations.rules_folder import read_rules
from operations.simulated_letters import example, lacks, writer

_NOWHERE = Position("", 0, 0)
_WORDS = ("templates/", "answers.yaml", "catalog.yaml", "policies.yaml")


def diff(
    old: Annotated[Path, typer.Argument(help="A folder of rules.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    events: Annotated[Path, typer.Option(help="A log of events, JSON Lines.")],
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Which messages are added, removed, moved or reworded; ends with 1 if any."""
    found = compared(read_rules(old), read_rules(new), events, datetime.now(UTC))
    show(found.to_json(), list(lines(found.to_json())), as_json=as_json)
    if not found.is_empty:
        raise typer.Exit(FOUND)


def compared(old: Ruleset, new: Ruleset, log: Path, now: datetime) -> Difference:
    """Both rulesets over the same log, side by side."""
    found = Difference(old, new)
    write = HANDS.write if _words(old) == _words(new) else writer()
    sides = (
        (
            old,
            LogPlay(
                old,
                Hands(call=example, lacks=lacks, write=write, see=found.said_by_old),
                lambda _: None,
            ),
        ),
        (
            new,
            LogPlay(
                new,
                Hands(call=example, lacks=lacks, write=write, see=found.said_by_new),
                lambda _: None,
            ),
        ),
    )
    with watched(log, "comparing") as read, undisturbed():
        for line in lines_of(log, read):
            _tell(line, sides, now)
    for _, play in sides:
        play.end()
    found.end()
    return found


def _tell(line: LogLine, sides: tuple[tuple[Ruleset, LogPlay], ...], now: datetime) -> None:
    """Tell both; an event that only one of them knows is told to that one."""
    knowing = [
        (ruleset, play) for ruleset, play in sides if line.is_known(ruleset.catalog)
    ] or sides[-1:]
    for ruleset, play in knowing:
        play.tell(line.event(ruleset.catalog, now), line.place)


def _words(ruleset: Ruleset) -> object:
    """Everything on which the text of a message may depend beside the events; where it is equal
    nothing is written.
    """
    files = {path: text for path, text in ruleset.files.items() if path.startswith(_WORDS)}
    actions = {
        rule.id: [replace(action, position=_NOWHERE) for action in rule.actions]
        for rule in ruleset.rules.values()
    }
    return files, actions


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The differences for a person."""
    yield f"{found['old']} → {found['new']}: {found['unchanged']} messages stay as they are"
    for rule, changes in found["rules"].items():
        yield ""
        yield rule
        for kind in KINDS:
            if told := changes.get(kind):
                yield f"  {told['count']} {kind}"
                yield from (f"      {_sample(kind, sample)}" for sample in told["samples"])


def _sample(kind: str, sample: Mapping[str, Any]) -> str:
    whose = f"order {sample['order']}" if "order" in sample else f"customer {sample['customer']}"
    told = [sample[key] for key in ("was", "now") if key in sample]
    # What is reworded tells its former template where it has another, and no times.
    named = told if kind == "reworded" else [spelled(datetime.fromisoformat(at)) for at in told]
    return f"{whose}  {sample['template']}  {' → '.join(named)}".rstrip()
