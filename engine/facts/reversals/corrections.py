"""Corrections: what happened to a thing and was taken back by what happened to it later.

Which event takes back which is written in `engine.catalog.builtin_events`. A state keeps every time
of an event that may be taken back, so that whatever order the words arrive in, the same ones count:
those after the newest word against them. What begins anew after it was taken back (a parcel that
arrives after it went back) counts from then. A correction may state the true time itself
(`shipment.delivered_at`); that time counts until a newer correction comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.values import LAST, instant, typed
from engine.facts.events import Event
from engine.facts.state import (
    Holder,
    State,
    TimeSpan,
    last_in,
    note_time,
    note_true_time,
    spans_in,
    times_in,
    true_time_in,
)

_EVENTS = builtin().events
# By the name of an event: what takes it back.
TAKEN_BACK_BY: Mapping[str, frozenset[str]] = {
    name: frozenset(event.name for event in _EVENTS.values() if name in event.takes_back)
    for one in _EVENTS.values()
    for name in one.takes_back
}
# By the name of an event: what lets it begin anew.
BEGUN_ANEW_BY: Mapping[str, frozenset[str]] = {
    name: frozenset(event.name for event in _EVENTS.values() if name in event.anew)
    for one in _EVENTS.values()
    for name in one.anew
}
# By the name of an event that may count no more: the events by which it may.
WITNESSES: Mapping[str, frozenset[str]] = {
    name: TAKEN_BACK_BY.get(name, frozenset()).union(
        *(_EVENTS[one].takes_back for one in BEGUN_ANEW_BY.get(name, ()))
    )
    for name in {*TAKEN_BACK_BY, *BEGUN_ANEW_BY}
}
# Events without a rank: no stage in the life of their thing.
_CORRECTIONS = frozenset(
    event.name for event in _EVENTS.values() if event.takes_back and event.rank is None
)
# Events after which facts of their thing are unknown, since the thing is gone.
CLEARING = frozenset(event.name for event in _EVENTS.values() if event.clears)
# Whether each of these events counts, whatever else has happened.
_ARE_CERTAIN = frozenset(WITNESSES).isdisjoint
_NOBODY: frozenset[str] = frozenset()


def note_correction(state: State, kind: str, thing: str, event: Event) -> None:
    """What an event adds to the times that are kept for corrections.

    `state` must be a fresh copy that does not know of the event yet.
    """
    if event.type not in WITNESSES and event.type not in _CORRECTIONS:
        return
    at = instant(event.occurred_at)
    if event.type in WITNESSES:
        note_time(state, kind, thing, (event.type, at))
    for name, true_at in true_times(event).items():
        note_true_time(state, kind, thing, (name, at, instant(true_at)))


def true_times(event: Event) -> Mapping[str, datetime]:
    """When that which a correction takes back truly happened, as far as it says so: at most when
    the correction itself did. A time without a zone is read in UTC.
    """
    if event.type not in _CORRECTIONS:
        return {}
    known = _EVENTS[event.type]
    names = (name for name in known.takes_back if _EVENTS[name].about == known.about)
    stated = {name: _moment(event.data.get(f"{name}_at"), name) for name in names}
    return {name: min(at, event.occurred_at) for name, at in stated.items() if at}


def counted_in(holder: Holder) -> Mapping[str, TimeSpan]:
    """The first and the last time of every event of a thing that was not taken back."""
    spans = spans_in(holder)
    if _ARE_CERTAIN(spans) and "corrected" not in holder:
        return spans  # so it is of almost every thing
    doubtful = [
        name
        for name in sorted(WITNESSES.keys() & spans.keys())
        if not WITNESSES[name].isdisjoint(spans)
    ]
    doubtful += [name for name in holder.get("corrected", ()) if name not in spans]
    if not doubtful:
        return spans
    kept = dict(spans)
    for name in doubtful:
        kept.pop(name, None)
        if times := _counted_times(holder, name):
            kept[name] = [times[0], times[-1]]
    return kept


def counts(holder: Holder, event: str, at: str) -> bool:
    """Whether an event that happened to a thing at this instant was not taken back."""
    spans = spans_in(holder)
    takers = _takers(event).intersection(spans)
    if not takers:
        return at > _ended_at(holder, event)
    corrected_at = max((last_in(spans[name]) for name in takers & _CORRECTIONS), default="")
    if true_time_in(holder, event) == (corrected_at, at):
        return True
    stages = (_counted_times(holder, name) for name in takers - _CORRECTIONS)
    ended_at = max(corrected_at, _ended_at(holder, event))
    return at > ended_at and all(at >= times[-1] for times in stages if times)


def is_correction(event: str) -> bool:
    """Whether an event takes something back and is no stage in the life of its thing."""
    return event in _CORRECTIONS


def corrects_later(event: str, at: datetime, other: str, other_at: datetime) -> bool:
    """Whether an event takes back another one of the same thing, by their names and times."""
    if event not in _takers(other):
        return False
    return at >= other_at if event in _CORRECTIONS else at > other_at


def ended_before(event: str, happened: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Until when an event of a thing counts no more, since it began anew after it was taken back;
    empty where it never did. `happened` are the times of what else happened to the thing.
    """
    times = dict(happened)
    ends = [
        at
        for one in BEGUN_ANEW_BY.get(event, _NOBODY).intersection(times)
        for end in times.keys() & set(_EVENTS[one].takes_back)
        for at in times[end]
        if at < times[one][-1]
    ]
    return max(ends, default="")


def _ended_at(holder: Holder, event: str) -> str:
    if WITNESSES.get(event, _NOBODY).isdisjoint(spans := spans_in(holder)):
        return ""
    names = WITNESSES[event].union(BEGUN_ANEW_BY.get(event, _NOBODY)).intersection(spans)
    return ended_before(event, ((name, times_in(holder, name)) for name in names))


def _takers(event: str) -> frozenset[str]:
    return TAKEN_BACK_BY.get(event, _NOBODY)


def _counted_times(holder: Holder, event: str) -> list[str]:
    """Every time of an event that counts, the earliest first."""
    _, true_at = true_time_in(holder, event) or ("", "")
    known = {*times_in(holder, event), *([true_at] if true_at else [])}
    return sorted(at for at in known if counts(holder, event, at))


def _moment(raw: Any, name: str) -> datetime | None:
    at = typed(builtin().facts[f"{name}_at"].type, raw, "UTC")
    return at if isinstance(at, datetime) and at < LAST else None
