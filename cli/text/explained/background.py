"""How all that lies behind an explanation reads in a terminal."""

from collections.abc import Iterator

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
        yield from (f"  · audit  {what} {spelled(at)}" for what, at in entry.notes)
    for key in behind.once:
        free = f" until {spelled(key.free_at)}" if key.free_at else ""
        yield f"  · once   {key.value}: taken {spelled(key.taken_at)}{free} by {key.holder}"
    for breaker in behind.breakers:
        text = " and ".join(one.text for one in breaker.conditions)
        yield f"  · breaker {breaker.id} holds this rule while {text}, at most {breaker.at_most}"


def _origin(fact: StatedFact) -> str:
    if fact.logged is not None:
        event = fact.logged.event
        return f"{event.type} (evt {event.id}, happened {spelled(event.occurred_at)})"
    return fact.otherwise


def _answer(asked: AskedBefore) -> str:
    by = f" {asked.by}" if asked.by else ""
    return f"{asked.reason or 'acted'}{by} (revision {asked.revision})"


def _entry(entry: LedgerEntry) -> str:
    """What the ledger keeps of an effect: its phase and every moment of it."""
    resent = f"sent again {entry.resent} time{'s'[: entry.resent != 1]}"
    parts = [
        f"{entry.kind} {entry.name}: {entry.state}",
        f"decided {spelled(entry.decided_at)}" if entry.decided_at else "",
        f"worth sending until {spelled(entry.valid_until)}" if entry.valid_until else "",
        f"by {entry.channel}" if entry.channel else "",
        f"held until {spelled(entry.held_until)}" if entry.held_until else "",
        resent if entry.resent else "",
        f"ended {spelled(entry.settled_at)}" if entry.settled_at else "",
        entry.key,
    ]
    return ", ".join(filter(None, parts))
