"""What a story expects: the deeds of a stretch, each with the fields that are compared, and the
reasons for silence.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.catalog.values import FactType
from engine.conditions.problems import Problems, unknown
from engine.language.journeys.action_keys import (
    ALL_MARKETING,
    VERBS,
    CallDeed,
    DeedKeys,
    EmitDeed,
    GrantDeed,
    SendDeed,
    SetDeed,
    SuppressDeed,
)
from engine.language.nodes import Node
from engine.language.plain_values import read_text, read_value, value_words
from engine.language.stories.story_keys import NOTHING, REASONS
from engine.rules.rule import Grant
from engine.scenarios.files.moments import ScenarioClock
from engine.scenarios.scenario import Because, Wanted
from engine.scenarios.terms import Terms

MOST_TIMES = 100
NamedDeed = Callable[[Node, Terms], str | None]


def read_times(node: Node | None, problems: Problems) -> int:
    """How often; once where nobody says so."""
    if node is None:
        return 1
    times = read_value(node, FactType("integer"), problems)
    if not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        problems.add("J09", node, f"times is a number from 1 to {MOST_TIMES}")
        return 1
    return times


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
        if node.value == NOTHING:
            return ()
        if node.value is None or node.value == []:
            self.terms.problems.add("J03", node, "expect names what happens, or `nothing`")
        found = ((self._deed(item), self._times(item)) for item in node.items)
        return tuple(deed for deed, times in found if deed for _ in range(times))

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
        kind = next((kind for kind in VERBS if kind in node.entries), None)
        if kind is None:
            what = ", ".join(node.entries) or value_words(node)
            self.terms.problems.add(
                "J02", node, f"what happens is one of {', '.join(VERBS)}, not {what}"
            )
            return None
        keys = VERBS[kind].deed(node, self.terms.problems)
        wanted = Wanted(
            position=node.position,
            kind=kind,
            name="",
            at=self.clock.moment(keys.at, self.terms.problems) if keys.at else None,
            order=self.order(keys.order, self.terms) if keys.order else None,
            customer=self.person(keys.to, self.terms) if keys.to else None,
        )
        named = node.entries[kind]
        name = self._name(keys, named)
        return None if name is None else replace(wanted, name=name, **self._compared(keys, named))

    def _times(self, node: Node) -> int:
        """How often a deed is expected; each time is one of its own."""
        return read_times(node.entries.get("times"), self.terms.problems)

    def _compared(self, keys: DeedKeys, named: Node) -> Mapping[str, Any]:
        """The fields of `Wanted` that only this verb has."""
        match keys:
            case SendDeed():
                gathers = None if keys.of is None else self._gathered(keys.of)
                passed = self._arguments(keys.with_)
                return {
                    "channel": keys.by,
                    "says": keys.says or (),
                    "gathers": gathers,
                    "arguments": passed,
                }
            case SuppressDeed():
                return {"categories": self._silenced(named), "ends": self._end(keys.ends)}
            case GrantDeed():
                return {"ends": self._end(keys.ends)}
            case CallDeed() | EmitDeed():
                return {"arguments": self._arguments(keys.with_)}
            case SetDeed():
                return {"arguments": self._put(named)}
        raise AssertionError(keys.what)

    def _end(self, node: Node | None) -> date | datetime | None:
        return self.clock.end(node, self.terms.problems) if node else None

    def _name(self, keys: DeedKeys, node: Node) -> str | None:
        """The name after the verb; silences and set facts have none."""
        match keys:
            case SendDeed():
                return self.terms.template(node)
            case CallDeed():
                return self.terms.one_of(node, "action", self.terms.actions)
            case EmitDeed():
                return self.terms.event(node)
            case GrantDeed():
                acts = (act for rule in self.terms.ruleset.rules.values() for act in rule.actions)
                return self.terms.one_of(
                    node, "perk", {act.perk for act in acts if isinstance(act, Grant)}
                )
            case _:
                return ""

    def _gathered(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        return tuple(sorted(name for node in nodes if (name := self.terms.template(node))))

    def _silenced(self, node: Node) -> frozenset[str]:
        if node.value == ALL_MARKETING:
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
