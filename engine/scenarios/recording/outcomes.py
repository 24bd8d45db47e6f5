"""What came of a story in truth, as the lines of a test that expect it: every deed, and the reasons
for silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.catalog.calendar import local_day
from engine.decisions.decision import Decision
from engine.decisions.effects import ActionCall, Effect
from engine.decisions.reason import Reason
from engine.facts.subjects import Suppression
from engine.rules.ruleset import Ruleset
from engine.scenarios.happenings import (
    GivenAnswer,
    PlayedDeed,
    deed_of,
    given_by_rule,
    given_by_step,
    silence_of,
)
from engine.scenarios.recording.lived import Lived
from engine.scenarios.recording.minutes import Retelling
from engine.scenarios.recording.pseudonyms import Hiding
from engine.simulation.simulator import Step

# What happened within such a time is one expectation: real parts need a moment for what is due at
# one instant.
_TOGETHER = timedelta(minutes=2)
# Reasons that lie in the real parts or in the rules of the time, or that say nothing.
_UNTOLD = frozenset(
    {
        Reason.ALREADY_DONE,
        Reason.NO_RULE,
        Reason.SHADOW,
        Reason.OFF,
        Reason.RULE_REMOVED,
        Reason.ERASED,
        Reason.ERROR,
        Reason.REFUSED,
        Reason.UNKNOWN_CUSTOMER,
    }
)
_TELL_BY_WHAT = frozenset({Reason.STOPPED_BY, Reason.SUPPRESSED_BY, Reason.LOST_GROUP})


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened close together, up to the minute `at`: deeds, and the reason of each rule that
    kept silent.
    """

    at: datetime
    deeds: tuple[dict[str, Any], ...]
    reasons: dict[str, Any]


def stretches(
    lived: Lived, retelling: Retelling, ruleset: Ruleset, hiding: Hiding, zone: str
) -> Iterator[Stretch]:
    """Everything there is to expect, in the order of time."""
    events: list[tuple[datetime, PlayedDeed | GivenAnswer]] = [
        *_deeds(lived, ruleset),
        *_given(lived, ruleset),
    ]
    events = [(retelling.minute(at), one) for at, one in events]
    together: list[tuple[datetime, PlayedDeed | GivenAnswer]] = []
    for at, one in sorted(events, key=lambda event: event[0]):
        if together and at - together[-1][0] > _TOGETHER:
            yield _stretch(together, lived, hiding, zone)
            together = []
        together.append((at, one))
    if together:
        yield _stretch(together, lived, hiding, zone)


def _deeds(lived: Lived, ruleset: Ruleset) -> Iterator[tuple[datetime, PlayedDeed]]:
    for effect in lived.effects:
        # Where nobody knows whether a message arrived, it was sent as far as the rules are
        # concerned.
        known = effect.now(state="sent") if effect.state == "uncertain" else effect
        if known.settled_at and (
            deed := deed_of(Step(known.settled_at, known), lived.effects, ruleset)
        ):
            yield known.settled_at, deed
    for silence in lived.silences:
        at = _began(silence, lived.decisions)
        yield at, silence_of(silence, at, ruleset)


def _began(silence: Suppression, decisions: Sequence[Decision]) -> datetime:
    """When it was decided: of what became known late, later than it was due."""
    mine = (
        one.at
        for one in decisions
        if one.rule_id == silence.rule_id and one.due_at == silence.starts_at
    )
    return next(mine, silence.starts_at)


def _given(lived: Lived, ruleset: Ruleset) -> Iterator[tuple[datetime, GivenAnswer]]:
    ended = [effect for effect in lived.effects if effect.settled_at and effect.state == "dropped"]
    steps = [
        given_by_step(Step(effect.settled_at, effect)) for effect in ended if effect.settled_at
    ]
    for one in (*steps, *map(given_by_rule, lived.decisions)):
        if one and one.until is None and one.reason not in _UNTOLD and ruleset.rule(one.rule):
            yield one.at, one


def _stretch(
    together: Sequence[tuple[datetime, PlayedDeed | GivenAnswer]],
    lived: Lived,
    hiding: Hiding,
    zone: str,
) -> Stretch:
    orders = {logged.event.order for logged in lived.events if logged.event.order}
    deeds = [
        _wanted(one, hiding, zone, name_order=len(orders) > 1)
        for _, one in together
        if isinstance(one, PlayedDeed)
    ]
    reasons = {one.rule: _reason(one) for _, one in together if isinstance(one, GivenAnswer)}
    return Stretch(together[-1][0], tuple(deeds), reasons)


def _wanted(deed: PlayedDeed, hiding: Hiding, zone: str, *, name_order: bool) -> dict[str, Any]:
    passed = {name: hiding.value(value) for name, value in deed.arguments.items()}
    line: dict[str, Any] = {deed.kind: deed.name}
    match deed.kind:
        case "send":
            line["by"] = deed.message.channel
        case "call" if passed:
            line["with"] = passed
        case "suppress":
            line["suppress"] = sorted(deed.categories)
        case "set":
            line["set"] = {
                name: value for name, value in passed.items() if "." in name
            }  # how long is no fact
    if deed.ends_at:
        line["ends"] = local_day(deed.ends_at, zone).isoformat()
    if name_order and deed.order:
        line["order"] = deed.order
    return line


def _reason(given: GivenAnswer) -> str:
    return (
        f"{given.reason} {given.by}"
        if given.by and given.reason in _TELL_BY_WHAT
        else str(given.reason)
    )


def results(effects: Sequence[Effect], fails: str) -> dict[str, list[Any]]:
    """What each action answered, in turn."""
    found: dict[str, list[Any]] = {}
    for effect in effects:
        if not isinstance(effect, ActionCall):
            continue
        if effect.state == "failed" or isinstance(effect.result, dict):
            found.setdefault(effect.name, []).append(
                fails if effect.state == "failed" else effect.result
            )
    return found
