"""The events and facts of a folder, for a person: a line for each, and its meaning below."""

from collections.abc import Iterable, Iterator

from engine.catalog.values import spelled
from operations.rules.listed_names import ListedEvent, ListedFact


def event_lines(events: Iterable[ListedEvent]) -> Iterator[str]:
    """What each is about and when it counts, then what it means."""
    for one in events:
        notes = (
            one.about,
            f"rank {one.rank}" if one.rank is not None else "",
            "may happen again" if one.repeats else "",
            f"follows {one.follows}" if one.follows else "",
            "of this folder" if one.own else "",
        )
        yield from _entry(one.name, notes, one.meaning)


def fact_lines(facts: Iterable[ListedFact]) -> Iterator[str]:
    """What has it, its type and its value by default, then what it means."""
    for one in facts:
        notes = (
            one.about,
            str(one.type),
            "may be unknown" if one.optional else "",
            f"else {spelled(one.default)}" if one.default is not None else "",
            "derived" if one.derived else "",
            "personal" if one.personal else "",
            "of this folder" if one.own else "",
        )
        yield from _entry(one.name, notes, one.meaning)


def _entry(name: str, notes: Iterable[str], meaning: str) -> Iterator[str]:
    yield f"{name}  ({'; '.join(filter(None, notes))})"
    if meaning:
        yield f"    {meaning}"
