"""J10: an optional fact is denied, and nobody asks whether it is known."""

from collections.abc import Iterable, Sequence
from typing import Any

from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Condition
from engine.conditions.formula import formula, parts_of
from engine.conditions.problems import Problem
from engine.rules.rule import After, Near, OnEvent, Rule, Silence

_PLAIN = frozenset({"===", "<", "<=", ">", ">=", "in"})


def check_unknown(folder: Folder) -> Checks:
    """An optional fact that is denied is unknown when it is missing, and then nothing happens."""
    for rule in folder.rules:
        granted = asked_known(rule.every_condition) | compared(rule.conditions) | started(rule)
        yield from _denied(rule.conditions, folder, granted)
        for branch in rule.branches:
            yield from _denied(branch.conditions, folder, granted)
            for action in branch.actions:
                yield from _denied(action.only_if, folder, granted | compared(branch.conditions))
        for conditions in rule.unless.values():
            yield from _denied(conditions, folder, granted, is_exception=True)
    for answer in folder.ruleset.answers.values():
        for line in (*answer.first, *answer.plus):
            yield from _denied(line.conditions, folder, asked_known(line.conditions))
    for conditions in folder.ruleset.segments.values():
        yield from _denied(conditions, folder, asked_known(conditions))


def _denied(
    conditions: Sequence[Condition],
    folder: Folder,
    granted: frozenset[str],
    *,
    is_exception: bool = False,
) -> Checks:
    """An exception denies as a whole; elsewhere a plain comparison beside a denied one grants that
    there is a value.
    """
    how = "the rule is held back" if is_exception else "this is not true"
    known = granted if is_exception else granted | compared(conditions)
    for condition in conditions:
        for name in sorted(_names_denied(condition.logic, denies=is_exception) - known):
            fact = folder.ruleset.catalog.facts.get(name)
            if fact is not None and fact.optional and fact.default is None:
                message = f"{name} may be missing, and then {how}; if so meant, say `{name} is known` beside it"
                yield Problem(condition.position, message, "J10")


def _names_denied(logic: Any, *, denies: bool) -> frozenset[str]:
    """The facts that are compared where missing ones turn the meaning round."""
    if isinstance(logic, list):
        return frozenset().union(*(_names_denied(one, denies=denies) for one in logic))
    if not isinstance(logic, dict):
        return frozenset()
    name, operands = next(iter(logic.items()))
    if name in {"known", "some", "all", "none", "count", "happened"}:
        return frozenset()
    if name == "var":
        return frozenset(
            {operands} if denies and isinstance(operands, str) and "." in operands else ()
        )
    return _names_denied(operands, denies=denies or name in {"!", "!=="})


def asked_known(conditions: Iterable[Condition]) -> frozenset[str]:
    """The facts of which a condition asks whether they are known."""
    return frozenset().union(*(_known_in(one.logic) for one in conditions))


def _known_in(logic: Any) -> frozenset[str]:
    if isinstance(logic, list):
        return frozenset().union(*map(_known_in, logic))
    if not isinstance(logic, dict):
        return frozenset()
    name, operands = next(iter(logic.items()))
    asked = operands[0] if isinstance(operands, list) and operands else operands
    if name == "known" and isinstance(asked, dict) and isinstance(asked.get("var"), str):
        return frozenset({asked["var"]})
    return _known_in(operands)


def compared(conditions: Iterable[Condition]) -> frozenset[str]:
    """The facts that have to be known for the conditions to hold."""
    parts = [part for one in conditions for part in parts_of(one.logic)]
    plain = [part for part in parts if isinstance(part, dict) and set(part) <= _PLAIN]
    return frozenset().union(*(formula(part).facts for part in plain))


def surely_known(conditions: Iterable[Condition]) -> frozenset[str]:
    """The facts of which the conditions hold only if they are known, because they ask just that."""
    parts = [part for one in conditions for part in parts_of(one.logic)]
    asked = [part for part in parts if isinstance(part, dict) and set(part) == {"known"}]
    return frozenset().union(*map(_known_in, asked))


def started(rule: Rule) -> frozenset[str]:
    """What is known because the rule has begun: the date it waits for, the times of its events."""
    found = set()
    for trigger in rule.triggers:
        match trigger:
            case Near(fact=name):
                found.add(name)
            case OnEvent(event=name) | After(event=name):
                found.add(f"{name}_at")
            case Silence(since=since):
                found.add(f"{since.event}_at")
    return frozenset(found)
