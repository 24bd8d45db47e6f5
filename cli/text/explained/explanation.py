"""How an explanation reads in a terminal: a block of lines, or one line with its time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import assert_never

from engine.rules.say_when import say_when
from operations.explain.explanation import Explanation
from operations.explain.gates import (
    CarriesOthers,
    EndedBy,
    Gate,
    HeldBack,
    InDigest,
    NotPicked,
    SilenceBehind,
    StoppedByEvent,
    Unsure,
)
from operations.explain.verdict import held_words
from operations.instants import NO_ZONE, spelled

_MARK = {True: "✓", False: "✗", None: "?"}


def explanation_lines(one: Explanation) -> list[str]:
    """The explanation for a person."""
    decided = [f"decided {spelled(one.decision.at)}"] if one.decision else []
    head = _head(one, f"revision {one.revision}", *decided)
    return [head, *_when(one), *_if(one), *map(gate_line, one.gates)]


def explanation_line(one: Explanation, zone: str = NO_ZONE) -> str:
    """The explanation in one line, with its time, also by the clocks of a zone."""
    return dated("due" if one.is_due_later else "decided", one.at, _head(one), zone)


def dated(what: str, at: datetime, text: str, zone: str = NO_ZONE) -> str:
    """A line behind the time by which all lines are sorted, ours: `known`, `decided` or `due`,
    never a sender's.
    """
    return f"{what:<7} {spelled(at, zone)}  {text}"


def gate_line(gate: Gate) -> str:
    """What stood in the way, or still does."""
    match gate:
        case StoppedByEvent(event):
            return f"  ✗ stop   {event} happened"
        case HeldBack(name):
            return f"  … gate   {name}: {held_words(gate)}"
        case Unsure(name):
            return f"  ? mail   {name}: {gate.why}"
        case InDigest(name, digest):
            return f"  → mail   {name}: is in the digest {digest}"
        case CarriesOthers(name, template, carried):
            return f"  ✓ mail   {template}: {name} and {', '.join(carried)}"
        case EndedBy(name, reason, silence):
            return f"  ✗ gate   {name}: {reason}{_silence(silence) if silence else ''}"
        case NotPicked(product, because):
            return f"  ✗ pick   {product}: {', '.join(because)}"
        case _:
            assert_never(gate)


def _head(one: Explanation, *more: str) -> str:
    order = f"order {one.order}" if one.order else ""
    return " · ".join(filter(None, (one.rule.id, order, one.thing, *more, one.verdict)))


def _when(one: Explanation) -> Iterator[str]:
    known, sentence = one.known, " or ".join(map(say_when, one.rule.triggers))
    event = f"evt {one.started_by}, " if one.started_by else ""
    happened = f"({event}happened {spelled(known.event_at)})"
    yield f"  ✓ when   {sentence} {happened} → due {spelled(known.due_at)}"


def _if(one: Explanation) -> Iterable[str]:
    """The parts of the condition, those that were judged alike and follow each other on one
    line.
    """
    proof = one.decision.proof if one.decision else ()
    for holds, parts in groupby(proof, key=itemgetter("holds")):
        text = "; ".join(f"{part['text']} [{_read(part['read'])}]" for part in parts)
        yield f"  {_MARK[holds]} if     {text}"


def _read(read: Sequence[Sequence[str]]) -> str:
    """What a part read: the bare value where its name stands in the text already."""
    if len(read) == 1:
        return str(read[0][1])
    return ", ".join(f"{name} is {value}" for name, value in read)


def _silence(silence: SilenceBehind) -> str:
    lifts = f"; lifts on {', '.join(silence.lifts_on)}" if silence.lifts_on else ""
    order = f" (order {silence.order})" if silence.order else ""
    span = f"{spelled(silence.starts_at)} → {spelled(silence.ends_at)}"
    return f"{order}: {silence.category} silenced {span}, {silence.place}{lifts}"
