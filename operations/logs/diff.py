"""Which messages of a log another set of rules would add, drop, move or reword."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.backtests.message_changes import Difference
from engine.conditions.condition import Position
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import HANDS, Hands
from operations.logs.event_log import BytesRead, LogLine, lines_of, unwatched
from operations.logs.log_play import LogPlay, undisturbed
from operations.rules.simulated_letters import example, lacks, writer

_NOWHERE = Position("", 0, 0)
_WORDS = ("templates/", "answers.yaml", "catalog.yaml", "policies.yaml")
_Sides = tuple[tuple[Ruleset, LogPlay], ...]


def diff(
    old: Ruleset, new: Ruleset, log: Path, now: datetime, read: BytesRead = unwatched
) -> Difference:
    """Both rulesets over the same log, side by side."""
    found = Difference(old, new)
    sides = _sides(found, old, new)
    with undisturbed():
        for line in lines_of(log, read):
            _play_event(line, sides, now)
    for _, play in sides:
        play.end()
    found.end()
    return found


def _sides(found: Difference, old: Ruleset, new: Ruleset) -> _Sides:
    """A play of each ruleset, whose messages `found` sees; they are written only where their texts
    may differ.
    """
    write = HANDS.write if _words(old) == _words(new) else writer()
    hands = [
        Hands(call=example, lacks=lacks, write=write, see=see)
        for see in (found.said_by_old, found.said_by_new)
    ]
    return tuple(
        (ruleset, LogPlay(ruleset, each, lambda _: None))
        for ruleset, each in zip((old, new), hands, strict=True)
    )


def _play_event(line: LogLine, sides: _Sides, now: datetime) -> None:
    """Play it for both sides; an event that only one of them knows for that one alone."""
    knowing = [
        (ruleset, play) for ruleset, play in sides if line.is_known(ruleset.catalog)
    ] or sides[-1:]
    for ruleset, play in knowing:
        play.play_event(line.event(ruleset.catalog, now), line)


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
