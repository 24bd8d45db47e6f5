"""A rule as a graph: trigger, conditions, branches, gates, message; with counts where a log was
played.
"""

from collections.abc import Iterable, Iterator, Mapping

from engine.backtests.tally import RuleTally
from engine.conditions.condition import Condition
from engine.decisions.reason import Reason
from engine.graphs.graph import Graph, Shape
from engine.rules.policies import Policies
from engine.rules.rule import (
    Action,
    Argument,
    Branch,
    Call,
    Emit,
    Grant,
    Listened,
    Put,
    Rule,
    Send,
    Suppress,
)
from engine.rules.ruleset import Ruleset
from engine.rules.say_when import say_when

# Which reasons leave the path at which of its questions; whatever is not named here is a gate's.
_AT_IF = (Reason.CONDITION_FALSE, Reason.FACT_UNKNOWN)
_AT_STOP = (Reason.STOPPED_BY,)
_AT_GROUP = (Reason.LOST_GROUP,)
_AT_ONCE = (Reason.ALREADY_DONE,)
_AT_TRIGGER = (Reason.OVERTAKEN, Reason.OFF, Reason.RULE_REMOVED, Reason.SHADOW, Reason.ERROR)
_BEFORE_GATES = frozenset({*_AT_IF, *_AT_STOP, *_AT_GROUP, *_AT_ONCE, *_AT_TRIGGER})
_YES, _NO = "yes", "no"

Tallies = Mapping[str, RuleTally]


def rules_graph(rules: Iterable[Rule], ruleset: Ruleset, tallies: Tallies | None = None) -> Graph:
    """Several rules in one graph, one beside the other."""
    graph = Graph()
    for rule in rules:
        _Drawing(graph, rule, ruleset.policies, (tallies or {}).get(rule.id)).draw()
    return graph


class _Drawing:
    """One rule in the making."""

    def __init__(
        self, graph: Graph, rule: Rule, policies: Policies, tally: RuleTally | None
    ) -> None:
        self.graph, self.rule, self.policies, self.tally = graph, rule, policies, tally

    def draw(self) -> None:
        rule = self.rule
        mode = "" if rule.conduct.mode == "live" else f" ({rule.conduct.mode})"
        told = [f"{rule.id}{mode}", *(say_when(trigger) for trigger in rule.triggers)]
        last = self.graph.box("start", [*told, *self._fired()])
        self._leaves(last, "", _AT_TRIGGER)
        word = ""
        for lines, reasons in self._questions():
            last = self.graph.box("question", lines, (last, word))
            self._leaves(last, _NO, reasons, always=True)
            word = _YES
        self._branches(last, word)

    def _questions(self) -> Iterator[tuple[list[str], tuple[Reason, ...]]]:
        """What is asked on the way, and the reasons that say no."""
        rule = self.rule
        if rule.conditions:
            yield [one.text for one in rule.conditions], _AT_IF
        for name, conditions in rule.unless.items():
            yield [f"not {name}:", *(one.text for one in conditions)], ()
        if rule.stop_if:
            yield [f"no {_event_of(one)} since" for one in rule.stop_if], _AT_STOP
        if rule.group:
            yield [f"the first of {rule.group} that holds"], _AT_GROUP
        window = f" in {rule.once_per.window}" if rule.once_per.window else ""
        yield [f"the first time for its {', '.join(rule.once_per.keys)}{window}"], _AT_ONCE

    def _branches(self, last: str, word: str) -> None:
        for branch in self.rule.branches:
            if branch.conditions:
                last = self.graph.box(
                    "question", [one.text for one in branch.conditions], (last, word)
                )
                self._actions(branch, last, _YES)
                word = _NO
            else:
                self._actions(branch, last, word)

    def _actions(self, branch: Branch, last: str, word: str) -> None:
        if not branch.actions:
            self.graph.box("nothing", ["nothing"], (last, word))
        for action in branch.actions:
            start, said = last, word
            if action.only_if:
                start, said = self.graph.box("question", _texts(action.only_if), (last, word)), _YES
            if isinstance(action, Send) and (gates := list(gates_of(action, self.policies))):
                start, said = self.graph.box("question", gates, (start, said)), _YES
                self._leaves(start, _NO, self._gate_reasons())
            shape: Shape = "message" if isinstance(action, Send) else "step"
            self.graph.box(shape, [_action_words(action), *self._done(action)], (start, said))

    def _leaves(
        self, start: str, word: str, reasons: tuple[str, ...], *, always: bool = False
    ) -> None:
        """Where a firing leaves the path; without counts only where a question can be answered with
        no.
        """
        counts = self._counted(reasons)
        if counts or always:
            self.graph.box("nothing", ["nothing", *counts], (start, word))

    def _counted(self, reasons: tuple[str, ...]) -> list[str]:
        blocked = self.tally.blocked if self.tally else {}
        return [
            f"{reason}: {blocked[reason]}" for reason in map(str, reasons) if blocked.get(reason)
        ]

    def _gate_reasons(self) -> tuple[str, ...]:
        return tuple(
            reason
            for reason in (self.tally.blocked if self.tally else ())
            if reason not in _BEFORE_GATES
        )

    def _fired(self) -> list[str]:
        return [f"fired: {self.tally.fired}"] if self.tally else []

    def _done(self, action: Action) -> list[str]:
        name = (
            action.template
            if isinstance(action, Send)
            else action.action
            if isinstance(action, Call)
            else None
        )
        return [f"{self.tally.done.get(name, 0)} times"] if self.tally and name else []


def gates_of(send: Send, policies: Policies) -> Iterator[str]:
    """The gates a message passes, in their order."""
    category = policies.category(send.category)
    if category is None:
        return
    yield "consent and a channel" if category.consent == "opt_in" else "a channel"
    if "suppress" not in category.ignores:
        yield f"no silence of {category.id}"
    if (
        policies.holdout
        and category.id in policies.holdout.categories
        and "holdout" not in category.ignores
    ):
        yield f"not among the {policies.holdout.percent:g} % held out"
    if "cap" not in category.ignores and any(
        category.id in cap.categories for cap in policies.caps
    ):
        yield "room under the cap"
    if policies.quiet_hours and "quiet_hours" not in category.ignores:
        yield f"not between {policies.quiet_hours.start:%H:%M} and {policies.quiet_hours.end:%H:%M}: held"


def _action_words(action: Action) -> str:
    match action:
        case Send(template=template, category=category, by=by):
            return f"send {template} by {', '.join(by or ('preferred',))} as {category}"
        case Suppress(categories=categories, at_most=at_most, until=until):
            ends = f" until {', '.join(map(_event_of, until))}" if until else ""
            return f"suppress {', '.join(categories)}{ends}, at most {at_most}"
        case Call(action=name):
            return f"call {name}"
        case Grant(perk=perk, lasts=lasts, uses=uses):
            return f"grant {perk} for {lasts}, uses: {uses}"
        case Put(values=values):
            return "set " + ", ".join(f"{name} = {_value(one)}" for name, one in values.items())
        case Emit(event=event):
            return f"emit {event}"


def _value(argument: Argument) -> str:
    return argument.name or str(argument.constant)


def _event_of(one: Listened) -> str:
    return f"{one.event} by the customer" if one.by_customer else one.event


def _texts(conditions: Iterable[Condition]) -> list[str]:
    return [f"only if {one.text}" for one in conditions]
