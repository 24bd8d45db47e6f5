"""Everything that a rule may name, gathered from the other files of a folder before the rules are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.catalog import Catalog
from engine.conditions import AnswerShape, Scope
from engine.conditions.reading import named_like
from engine.language.fields import read_text
from engine.language.nodes import Node
from engine.language.problems import Problems, unknown
from engine.ruleset import Policies
from engine.values import FactType

Templates = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A parameter of a registered action; `type` None takes any value."""

    type: FactType | None = None
    required: bool = True


Actions = Mapping[str, Mapping[str, ParameterSpec]]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to name; `actions` None means that nobody knows which are registered."""

    catalog: Catalog
    policies: Policies
    answers: Mapping[str, AnswerShape]
    templates: Templates
    actions: Actions | None
    problems: Problems
    scopes: dict[str | None, Scope] = field(default_factory=dict)

    def scope(self, about: str | None) -> Scope:
        """What a condition about a kind of thing may read; one for all rules, because it remembers types."""
        if about not in self.scopes:
            self.scopes[about] = Scope(self.catalog, about, self.answers)
        return self.scopes[about]

    def category(self, node: Node) -> str | None:
        """A category of policies.yaml."""
        name = read_text(node, self.problems)
        if name is None or self.policies.category(name):
            return name
        self.problems.add("J07", node, unknown("category", name, [c.id for c in self.policies.categories]))
        return None

    def event(self, node: Node) -> str | None:
        """An event of the catalog."""
        name = read_text(node, self.problems)
        if name is None or name in self.catalog.events:
            return name
        self.problems.add("J07", node, unknown_event(name, self.catalog))
        return None


def unknown_event(name: str, catalog: Catalog) -> str:
    """The message for an event that does not exist."""
    if name in catalog.facts:
        return f"{name} is a fact, not an event; what holds at a moment belongs in `if`"
    meant = named_like(name, sorted(catalog.events))
    return f"unknown event {name}, did you mean {meant}?" if meant else f"unknown event {name}"
