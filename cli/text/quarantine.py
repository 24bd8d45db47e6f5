"""How what could not be made sense of, or not yet, reads in a terminal."""

from operations.intake.quarantine import QuarantinedEvent
from operations.intake.unplaced import UnplacedEvent


def quarantined_line(one: QuarantinedEvent) -> str:
    """Its number, since when, which event, and what broke."""
    is_journey = one.source == "journey"
    of_journey = f"{one.type or 'no event'} of {one.id}"
    whose = of_journey if is_journey else f"{one.type} {one.source} {one.id} in {one.shop}"
    return f"{one.number:>4}  {one.since:%Y-%m-%d %H:%M}  {whose}: {one.error}"


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
