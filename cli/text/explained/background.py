"""How all that lies behind an explanation reads in a terminal."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from operations.explain.background import AskedBefore, Background, LedgerEntry, StatedFact
from operations.instants import spelled


def background_lines(behind: Background) -> Iterator[str]:
    """Facts with their origin, every time it was asked, ledger and audit, once-keys, breakers."""
    for fact in behind.facts:
        yield f"  · fact   {fact.name} = {fact.value}: {_origin(fact)}"
    for asked in behind.questions:
        yield f"  · asked  {spelled(asked.at)}: {_answer(asked)}"
    for entry in behind.ledger:
        yield f"  · ledger {_entry(entry)}"
        if entry.given:
            yield f"  · with   {_values(entry.given)}"
        if entry.answered or entry.is_noted_only:
            yield f"  · result {_result(entry)}"
        yield from (f"  · audit  {what} {spelled(at)}" for what, at in entry.notes)
    for key in behind.once:
        free = f" until {spelled(key.free_at)}" if key.free_at else ""
        yield f"  · once   {key.value}: taken {spelled(key.taken_at)}{free} by {key.holder}"
    for breaker in behind.breakers:
        text = " and ".join(one.text for one in breaker.conditions)
        yield f"  · breaker {breaker.id} holds this rule while {text}, at most {breaker.at_most}"


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in values.items())


def _result(entry: LedgerEntry) -> str:
    """What a call answered; where nobody has carried it out, that first."""
    noted = "noted only: no system of the shop carries it out" if entry.is_noted_only else ""
    return "; ".join(filter(None, [noted, _values(entry.answered)]))


def _origin(fact: StatedFact) -> str:
    if fact.logged is not None:
        event = fact.logged.event
        said = (
            "" if event.told_at == event.occurred_at else f", said to be {spelled(event.told_at)}"
        )
        return f"{event.type} (evt {event.id}, happened {spelled(event.occurred_at)}{said})"
    return fact.otherwise


def _answer(asked: AskedBefore) -> str:
    by = f" {asked.by}" if asked.by else ""
    return f"{asked.reason or 'acted'}{by} (revision {asked.revision})"


def _entry(entry: LedgerEntry) -> str:
    """What the ledger keeps of an effect: its phase and every moment of it."""
    resent = f"sent again {entry.resent} time{'s'[: entry.resent != 1]}"
    parts = [
        f"{entry.what}: {entry.state}",
        f"decided {spelled(entry.decided_at)}" if entry.decided_at else "",
        f"worth sending until {spelled(entry.valid_until)}" if entry.valid_until else "",
        f"by {entry.channel}" if entry.channel else "",
        f"held until {spelled(entry.held_until)}" if entry.held_until else "",
        resent if entry.resent else "",
        f"ended {spelled(entry.settled_at)}" if entry.settled_at else "",
        entry.key,
    ]
    return ", ".join(filter(None, parts))
