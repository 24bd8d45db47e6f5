"""What a condition may read: the facts of its thing, of what contains it, and the answers about
those.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.catalog.catalog import CONTAINER, Catalog, Fact
from engine.catalog.values import FactType
from engine.conditions.types import schema_of

ABOVE = CONTAINER | {"item": "order", "product": "item"}
# Prefixes of facts that are the customer's although the thing they belong to is not.
_OF_CUSTOMER = frozenset({"support.open", "support.open_beside_reviews"})
_TEXTS = frozenset(
    {
        "customer.channels",
        "customer.perks",
        "customer.silenced",
        "customer.bought",
        "customer.sent_back",
    }
)


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """What others may know of an answer before it is read: `dated` ones also have `ends_on` and
    `open`.
    """

    type: FactType
    about: str = "order"
    dated: bool = False


# The fields of a call's result by name, of a type nobody knows where that is None; None where any
# field may be asked.
CallFields = Mapping[str, FactType | None] | None


@dataclass(frozen=True)
class Scope:
    """Everything a condition about one kind of thing may read; `about` None reads all there is.

    `results` are those of earlier calls of the rule, by the name their `as` gives them.
    """

    catalog: Catalog
    about: str | None = None
    answers: Mapping[str, AnswerShape] = field(default_factory=dict)
    results: Mapping[str, CallFields] = field(default_factory=dict)

    def type(self, name: str) -> FactType | None:
        """The type of a fact, answer, segment or result; None if there is none of that name or
        nobody knows.
        """
        if fact := self.catalog.facts.get(name):
            return fact.type
        prefix, _, rest = name.partition(".")
        if prefix == "segment":
            return _HOLDS if rest in self.catalog.segments else None
        if prefix in self.results:
            return (self.results[prefix] or {}).get(rest)
        answer, _, part = rest.partition(".")
        if prefix != "answer" or (shape := self.answers.get(answer)) is None:
            return None
        if not part:
            return shape.type
        return _DATED.get(part) if shape.dated else None

    def knows(self, name: str) -> bool:
        """Whether there is something of this name, even if nobody knows its type."""
        prefix, _, rest = name.partition(".")
        if prefix in self.results:
            fields = self.results[prefix]
            return fields is None or rest in fields
        return self.type(name) is not None

    @cached_property
    def names(self) -> list[str]:
        """Every name that can be read somewhere, those about this thing first, out of
        reach last.
        """
        told = [f"{call}.{key}" for call, fields in self.results.items() for key in fields or ()]
        answers = [f"answer.{name}" for name in self.answers]
        names = [
            *self.catalog.facts,
            *answers,
            *(f"segment.{name}" for name in self.catalog.segments),
            *told,
        ]
        return sorted(names, key=self._distance)

    def _distance(self, name: str) -> tuple[bool, bool, bool, str]:
        owner = self.owner(name)
        return owner != self.about, bool(self.unavailable(name)), owner == "item", name

    def owner(self, name: str) -> str:
        """The kind of thing that a fact or answer is about."""
        prefix, _, rest = name.partition(".")
        if prefix == "answer":
            return self.answers[rest.partition(".")[0]].about
        if prefix in self.results:
            return self.about or "customer"
        return "customer" if name in _OF_CUSTOMER else self._fact(name).owner

    def _fact(self, name: str) -> Fact:
        return self.catalog.facts.get(name) or Fact(name, _HOLDS)

    def unavailable(self, name: str) -> str | None:
        """Why a rule about this thing cannot read the fact; None if it can.

        It reads its thing and what contains it, and downwards the only one of what it contains; but
        a customer has many orders, so a rule about a customer reads nothing of one.
        """
        owner = self.owner(name)
        if (
            self.about is None
            or owner in _chain(self.about)
            or (owner in ABOVE and self._holds(owner, name))
        ):
            return None
        return (
            f"a rule about {self.about} cannot read {name}, which belongs to {_A.get(owner, owner)}"
        )

    def _holds(self, owner: str, name: str) -> bool:
        if owner in {"item", "product"} or name.startswith("answer."):
            return False
        return self.about in _chain(owner) and not (
            self.about == "customer" and "order" in _chain(owner)
        )

    @property
    def things(self) -> tuple[str, ...]:
        """The thing and everything that contains it."""
        return _chain(self.about) if self.about else ()

    @cached_property
    def schema(self) -> dict[str, Any]:
        """All names as JSON Schema, which is what the type check of python-jsonlogic resolves
        against.
        """
        return {"type": "object", "properties": _Properties(self)}

    def element_of(self, name: str) -> str | None:
        """The kind of thing that a list holds; None for a list of plain text."""
        if name in _TEXTS:
            return None
        return "shipment" if name.rpartition(".")[2] == "shipments" else "item"

    def element_schema(self, kind: str) -> dict[str, Any]:
        """The facts of an element, which are read without their prefix."""
        facts = self.catalog.facts.items()
        of_kind = {
            name.removeprefix(f"{kind}."): fact
            for name, fact in facts
            if name.startswith(f"{kind}.")
        }
        return {
            "type": "object",
            "properties": {name: schema_of(fact.type) for name, fact in of_kind.items()},
        }


_HOLDS = FactType("boolean")
_DATED = {"ends_on": FactType("date"), "open": FactType("boolean")}
_A = {"order": "an order", "shipment": "a parcel", "item": "an item of an order"}


class _Properties(dict[str, dict[str, Any]]):
    """Schemas by name, made when they are first asked for."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __missing__(self, name: str) -> dict[str, Any]:
        if not self._scope.knows(name):
            raise KeyError(name)
        fact = self._scope.type(name)
        self[name] = {} if fact is None else schema_of(fact)
        return self[name]


def _chain(thing: str) -> tuple[str, ...]:
    """The thing and everything that contains it; all belong to a customer."""
    chain = [thing]
    while (above := ABOVE.get(chain[-1])) is not None:
        chain.append(above)
    return tuple(dict.fromkeys((*chain, "customer")))
