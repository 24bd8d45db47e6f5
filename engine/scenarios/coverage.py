"""What of the rules the tests have touched: rules, branches, stops and the outcomes of
the gates.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.decisions.decision import Decision
from engine.decisions.effects import ActionCall, Effect, Message
from engine.rules.rule import Action, Branch, Call, Emit, Grant, Rule, Send, Suppress
from engine.rules.ruleset import Ruleset
from engine.scenarios.play import Played

CoverageKind = Literal["rule", "branch", "stop", "gate"]
KINDS: tuple[CoverageKind, ...] = ("rule", "branch", "stop", "gate")
_PLURAL = {"rule": "rules", "branch": "branches", "stop": "stops", "gate": "gate outcomes"}
_HELD_BACK = frozenset({"condition_false", "fact_unknown"})
# What a rule whose `choose` comes to no action says of it.
_NOTHING = "otherwise: nothing"
_SILENT = "if does not hold"
_DIGITS = 1


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Something a test can touch; `what` is its name within the rule or category `of`."""

    kind: CoverageKind
    of: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.of}: {self.what}" if self.what else self.of


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each point was touched."""

    hits: Mapping[Point, int]

    @property
    def percent(self) -> float:
        """The share of points that were touched; all of them where there are none."""
        touched = sum(count > 0 for count in self.hits.values())
        return round(100 * touched / len(self.hits), _DIGITS) if self.hits else 100.0

    def lines(self) -> Iterator[str]:
        """For a person: the counts, and what nobody has touched."""
        for kind in KINDS:
            points = {point: count for point, count in self.hits.items() if point.kind == kind}
            touched = sum(count > 0 for count in points.values())
            yield f"{_PLURAL[kind]:<14} {touched} of {len(points)}"
            yield from (
                f"  not tested   {point}" for point, count in sorted(points.items()) if not count
            )
        yield f"{'coverage':<14} {self.percent} %"

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        points = [
            {"kind": one.kind, "of": one.of, "what": one.what, "hits": n}
            for one, n in sorted(self.hits.items())
        ]
        return {"percent": self.percent, "points": points}


def covered(ruleset: Ruleset, played: Iterable[Played]) -> Coverage:
    """Every point of a ruleset, and how often these tests touched it."""
    hits: Counter[Point] = Counter()
    for one in played:
        hits.update(_touched(ruleset, one))
    return Coverage({point: hits[point] for point in _points(ruleset)})


def _points(ruleset: Ruleset) -> Iterator[Point]:
    for rule in ruleset.rules.values():
        if rule.conduct.mode == "off":
            continue
        yield Point("rule", rule.id)
        yield from (Point("branch", rule.id, name) for name in _branches(rule))
        yield from (Point("stop", rule.id, one.event) for one in rule.stop_if)
    sent = {
        act.category
        for rule in ruleset.rules.values()
        for act in rule.actions
        if isinstance(act, Send)
    }
    for category in ruleset.policies.categories:
        if category.id in sent:
            yield from (
                Point("gate", category.id, outcome) for outcome in _outcomes(category.id, ruleset)
            )


def _branches(rule: Rule) -> Iterator[str]:
    """The lines of `choose`, and that its conditions can hold a rule back."""
    if rule.conditions or rule.unless:
        yield _SILENT
    if len(rule.branches) > 1:
        yield from (_branch_name(branch) for branch in rule.branches)


def _branch_name(branch: Branch) -> str:
    text = " and ".join(one.text for one in branch.conditions)
    return f"if {text}" if text else "otherwise"


def _outcomes(name: str, ruleset: Ruleset) -> Iterator[str]:
    """How the gates can decide about a message of a category."""
    policies, category = ruleset.policies, ruleset.policies.category(name)
    if category is None:
        return
    silenced = {
        one
        for rule in ruleset.rules.values()
        for act in rule.actions
        if isinstance(act, Suppress)
        for one in act.categories
    }
    possible = {
        "sent": True,
        "no_channel": True,
        "no_consent": category.consent == "opt_in",
        "suppressed_by": "suppress" not in category.ignores and name in silenced,
        "holdout": "holdout" not in category.ignores
        and policies.holdout is not None
        and name in policies.holdout.categories,
        "capped": "cap" not in category.ignores
        and any(name in cap.categories for cap in policies.caps),
        "digested": policies.digest is not None and name in policies.digest.categories,
        "mixed": any(name in mix.categories for mix in policies.mix),
        "held_quiet": "quiet_hours" not in category.ignores and policies.quiet_hours is not None,
    }
    yield from (outcome for outcome, is_possible in possible.items() if is_possible)


def _touched(ruleset: Ruleset, played: Played) -> Iterator[Point]:
    for decision in played.decisions:
        if rule := ruleset.rule(decision.rule_id):
            yield from _of_decision(rule, decision)
    for effect in played.effects:
        yield from _of_effect(ruleset, effect)
    for deed in played.deeds:
        if deed.kind == "suppress" and (rule := ruleset.rule(deed.rule)):
            yield from (
                _line(rule, one)
                for one in rule.branches
                if any(str(act.position) == deed.place for act in one.actions)
            )
    for given in played.given:
        if isinstance(given.effect, Message):
            yield Point("gate", given.effect.category, given.reason)


def _of_decision(rule: Rule, decision: Decision) -> Iterator[Point]:
    if decision.reason is None or decision.reason == "shadow":
        yield Point("rule", rule.id)
    elif decision.reason == "stopped_by" and decision.by:
        yield Point("stop", rule.id, decision.by.partition(" ")[0])
    elif decision.reason == "condition_false" and decision.by == _NOTHING:
        yield from (_line(rule, branch) for branch in rule.branches if not branch.actions)
    elif decision.reason in _HELD_BACK:
        yield Point("branch", rule.id, _SILENT)


def _of_effect(ruleset: Ruleset, effect: Effect) -> Iterator[Point]:
    if isinstance(effect, Message) and effect.state == "sent" and effect.firing.rule_id:
        yield Point("gate", effect.category, "sent")
    if (rule := ruleset.rule(effect.firing.rule_id)) is None:
        return
    for branch in rule.branches:
        if any(_leads_to(act, effect) for act in branch.actions):
            yield _line(rule, branch)


def _line(rule: Rule, branch: Branch) -> Point:
    return Point("branch", rule.id, _branch_name(branch))


def _leads_to(act: Action, effect: Effect) -> bool:
    match act:
        case Send():
            return isinstance(effect, Message) and effect.name == act.template
        case Call():
            return isinstance(effect, ActionCall) and effect.name == act.action
        case Grant():
            return effect.arguments.get("perk.name") == act.perk
        case Emit():
            return effect.name == act.event
        case _:
            return False
