"""Which of several things a rule does: the line of `choose`, the winner of a group, the exceptions
of `unless`.
"""

from engine.facts.views.view import View
from engine.rules.policies import Policies
from engine.rules.rule import Branch, Rule
from engine.rules.ruleset import Ruleset


def branch_of(rule: Rule, view: View) -> Branch | None:
    """The first line that holds; an unknown one is passed over, and `otherwise` holds."""
    for branch in rule.branches:
        if not branch.conditions or all(one.holds(view) is True for one in branch.conditions):
            return branch
    return None


def exception_of(rule: Rule, view: View) -> str | None:
    """The exception of `unless` that is true or unknown, None if there is none."""
    for name, conditions in rule.unless.items():
        if all(condition.holds(view) is not False for condition in conditions):
            return name
    return None


def wins_group(rule: Rule, ruleset: Ruleset, view: View) -> str | None:
    """The rule before this one in its group that holds and so acts instead; None if
    this one may.
    """
    if rule.group is None:
        return None
    for other in _before(rule, ruleset.policies):
        rival = ruleset.rules.get(other)
        if rival is not None and rival.conduct.mode == "live" and _holds(rival, view):
            return other
    return None


def instead_of(rule: Rule, ruleset: Ruleset, view: View) -> str | None:
    """The first other rule of its group that holds, None if there is none."""
    for other in ruleset.policies.groups.get(rule.group or "", ()):
        rival = ruleset.rules.get(other)
        if rival is None or other == rule.id or rival.conduct.mode != "live":
            continue
        if _holds(rival, view):
            return other
    return None


def _before(rule: Rule, policies: Policies) -> tuple[str, ...]:
    members = policies.groups.get(rule.group or "", ())
    return members[: members.index(rule.id)] if rule.id in members else ()


def _holds(rule: Rule, view: View) -> bool:
    return (
        all(one.holds(view) is True for one in rule.conditions) and exception_of(rule, view) is None
    )
