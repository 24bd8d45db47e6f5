"""What a template may read: every fact and answer as nested mappings, typed, also inside lists.

A list holds what its sender wrote; here each of its elements has the facts of the catalog, with
their types and defaults.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.catalog.catalog import Fact
from engine.catalog.values import Duration, Value, loosely
from engine.conditions import Scope
from engine.facts.views.view import View

# How the lists are called that hold things and nothing else; a team's own may hold texts too.
_OF_THINGS = (".items", ".shipments")


def facts_of(view: View) -> dict[str, Any]:
    """Every fact and answer as nested mappings, worked out when they are read; what is unknown is
    not there.
    """
    prefixes = {name.partition(".")[0] for name in view.ruleset.catalog.facts}
    return {**{prefix: _Facts(view, prefix) for prefix in prefixes}, "answer": _Answers(view)}


def readable(view: View, name: str) -> Any:
    """The value of a fact or a call's result as templates read it; None for unknown."""
    value = view[name]
    if not isinstance(value, list):
        return value
    kind = Scope(view.ruleset.catalog).element_of(name)
    if kind is None:
        return value
    known = view.ruleset.catalog.facts_of.get(kind, {})
    listed = _things(value) if name.endswith(_OF_THINGS) else value
    return [
        _Element(one, known, view["zone"]) if isinstance(one, Mapping) else one for one in listed
    ]


def _things(listed: list[Any]) -> Iterator[Mapping[str, Any]]:
    """The things in a list; a bare id stands for what it names."""
    for one in listed:
        if isinstance(one, str):
            yield {"id": one}
        elif isinstance(one, Mapping):
            yield one


class _Facts(Mapping[str, Any]):
    """The facts under one prefix."""

    def __init__(self, view: View, prefix: str) -> None:
        self._view, self._prefix = view, prefix

    def __getitem__(self, name: str) -> Any:
        value = readable(self._view, f"{self._prefix}.{name}")
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        named = (name.partition(".") for name in self._view.ruleset.catalog.facts)
        return (name for prefix, _, name in named if prefix == self._prefix and name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Element(Mapping[str, Any]):
    """The facts of an element of a list by their last word; what the catalog does not know is as
    it came.
    """

    def __init__(self, stated: Mapping[str, Any], known: Mapping[str, Fact], zone: str) -> None:
        self._stated, self._known, self._zone = stated, known, zone

    def __getitem__(self, name: str) -> Any:
        value = self._value(name)
        if value is None:
            raise KeyError(name)
        return value

    def _value(self, name: str) -> Any:
        raw, fact = self._stated.get(name), self._known.get(name)
        if fact is None:
            return raw
        value = loosely(fact.type, _as_text(raw) if fact.type.kind == "text" else raw, self._zone)
        return fact.default if value is None else value

    def __iter__(self) -> Iterator[str]:
        return (name for name in {**self._known, **self._stated} if self._value(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _as_text(raw: Value) -> Value:
    """An id or a size may be a number where it is written."""
    return str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


class _Answers(Mapping[str, Any]):
    """The answers; one that counts days from a moment also has `ends_on` and `open`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __getitem__(self, name: str) -> Any:
        answered = self._view.answered(name)
        if answered is None or answered.value is None:
            raise KeyError(name)
        if answered.ends_on is None or not isinstance(answered.value, Duration):
            return answered.value
        return _Window(answered.value, {"ends_on": answered.ends_on, "open": answered.open})

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._view.ruleset.answers if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Window(Duration, Mapping[str, Any]):
    """A length of time that can be spoken as it is, and whose parts can be read."""

    _parts: Mapping[str, Any]

    def __init__(self, length: Duration, parts: Mapping[str, Any]) -> None:
        super().__init__(length.amount, length.unit)
        object.__setattr__(self, "_parts", parts)  # its base is frozen

    def __getitem__(self, name: str) -> Any:
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)
