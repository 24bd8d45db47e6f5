"""The words a scenario may use: what the rules folder knows, and facts as a test states them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.catalog import Catalog, Fact
from engine.catalog.values import WrongValue, canonical, instant
from engine.conditions.problems import Problems, unknown
from engine.language.nodes import Node
from engine.language.plain_values import read_text
from engine.language.stories.story_keys import thing_keys
from engine.rules.ruleset import Ruleset

# What a thing is known by, where that is not its id.
_ALSO_NAMED_BY = {"shipment": "tracking_number", "perk": "name"}


OtherRules = Callable[[str], Ruleset | str]


def no_other_rules(_folder: str) -> str:
    """Where no folder can be read."""
    return "other rules cannot be published here"


@dataclass(frozen=True, slots=True)
class Terms:
    """What there is to name, and the problems found so far.

    `actions` are the names of those that rules may call; `elsewhere` reads the rules of a folder,
    or says in a sentence why it cannot.
    """

    ruleset: Ruleset
    actions: Collection[str]
    problems: Problems
    elsewhere: OtherRules = no_other_rules

    @property
    def catalog(self) -> Catalog:
        """Events and facts."""
        return self.ruleset.catalog

    def one_of(self, node: Node, kind: str, known: Iterable[str]) -> str | None:
        """A name that exists."""
        name, names = read_text(node, self.problems), list(known)
        if name is not None and name not in names:
            self.problems.add("J07", node, unknown(kind, name, names))
            return None
        return name

    def rule(self, node: Node) -> str | None:
        """The id of a rule."""
        name = read_text(node, self.problems)
        found = self.ruleset.rule(name) if name else None
        return found.id if found else self.one_of(node, "rule", self.ruleset.rules)

    def template(self, node: Node) -> str | None:
        """A template."""
        return self.one_of(node, "template", self.ruleset.templates)

    def category(self, node: Node) -> str | None:
        """A category."""
        return self.one_of(node, "category", [one.id for one in self.ruleset.policies.categories])

    def event(self, node: Node) -> str | None:
        """An event; a derived one cannot be told, but expected."""
        return self.one_of(node, "event", self.catalog.events)

    def published(self, node: Node) -> Ruleset | None:
        """The rules of a folder."""
        folder = read_text(node, self.problems)
        found = self.elsewhere(folder) if folder else None
        if isinstance(found, str):
            self.problems.add("J09", node, found)
            return None
        return found

    def facts(
        self, prefix: str, node: Node, zone: str, derived: Collection[str] = ()
    ) -> dict[str, Any]:
        """The facts a mapping states, as JSON by dotted name; `derived` may be stated although they
        are worked out.
        """
        found = {}
        for key, item in node.entries.items():
            name, at = f"{prefix}.{key}", Node(key, node.keys[key])
            fact = self.catalog.facts.get(name)
            if fact is None and key == "id":
                found[name] = read_text(item, self.problems)
            elif (why := self._unstatable(name, fact)) and name not in derived:
                self.problems.add("J07", at, why)
            elif fact and item.value is not None:
                found[name] = self.value(fact, item, zone)
        return {name: value for name, value in found.items() if value is not None}

    def value(self, fact: Fact, node: Node, zone: str) -> Any:
        """The JSON of a fact's value; a time without a zone is one of the test."""
        raw = (
            node.text
            if fact.type.kind in ("text", "enum") and not isinstance(node.value, list | dict)
            else node.plain
        )
        try:
            value = canonical(fact.type, raw)
        except (WrongValue, OverflowError) as wrong:
            self.problems.add("J09", node, f"{fact.name} is {wrong}")
            return None
        if fact.type.kind == "enum" and value not in fact.type.values:
            self.problems.add("J09", node, unknown("value", str(value), fact.type.values))
        if fact.type.kind == "datetime" and "T" in value and not value.endswith("Z"):
            return instant(
                datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            )
        return value

    def prefixes(self) -> frozenset[str]:
        """The keys under which an event states facts."""
        return thing_keys(self.catalog)

    def _unstatable(self, name: str, fact: Fact | None) -> str | None:
        if fact is None:
            return unknown("fact", name, self.catalog.facts)
        if fact.derived:
            return f"{name} is worked out from what happened, so it cannot be stated"
        if name.removesuffix("_at") in self.catalog.events and name.endswith("_at"):
            return f"{name} is when {name.removesuffix('_at')} happened: tell that event"
        return None


def id_in(kind: str, prefix: str, facts: Mapping[str, Any]) -> str | None:
    """By which id the facts of a thing name it."""
    keys = ("id", _ALSO_NAMED_BY.get(kind, "id"))
    return next((str(facts[f"{prefix}.{key}"]) for key in keys if f"{prefix}.{key}" in facts), None)
