"""The refold in memory: what was said under names that a revision keeps elsewhere is put there."""

from collections import defaultdict
from collections.abc import Callable, Mapping

from engine.catalog.catalog import Catalog
from engine.facts.refolds.places import Past, refolded
from store.memory.journey_rows import MemoryJourney
from store.memory.log import Log
from store.records.log_rows import LogRow


def refold(
    log: Log,
    journeys: Mapping[str, MemoryJourney],
    journey_of: Callable[[str], str],
    names: frozenset[str],
    catalog: Catalog,
) -> None:
    """Fold these names anew for every subject, and for its journey what that has read."""
    for subject, lines in _lines(log, names).items():
        row, past = log.subjects[subject], [_past(line) for line in lines]
        row.facts = refolded(row.facts, subject, names, past, catalog)
        if journey := journeys.get(journey_of(subject)):
            own = [_past(line) for line in lines if _has_read(subject, journey.cursor, line)]
            journey.facts = refolded(journey.facts, subject, names, own, catalog)


def _lines(log: Log, names: frozenset[str]) -> dict[str, list[LogRow]]:
    """Each subject with the lines of the log that name it and say something under these names."""
    found: dict[str, list[LogRow]] = defaultdict(list)
    for line in log.events.values():
        if line.event.type in names or not names.isdisjoint(line.event.data):
            for subject in filter(None, (line.order_subject, line.customer_subject)):
                found[subject].append(line)
    return found


def _past(line: LogRow) -> Past:
    return line.event, line.known_at


def _has_read(subject: str, cursor: int, line: LogRow) -> bool:
    """Whether a journey has read a line: of its own log up to its cursor, and all of those who
    turned out to be its customer.
    """
    if line.subject == subject:
        return (line.seq or 0) <= cursor
    return str(line.subject).partition(":")[0] == subject.partition(":")[0]
