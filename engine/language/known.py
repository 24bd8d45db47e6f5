"""Everything that a rule may name, gathered from the other files of a folder before the rules are
read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.catalog.catalog import Catalog, builtin
from engine.catalog.values import FactType
from engine.conditions import AnswerShape, Scope
from engine.conditions.operators.references import named_like, unknown_fact
from engine.conditions.problems import Problems, unknown
from engine.conditions.scope import CallFields
from engine.language.nodes import Node
from engine.language.plain_values import read_text
from engine.language.sentences.condition_nodes import report
from engine.language.sentences.parser import Fault, parse_event
from engine.rules.policies import Policies
from engine.rules.rule import Listened

TemplateChannels = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A parameter of a registered action; `type` None takes any value."""

    type: FactType | None = None
    required: bool = True


class Signature(dict[str, ParameterSpec]):
    """The parameters of an action; `results` are the fields it answers with, None where any may be
    asked.

    `summary` is what it does, in a sentence for editors; `once` are the parameters that name the
    thing of which it is done once.
    """

    def __init__(
        self,
        parameters: Mapping[str, ParameterSpec],
        results: CallFields = None,
        summary: str = "",
        once: tuple[str, ...] = (),
    ) -> None:
        super().__init__(parameters)
        self.results, self.summary, self.once = results, summary, once


Actions = Mapping[str, Mapping[str, ParameterSpec]]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to name; `actions` None means that nobody knows which are registered."""

    catalog: Catalog
    policies: Policies
    answers: Mapping[str, AnswerShape]
    templates: TemplateChannels
    actions: Actions | None
    problems: Problems
    scopes: dict[str | None, Scope] = field(default_factory=dict)

    def scope(self, about: str | None) -> Scope:
        """What a condition about a kind of thing may read; one for all rules, because it remembers
        types.
        """
        if about not in self.scopes:
            self.scopes[about] = Scope(self.catalog, about, self.answers)
        return self.scopes[about]

    def category(self, node: Node) -> str | None:
        """A category of policies.yaml."""
        name = read_text(node, self.problems)
        if name is None or self.policies.category(name):
            return name
        self.problems.add(
            "J07", node, unknown("category", name, [c.id for c in self.policies.categories])
        )
        return None

    def listened(self, node: Node) -> Listened | None:
        """An event of the catalog, perhaps `by the customer`."""
        if (text := read_text(node, self.problems)) is None:
            return None
        named = parse_event(text)
        if isinstance(named, Fault):
            report(named, node, self.problems)
            return None
        event = named.listened.event
        if event in self.catalog.events:
            return named.listened
        self.problems.add("J07", node.within(named.offset), unknown_event(event, self.catalog))
        return None

    def own_event(self, node: Node) -> str | None:
        """An event that catalog.yaml adds: only those may be emitted."""
        if (listened := self.listened(node)) is None:
            return None
        if listened.event in builtin().events or listened.by_customer:
            self.problems.add(
                "J07",
                node,
                f"{listened.event} is not an event of catalog.yaml; only those are emitted",
            )
            return None
        return listened.event

    def fact(self, node: Node, scope: Scope, kind: str | None = None) -> str | None:
        """A fact or answer that the scope reads, of a kind if one is wanted."""
        if (name := read_text(node, self.problems)) is None:
            return None
        if not scope.knows(name):
            self.problems.add("J07", node, unknown_fact(name, scope.names))
        elif why := scope.unavailable(name):
            self.problems.add("J08", node, why)
        elif kind and (told := scope.type(name)) and told.kind != kind:
            self.problems.add("J09", node, f"{name} is {told}, not {kind}")
        else:
            return name
        return None

    def template(self, node: Node) -> str | None:
        """A template of the folder."""
        name = read_text(node, self.problems)
        if name is None or name in self.templates:
            return name
        self.problems.add("J07", node, unknown("template", name, self.templates))
        return None

    def attached(self, action: str) -> frozenset[str]:
        """The parameters that policies.yaml attaches to the calls of an action."""
        return frozenset(
            key for one in self.policies.attach if action in one.actions for key in one.arguments
        )

    def result(self, action: str) -> CallFields:
        """The fields an action answers with, as far as anybody knows."""
        signature = (self.actions or {}).get(action)
        return signature.results if isinstance(signature, Signature) else None

    def once(self, action: str) -> tuple[str, ...]:
        """The parameters that name the thing of which an action is done once."""
        signature = (self.actions or {}).get(action)
        return signature.once if isinstance(signature, Signature) else ()


def unknown_action(name: str, actions: Actions) -> str:
    """The message for an action that nobody registered."""
    message = unknown("action", name, actions)
    if message.endswith("?"):
        return message
    return f"{message}; code of your own is loaded by `code` in purna.toml"


def unknown_event(name: str, catalog: Catalog) -> str:
    """The message for an event that does not exist."""
    if name in catalog.facts:
        return f"{name} is a fact, not an event; what holds at a moment belongs in `if`"
    meant = named_like(name, sorted(catalog.events))
    return f"unknown event {name}, did you mean {meant}?" if meant else f"unknown event {name}"
