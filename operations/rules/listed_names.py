"""Every event and fact that the rules of a folder may name: built in, or of its own catalog."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.catalog.catalog import EventType, Fact, builtin
from engine.catalog.values import FactType, spelled
from engine.language.known import Known
from engine.language.reader import read_known
from operations.rules.rules_folder import known_actions, read_files

_YES_OR_NO = FactType("boolean")
_PLAIN = (bool, int, str, list)


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event as a rule names it.

    `rank` orders the life of the thing it is about, `repeats` says that it may happen again,
    `follows` names the event from which it is derived, `own` that it is of the folder's catalog.
    """

    name: str
    about: str
    meaning: str
    rank: int | None
    repeats: bool
    follows: str | None
    own: bool

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ListedFact:
    """A fact, answer or segment as a condition names it.

    `about` is the thing that has it, `default` its value while nobody has stated one, `optional`
    says that it may be unknown, `derived` that it is worked out from others, `own` that the folder
    defines it.
    """

    name: str
    about: str
    meaning: str
    type: FactType
    default: object = None
    optional: bool = False
    derived: bool = False
    personal: bool = False
    own: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        plain = self.default is None or isinstance(self.default, _PLAIN)
        default = self.default if plain else spelled(self.default)
        kind = {"type": self.type.kind, "values": list(self.type.values)}
        return asdict(self) | kind | {"default": default}


def list_events(folder: Path, words: Iterable[str] = ()) -> list[ListedEvent]:
    """The events of a folder in whose name, thing or meaning all these words occur."""
    known = _known(folder)
    listed = [_event(event) for event in known.catalog.events.values()]
    return [one for one in listed if _matches((one.name, one.about, one.meaning), words)]


def list_facts(folder: Path, words: Iterable[str] = ()) -> list[ListedFact]:
    """The facts, answers and segments of a folder in whose name, thing, type or meaning all these
    words occur.
    """
    return [
        one
        for one in _facts(_known(folder))
        if _matches((one.name, one.about, str(one.type), one.meaning), words)
    ]


def _known(folder: Path) -> Known:
    """What there is to name, also where the files have mistakes."""
    return read_known(read_files(folder), known_actions())


def _matches(texts: Iterable[str], words: Iterable[str]) -> bool:
    whole = " ".join(texts).casefold()
    return all(word.casefold() in whole for word in words)


def _event(event: EventType) -> ListedEvent:
    return ListedEvent(
        event.name,
        event.about,
        event.meaning,
        event.rank,
        event.repeats,
        event.follows,
        own=event.name not in builtin().events,
    )


def _facts(known: Known) -> Iterator[ListedFact]:
    scope = known.scope(None)
    for fact in known.catalog.facts.values():
        yield _fact(fact, scope.owner(fact.name))
    for name, shape in known.answers.items():
        yield _of_answer(f"answer.{name}", shape.about, shape.type)
        if shape.dated:
            for part in ("ends_on", "open"):
                full = f"answer.{name}.{part}"
                yield _of_answer(full, shape.about, scope.type(full) or _YES_OR_NO)
    for name in known.catalog.segments:
        meaning = f"Whether the customer is in the segment {name}, as catalog.yaml defines it."
        yield ListedFact(f"segment.{name}", "customer", meaning, _YES_OR_NO, own=True)


def _fact(fact: Fact, about: str) -> ListedFact:
    return ListedFact(
        fact.name,
        about,
        fact.meaning,
        fact.type,
        fact.default,
        optional=fact.optional,
        derived=fact.derived,
        personal=fact.personal,
        own=builtin().facts.get(fact.name) != fact,
    )


def _of_answer(name: str, about: str, kind: FactType) -> ListedFact:
    meaning = _MEANING_OF_PART.get(name.rpartition(".")[2], "What answers.yaml answers.")
    return ListedFact(name, about, meaning, kind, optional=True, derived=True, own=True)


_MEANING_OF_PART = {
    "ends_on": "The last day of the time that the answer gives.",
    "open": "Whether that day is not over yet.",
}
