"""A folder of rules as the checks see it: the ruleset, the nodes of its files, its tests, what its
templates read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

from engine.catalog.channels import CHANNELS
from engine.checks.template_uses import TemplateUse
from engine.conditions import AnswerShape, Scope
from engine.conditions.condition import Condition, Position
from engine.conditions.implication import Reasoning
from engine.conditions.problems import Problem, Problems
from engine.language.nodes import Node, read_nodes
from engine.rules.rule import Action, Listened, Rule
from engine.rules.ruleset import Ruleset

Checks = Iterator[Problem]


@dataclass(frozen=True)
class Folder:
    """What the checks are about; `today` decides what is over.

    `tests` are the scenario files by path. `reads` are the dotted names that each file of
    `templates/` reads, None where nobody could look; `uses` say how it uses them. `channels` are
    those by which something here sends.
    """

    ruleset: Ruleset
    today: date
    tests: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, frozenset[str]] | None = None
    uses: Mapping[str, tuple[TemplateUse, ...]] = field(default_factory=dict)
    channels: frozenset[str] = frozenset(CHANNELS)
    _reasonings: dict[str, Reasoning] = field(default_factory=dict)
    _scopes: dict[str, Scope] = field(default_factory=dict)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in order of their ids."""
        return tuple(sorted(self.ruleset.rules.values(), key=lambda rule: rule.id))

    @cached_property
    def acting(self) -> tuple[Rule, ...]:
        """Those that do something."""
        return tuple(rule for rule in self.rules if rule.conduct.mode == "live")

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The YAML files as nodes."""
        return {
            path: node
            for path, text in self.ruleset.files.items()
            if (node := nodes_of(path, text)) is not None
        }

    @cached_property
    def test_nodes(self) -> Mapping[str, Node]:
        """The files of scenario tests as nodes."""
        return {
            path: node
            for path, text in self.tests.items()
            if (node := nodes_of(path, text)) is not None
        }

    @cached_property
    def _mappings(self) -> Mapping[Position, Node]:
        return {
            node.position: node
            for root in self.nodes.values()
            for node in walk(root)
            if node.entries
        }

    def node(self, of: Rule | Action | Position) -> Node:
        """The mapping of a rule, an action or whatever else stands at a place."""
        at = of if isinstance(of, Position) else of.position
        return self._mappings.get(at) or Node({}, at)

    def place(self, of: Rule | Action, key: str) -> Position:
        """Where the value of a key stands, else the whole."""
        node = self.node(of)
        return node.entries[key].position if key in node.entries else node.position

    def stop_place(self, rule: Rule, stop: Listened) -> Position:
        """Where a line of `stop_if` stands."""
        listed = self.node(rule).entries.get("stop_if")
        said = f"{stop.event} by the customer" if stop.by_customer else stop.event
        items = listed.items if listed else []
        return next(
            (item.position for item in items if " ".join(item.text.split()) == said), rule.position
        )

    def policy(self, *keys: str | int) -> Position:
        """A place in policies.yaml, by the keys and numbers on the way to it, as far as they are
        there.
        """
        at = self.nodes.get("policies.yaml", Node({}, Position("policies.yaml", 1, 1)))
        for key in keys:
            inner = (
                at.entries.get(key)
                if isinstance(key, str)
                else at.items[key]
                if key < len(at.items)
                else None
            )
            if inner is None:
                break
            at = inner
        return at.position

    @cached_property
    def _shapes(self) -> Mapping[str, AnswerShape]:
        told = self.ruleset.answers.values()
        return {
            one.name: AnswerShape(one.type, one.about, dated=one.starts is not None) for one in told
        }

    def scope(self, about: str) -> Scope:
        """What a rule about a kind of thing may read; one for all, because it remembers names."""
        if about not in self._scopes:
            self._scopes[about] = Scope(self.ruleset.catalog, about, self._shapes)
        return self._scopes[about]

    def reasoning(self, about: str) -> Reasoning:
        """What follows from conditions about a kind of thing."""
        if about not in self._reasonings:
            scope = self.scope(about)
            self._reasonings[about] = Reasoning(
                scope.type, lambda name: self.may_be_unknown(name, scope)
            )
        return self._reasonings[about]

    def may_be_unknown(self, name: str, scope: Scope) -> bool:
        """Whether there may be no value: all but ids and what has a default, where only one thing
        can be meant.
        """
        fact = self.ruleset.catalog.facts.get(name)
        if fact is None or scope.owner(name) not in scope.things:
            return True
        return fact.default is None and (fact.optional or not name.endswith(".id"))

    def every_condition(self) -> Iterator[tuple[Condition, str]]:
        """Every condition of the folder and what it is about."""
        for rule in self.rules:
            yield from ((condition, rule.about) for condition in rule.every_condition)
        for answer in self.ruleset.answers.values():
            yield from (
                (one, answer.about)
                for line in (*answer.first, *answer.plus)
                for one in line.conditions
            )
        for conditions in self.ruleset.segments.values():
            yield from ((condition, "customer") for condition in conditions)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    yield node
    inner = node.value if isinstance(node.value, list) else node.entries.values()
    for one in inner:
        yield from walk(one)


@lru_cache(maxsize=512)
def nodes_of(path: str, text: str) -> Node | None:
    """A YAML file as nodes, read once for all checks; None if it is none or cannot be read."""
    return read_nodes(path, text, Problems()) if path.endswith(".yaml") else None
