"""How what could not be made sense of, or not yet, reads in a terminal."""

from engine.facts.naming import own_id
from operations.instants import spelled
from operations.intake.quarantine import QuarantinedEvent
from operations.intake.unplaced import UnplacedEvent


def quarantined_line(one: QuarantinedEvent) -> str:
    """Its number, since when, which event, or whose journey, and what broke."""
    whose = f"{one.type} {one.source} {one.id} in {one.shop}"
    if one.subject is not None:
        whose = _journey(one, one.subject)
    return f"{one.number:>4}  {one.since:%Y-%m-%d %H:%M}  {whose}: {one.error}"


def _journey(one: QuarantinedEvent, subject: str) -> str:
    """What has become of whose journey, as the beginning of a sentence that ends in why."""
    kind, _, rest = subject.partition(":")
    whom = f"{kind} {own_id(subject)} in {one.shop}" if "/" in rest else f"{kind} {rest}"
    if one.seq is None:
        return f"nothing is decided for {whom} any more"
    event = f"{one.type} ({spelled(one.occurred_at)})" if one.type else f"event {one.seq}"
    return f"{event} of {whom} was passed over, as no decision could be made of it"


def unplaced_line(one: UnplacedEvent) -> str:
    """Since when it waits, which event, and for what."""
    names = " or ".join(f"{kind} {name}" for kind, name in one.names)
    return f"{one.since:%Y-%m-%d %H:%M}  {one.type} {one.source} {one.id} in {one.shop}: {names}"


def nothing_unplaced(days: float) -> str:
    """That none has waited for so long, and how to see the younger ones."""
    if not days:
        return "nothing"
    waited = "a day" if days == 1 else f"{days:g} days"
    return f"nothing has waited for {waited}; --days 0 lists all that waits"
