"""What a story expects: the deeds of a stretch, each with the fields that are compared, and the
reasons for silence.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.channels import CHANNELS
from engine.conditions.problems import unknown
from engine.decisions.decision import Reason
from engine.language.fields import Fields, read_choice, read_text, value_words
from engine.language.nodes import Node
from engine.rules.rule import Grant
from engine.scenarios.files.moments import ScenarioClock
from engine.scenarios.scenario import Because, Wanted
from engine.scenarios.terms import Terms

_EVERY = frozenset({"at", "order", "to"})
_KEYS: Mapping[str, frozenset[str]] = {
    "send": frozenset({"by", "says", "of", "with"}),
    "call": frozenset({"with"}),
    "grant": frozenset({"ends"}),
    "suppress": frozenset({"ends"}),
    "set": frozenset(),
    "emit": frozenset({"with"}),
}
# What a rule can say of itself: the engine's reasons, and that it waits.
WAITING = "waiting"
REASONS = frozenset({*Reason, WAITING}) - {Reason.NO_RULE}

NamedDeed = Callable[[Node, Terms], str | None]


@dataclass(frozen=True, slots=True)
class Wanting:
    """Reads `expect` and `because`; `person` and `order` find who and which order of the test is
    meant.
    """

    terms: Terms
    clock: ScenarioClock
    person: NamedDeed
    order: NamedDeed

    def deeds(self, node: Node) -> tuple[Wanted, ...]:
        """Every deed of an `expect`; `nothing` is none."""
        if node.value == "nothing":
            return ()
        if node.value is None or node.value == []:
            self.terms.problems.add("J03", node, "expect names what happens, or `nothing`")
        found = (self._deed(item) for item in node.items)
        return tuple(one for one in found if one)

    def because(self, node: Node) -> tuple[Because, ...]:
        """The reasons by rule."""
        if not isinstance(node.value, dict):
            self.terms.problems.add(
                "J09", node, f"because is a mapping from rule to reason, not {value_words(node)}"
            )
        found = []
        for key, item in node.entries.items():
            rule = self.terms.rule(Node(key, node.keys[key]))
            found += [one for one in self._reasons(rule, item) if rule]
        return tuple(found)

    def _reasons(self, rule: str | None, node: Node) -> Iterator[Because]:
        if not isinstance(node.value, dict):
            yield from self._reason(rule or "", node, None)
            return
        for key, item in node.entries.items():
            order = self.order(Node(key, node.keys[key]), self.terms)
            yield from self._reason(rule or "", item, order)

    def _reason(self, rule: str, node: Node, order: str | None) -> Iterator[Because]:
        text = read_text(node, self.terms.problems) or ""
        spoken, _, until = text.partition(" until ")
        reason, _, by = spoken.partition(" ")
        if reason not in REASONS:
            self.terms.problems.add("J07", node, unknown("reason", reason, REASONS))
            return
        at = self.clock.parsed(until) if until else None
        if until and at is None:
            self.terms.problems.add(
                "J09", node, f"until a moment such as 78h or 2026-03-04 15:00, not {until}"
            )
        yield Because(node.position, rule, reason, by.strip(), at, order)

    def _deed(self, node: Node) -> Wanted | None:
        kind = next((kind for kind in _KEYS if kind in node.entries), None)
        if kind is None:
            what = ", ".join(node.entries) or value_words(node)
            self.terms.problems.add(
                "J02", node, f"what happens is one of {', '.join(_KEYS)}, not {what}"
            )
            return None
        fields = Fields(node, kind, _EVERY | _KEYS[kind] | {kind}, self.terms.problems)
        named = node.entries[kind]
        name = self._name(kind, named)
        if name is None:
            return None
        return Wanted(
            position=node.position,
            kind=kind,
            name=name,
            at=self.clock.moment(at, self.terms.problems) if (at := fields.get("at")) else None,
            order=self.order(order, self.terms) if (order := fields.get("order")) else None,
            customer=self.person(to, self.terms) if (to := fields.get("to")) else None,
            channel=read_choice(by, "channel", CHANNELS, self.terms.problems)
            if (by := fields.get("by"))
            else None,
            says=tuple(
                text
                for item in fields.listed("says")
                if (text := read_text(item, self.terms.problems))
            ),
            ends=self.clock.end(ends, self.terms.problems)
            if (ends := fields.get("ends"))
            else None,
            gathers=self._gathered(fields.listed("of")) if fields.get("of") else None,
            categories=self._silenced(named) if kind == "suppress" else None,
            arguments=self._put(named) if kind == "set" else self._arguments(fields.get("with")),
        )

    def _name(self, kind: str, node: Node) -> str | None:
        """The name after the verb; silences and set facts have none."""
        match kind:
            case "send":
                return self.terms.template(node)
            case "call":
                return self.terms.one_of(node, "action", self.terms.actions)
            case "emit":
                return self.terms.event(node)
            case "grant":
                acts = (act for rule in self.terms.ruleset.rules.values() for act in rule.actions)
                return self.terms.one_of(
                    node, "perk", {act.perk for act in acts if isinstance(act, Grant)}
                )
            case _:
                return ""

    def _gathered(self, nodes: list[Node]) -> tuple[str, ...]:
        return tuple(sorted(name for node in nodes if (name := self.terms.template(node))))

    def _silenced(self, node: Node) -> frozenset[str]:
        if node.value == "all marketing":
            every = self.terms.ruleset.policies.categories
            return frozenset(
                one.id for one in every if one.kind == "marketing" and "suppress" not in one.ignores
            )
        return frozenset(name for item in node.items if (name := self.terms.category(item)))

    def _put(self, node: Node) -> dict[str, Any]:
        found = {}
        for name, item in node.entries.items():
            fact = self.terms.catalog.facts.get(name)
            if fact is None:
                at = node.keys[name]
                self.terms.problems.add("J07", at, unknown("fact", name, self.terms.catalog.facts))
            else:
                found[name] = self.terms.value(fact, item, self.clock.zone)
        return found

    def _arguments(self, node: Node | None) -> dict[str, Any]:
        """What was passed, as it is written in the test."""
        if node is not None and not isinstance(node.value, dict):
            self.terms.problems.add("J09", node, f"with is a mapping, not {value_words(node)}")
        return {key: item.plain for key, item in node.entries.items()} if node else {}
