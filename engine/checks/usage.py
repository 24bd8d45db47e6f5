"""J37: what a log says of the rules: which never fired, which fire too often, which read what is
mostly missing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.catalog.calendar import local_day
from engine.catalog.values import spelled
from engine.checks.checked_folder import Checks
from engine.checks.unknowns import asked_known
from engine.conditions.condition import Position
from engine.conditions.problems import Problem
from engine.decisions.decision import Decision
from engine.decisions.reason import Reason
from engine.facts.views.view import View
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from engine.sending.question import Question, view_of

# Firings of one rule on one day; more of them than this deserve a look.
MOST_A_DAY = 1000
# The share of its firings, in percent, from which a missing fact is told.
_MISSING = 10
_ACTED = (None, Reason.SHADOW)
_UNKNOWN = spelled(None)


@dataclass(slots=True)
class _Use:
    """One rule's counts: how often it was asked and how often it acted, the refusals, the busiest
    day so far.

    `chosen` are messages of which a line of `choose` was asked, `unchosen` the facts that it
    missed.
    """

    times_asked: int = 0
    fired: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    chosen: int = 0
    unchosen: Counter[str] = field(default_factory=Counter)
    day: date | None = None
    on_day: int = 0
    busiest: tuple[int, date] = (0, date.min)


class Usage:
    """Counts decisions as they are made, which is in the order of time; keeps none of them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._uses = {rule.id: _Use() for rule in ruleset.rules.values()}

    def decided(self, decisions: Iterable[Decision]) -> None:
        """What was decided at one moment for one journey."""
        for one in decisions:
            if one.rule_id in self._uses:
                self._count(self._uses[one.rule_id], one)

    def spoken(self, question: Question, now: datetime) -> str:
        """Note which facts chose a message that leaves. Returns no words, so it can stand in for
        the renderer.
        """
        rule = self._ruleset.rules.get(question.effect.firing.rule_id)
        if rule is not None and any(branch.conditions for branch in rule.branches):
            use = self._uses[rule.id]
            use.chosen += 1
            use.unchosen.update(_missed(rule, view_of(question, now)))
        return ""

    def problems(self, most: int = MOST_A_DAY) -> Checks:
        """J37 for every rule of which the log has something to say; `most` firings a day are not
        too many.
        """
        for rule in self._ruleset.rules.values():
            use = self._uses[rule.id]
            if rule.conduct.mode == "live" and not use.fired:
                yield Problem(rule.position, f"fired 0 times: {_why(use)}", "J37")
            count, day = use.busiest
            if count > most:
                message = f"fired {count} times on {day}: more than {most} a day (`--most`)"
                yield Problem(rule.position, message, "J37")
            yield from _missing(rule, use.missing, use.judged, f"events that start {rule.id}")
            yield from _missing(
                rule, use.unchosen, use.chosen, f"messages between which {rule.id} chooses"
            )

    def _count(self, use: _Use, one: Decision) -> None:
        use.times_asked += 1
        if one.proof:
            use.judged += 1
            use.missing.update(
                {name for part in one.proof for name, value in part["read"] if value == _UNKNOWN}
            )
        if one.reason not in _ACTED:
            use.refused[str(one.reason)] += 1
            return
        use.fired += 1
        day = local_day(one.at, self._ruleset.policies.shop.zone_otherwise)
        use.on_day = use.on_day + 1 if day == use.day else 1
        use.day = day
        use.busiest = max(use.busiest, (use.on_day, day), key=lambda busy: busy[0])


def _why(use: _Use) -> str:
    if not use.times_asked:
        return "nothing in the log starts this rule"
    reasons = ", ".join(f"{reason} {count}" for reason, count in use.refused.most_common())
    return f"asked {use.times_asked} time{'s'[: use.times_asked != 1]}, {reasons}"


def _missed(rule: Rule, view: View) -> set[str]:
    """The unknown facts of every line of `choose` down to the one that holds."""
    found = set[str]()
    for branch in rule.branches:
        found |= {name for one in branch.conditions for name in one.reads if view[name] is None}
        if all(one.holds(view) is True for one in branch.conditions):
            break
    return found


def _missing(rule: Rule, missing: Counter[str], judged: int, of: str) -> Iterator[Problem]:
    """Facts that are often unknown when the rule is asked; one of which it asks whether it is known
    may be.
    """
    expected = asked_known(rule.every_condition)
    for name, count in sorted(missing.items()):
        percent = 100 * count // judged
        if percent >= _MISSING and name not in expected:
            yield Problem(
                _place(rule, name), f"{name} is missing in {percent} % of {judged} {of}", "J37"
            )


def _place(rule: Rule, name: str) -> Position:
    return next((one.position for one in rule.every_condition if name in one.reads), rule.position)
