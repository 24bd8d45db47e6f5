"""Conditions that say nothing: never true (J11), always true or redundant (J12)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Condition, Position
from engine.conditions.formula import Formula, formula, parts_of
from engine.conditions.implication import MOST_PARTS, Reasoning
from engine.conditions.problems import Problem
from engine.conditions.say import say
from engine.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class _AskedTogether:
    """Conditions that are asked together, and those that have held by then."""

    conditions: tuple[Condition, ...]
    about: str
    given: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that must hold, and the place of the condition it stands in."""

    formula: Formula
    position: Position


def check_truth(folder: Folder) -> Checks:
    """J11 where conditions can never hold together, J12 where one says nothing beside
    the others.
    """
    for asked in _every_question(folder):
        reasoning = folder.reasoning(asked.about)
        given = [part.formula for part in _parts(asked.given)][:MOST_PARTS]
        if not asked.conditions or reasoning.clash(given):
            continue
        if problem := _never(asked, given, reasoning):
            yield problem
        else:
            yield from _redundant(_first_parts(asked), given, reasoning)


def _every_question(folder: Folder) -> Iterator[_AskedTogether]:
    for rule in folder.rules:
        yield from _questions(rule)
    for answer in folder.ruleset.answers.values():
        yield from (
            _AskedTogether(line.conditions, answer.about) for line in (*answer.first, *answer.plus)
        )
    for conditions in folder.ruleset.segments.values():
        yield _AskedTogether(conditions, "customer")
    for breaker in folder.ruleset.policies.breakers:
        held = next((rule.about for rule in folder.rules if rule.id in breaker.holds), "customer")
        yield _AskedTogether(breaker.conditions, held)


def _questions(rule: Rule) -> Iterator[_AskedTogether]:
    about, given = rule.about, rule.conditions
    yield _AskedTogether(given, about)
    yield from (_AskedTogether(conditions, about, given) for conditions in rule.unless.values())
    for branch in rule.branches:
        yield _AskedTogether(branch.conditions, about, given)
        yield from (
            _AskedTogether(action.only_if, about, (*given, *branch.conditions))
            for action in branch.actions
        )


def _parts(conditions: Iterable[Condition]) -> Iterator[_Part]:
    for condition in conditions:
        yield from (_Part(formula(part), condition.position) for part in parts_of(condition.logic))


def _first_parts(asked: _AskedTogether) -> list[_Part]:
    """What is true of the first conditions is true of all: more are not compared."""
    return list(islice(_parts(asked.conditions), MOST_PARTS))


def _never(asked: _AskedTogether, given: list[Formula], reasoning: Reasoning) -> Problem | None:
    """The first condition that cannot hold beside those above it."""
    held = list(given)
    for part in _first_parts(asked):
        held.append(part.formula)
        if clash := reasoning.clash(held):
            others = [say(one.logic) for one in clash if one is not part.formula]
            beside = f" together with {' and '.join(others)}" if others else ""
            return Problem(part.position, f"never true: {say(part.formula.logic)}{beside}", "J11")
    return None


def _redundant(parts: list[_Part], given: list[Formula], reasoning: Reasoning) -> Checks:
    kept = list(parts)
    for part in reversed(parts):
        rest = [one for one in kept if one is not part]
        others = [*given, *(one.formula for one in rest)]
        said = say(part.formula.logic)
        if reasoning.is_implied(part.formula, ()):
            yield Problem(part.position, f"always true: {said}", "J12")
        elif not _is_guard(part.formula.logic) and reasoning.is_implied(part.formula, others):
            yield Problem(
                part.position,
                f"{said} says nothing more: it holds whenever the other conditions do",
                "J12",
            )
        else:
            yield from _idle(part, others, reasoning)
            continue
        kept = rest


def _idle(part: _Part, others: list[Formula], reasoning: Reasoning) -> Checks:
    """The alternatives of an `or` that hold only when another of them does."""
    logic = part.formula.logic
    listed = logic.get("or", [])[:MOST_PARTS] if isinstance(logic, dict) else []
    for index, one in enumerate(listed):
        rest = formula({"or": [*listed[:index], *listed[index + 1 :]]})
        if len(listed) > 1 and reasoning.is_implied(rest, [formula(one), *others]):
            yield Problem(
                part.position,
                f"{say(one)} adds nothing: another alternative holds whenever it does",
                "J12",
            )
            return


def _is_guard(logic: Any) -> bool:
    """`is known` says on purpose what the conditions beside it only take for granted."""
    return isinstance(logic, dict) and "known" in logic
