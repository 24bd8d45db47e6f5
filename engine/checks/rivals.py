"""Rules and lines beside each other.

One never comes to speak (J14), does what another does (J13), sets what another sets differently
(J16), or asks for money that another asks for (J49).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Condition, Position
from engine.conditions.formula import Formula, formula, negated, parts_of
from engine.conditions.implication import MOST_PARTS, Reasoning, spoken
from engine.conditions.problems import Problem
from engine.rules.rule import Action, Branch, Call, Emit, Grant, Put, Rule, Send, Suppress
from engine.rules.ruleset import AnswerLine

_NOWHERE = Position("", 0, 0)
# More rules than this with one trigger and one effect are not compared with each other.
_MOST_ALIKE = 60


def check_lines(folder: Folder) -> Checks:
    """J14 in `choose`, in the table of an answer, and in a group."""
    for rule in folder.rules:
        yield from _dead(rule.branches, rule.conditions, folder.reasoning(rule.about))
    for answer in folder.ruleset.answers.values():
        yield from _dead(answer.first, (), folder.reasoning(answer.about))
    for name, ids in folder.ruleset.policies.groups.items():
        members = [
            one
            for one in map(folder.ruleset.rules.get, ids)
            if one is not None and one.conduct.mode != "off"
        ]
        yield from _dead_members(name, members, folder)


def _dead(
    lines: Sequence[Branch | AnswerLine], given: tuple[Condition, ...], reasoning: Reasoning
) -> Checks:
    for index, line in enumerate(lines):
        earlier = lines[:index][:MOST_PARTS]
        held = _formulas(one.logic for one in (*given, *line.conditions))
        if not line.conditions or not earlier or reasoning.clash(held):
            continue
        taken = formula(
            {"or": [{"and": [one.logic for one in other.conditions]} for other in earlier]}
        )
        if reasoning.is_implied(taken, held):
            said = " and ".join(one.text for one in line.conditions)
            message = f"never reached: whenever {said}, a line above it holds already; put this line higher"
            yield Problem(line.position, message, "J14")


def _dead_members(group: str, members: Sequence[Rule], folder: Folder) -> Checks:
    for index, rule in enumerate(members):
        before = members[:index][:MOST_PARTS]
        earlier = [_logic(other) for other in before if other.conduct.mode == "live"]
        held = _formulas([_logic(rule)])
        reasoning = folder.reasoning(rule.about)
        if (
            not earlier
            or reasoning.clash(held)
            or not reasoning.is_implied(formula({"or": earlier}), held)
        ):
            continue
        message = (
            f"{rule.id} never speaks: whenever it holds, a rule before it in group {group} does too"
        )
        yield Problem(rule.position, message, "J14")


def _logic(rule: Rule) -> Any:
    """When a rule holds, with its exceptions: one that is unknown holds it back."""
    unless = [
        negated({"and": [one.logic for one in conditions]}) for conditions in rule.unless.values()
    ]
    return {"and": [*(one.logic for one in rule.conditions), *unless] or [True]}


def _formulas(logics: Iterable[Any]) -> list[Formula]:
    return [formula(part) for logic in logics for part in parts_of(logic)]


def check_implied(folder: Folder) -> Checks:
    """J13: whenever this rule acts, another does the same thing again."""
    told: set[tuple[str, str]] = set()
    for rules in _alike(folder):
        for first, second in combinations(rules, 2):
            if (first.id, second.id) in told:
                continue
            told.add((first.id, second.id))
            if _is_covered(second, first, folder):
                yield _doubled(second, first, folder)
            elif _is_covered(first, second, folder):
                yield _doubled(first, second, folder)


def _alike(folder: Folder) -> Iterator[list[Rule]]:
    """Live rules without branches that share a line of `when` and an action."""
    found: dict[tuple[object, ...], list[Rule]] = {}
    for rule in folder.acting:
        if len(rule.branches) == 1 and not rule.conduct.starts_on and not rule.conduct.ends_on:
            for trigger in rule.triggers:
                for action in {repr(_plain(action)) for action in rule.actions}:
                    found.setdefault((trigger, action), []).append(rule)
    for rules in found.values():
        if 1 < len(rules) <= _MOST_ALIKE:
            yield rules


def _is_covered(rule: Rule, by: Rule, folder: Folder) -> bool:
    if not _is_beside(rule, by):
        return False
    held, wanted = _formulas([_logic(rule)]), _formulas([_logic(by)])
    if len(held) + len(wanted) > MOST_PARTS:
        return False
    known = {key for one in held for key in one.terms}
    reasoning = folder.reasoning(rule.about)
    if any(not known >= set(one.terms) for one in wanted) or reasoning.clash(held):
        return False
    return all(reasoning.is_implied(one, held) for one in wanted)


def _is_beside(rule: Rule, by: Rule) -> bool:
    """Whether the other hears all that this one hears, is stopped by no more, and repeats it."""
    if (rule.group and rule.group == by.group) or not set(rule.triggers) <= set(by.triggers):
        return False
    if not set(by.stop_if) <= set(rule.stop_if) or rule.once_per != by.once_per:
        return False
    common = _common(rule, by)
    return len(common) == len(rule.actions) or any(
        isinstance(action, Send | Call) for action in common
    )


def _common(rule: Rule, by: Rule) -> list[Action]:
    """What both do."""
    others = {repr(_plain(action)) for action in by.actions}
    return [action for action in rule.actions if repr(_plain(action)) in others]


def _plain(action: Action) -> Action:
    """The action wherever it stands."""
    return replace(action, position=_NOWHERE, only_if=tuple(_text(one) for one in action.only_if))


def _text(condition: Condition) -> Condition:
    return replace(condition, position=_NOWHERE, holds=_never, explain=_nothing)


def _never(_: object) -> bool | None:
    return None


def _nothing(_: object) -> tuple[()]:
    return ()


def _doubled(rule: Rule, by: Rule, folder: Folder) -> Problem:
    held = _formulas([_logic(rule)])
    names = {key: term.name for one in held for key, term in one.terms.items() if term.name}
    example = spoken(folder.reasoning(rule.about).example(held) or {}, names)
    what = " and ".join(_action_words(action) for action in _common(rule, by))
    message = f"whenever {rule.id} acts, {by.id} does the same: {what}; for example with {example}"
    return Problem(rule.position, message, "J13")


def _action_words(action: Action) -> str:
    match action:
        case Send(template=name):
            return f"send {name}"
        case Call(action=name):
            return f"call {name}"
        case Suppress(categories=categories):
            return f"suppress {', '.join(categories)}"
        case Grant(perk=name):
            return f"grant {name}"
        case Put(values=values):
            return f"set {', '.join(values)}"
        case Emit(event=name):
            return f"emit {name}"


def check_settings(folder: Folder) -> Checks:
    """J16: what a fact becomes may not depend on which of two rules comes first."""
    setting = [(rule, branch, action) for rule in folder.acting for branch, action in _puts(rule)]
    for (rule, branch, one), (other, line, two) in combinations(setting, 2):
        names = [
            name
            for name in one.values
            if name in two.values and one.values[name] != two.values[name]
        ]
        if not names or not _meet(rule, other) or (rule is other and branch is not line):
            continue
        logics = [_logic(rule), _logic(other)]
        logics += [
            condition.logic for part in (branch, line, one, two) for condition in _conditions(part)
        ]
        if folder.reasoning(rule.about).example(_formulas(logics)) is not None:
            message = f"{names[0]} is set to something else by {rule.id} at {one.position}, at the same moment"
            yield Problem(two.position, message, "J16")


def check_money(folder: Folder) -> Checks:
    """J49: what is done once of a thing may not be asked for by two rules, at one moment or at two."""
    calling = [(rule, branch, call) for rule in folder.acting for branch, call in _once(rule)]
    for (rule, branch, one), (other, line, two) in combinations(calling, 2):
        if rule is other or _one_thing(one) != _one_thing(two) or _is_one_group(rule, other):
            continue
        logics = [_logic(rule), _logic(other)]
        logics += [
            condition.logic for part in (branch, line, one, two) for condition in _conditions(part)
        ]
        if folder.reasoning(rule.about).example(_formulas(logics)) is not None:
            when = "at the same moment" if _meet(rule, other) else "whichever comes first,"
            message = (
                f"{one.action} is called for the same thing by {rule.id} at {one.position}: "
                f"{when} only one of them is carried out"
            )
            yield Problem(two.position, message, "J49")


def _once(rule: Rule) -> Iterator[tuple[Branch, Call]]:
    for branch in rule.branches:
        calls = (action for action in branch.actions if isinstance(action, Call))
        yield from ((branch, call) for call in calls if _one_thing(call) is not None)


def _one_thing(call: Call) -> tuple[str, object] | None:
    """The action and the thing of which it is done once, None where it may be done again."""
    name = next((name for name in call.once if name in call.arguments), None)
    return None if name is None else (call.action, (name, call.arguments[name]))


def _puts(rule: Rule) -> Iterator[tuple[Branch, Put]]:
    for branch in rule.branches:
        yield from ((branch, action) for action in branch.actions if isinstance(action, Put))


def _conditions(part: Branch | Put | Call) -> tuple[Condition, ...]:
    return part.conditions if isinstance(part, Branch) else part.only_if


def _meet(rule: Rule, other: Rule) -> bool:
    """Whether both may act at one moment."""
    if rule is not other and _is_one_group(rule, other):
        return False
    return bool(set(rule.triggers) & set(other.triggers))


def _is_one_group(rule: Rule, other: Rule) -> bool:
    return bool(rule.group) and rule.group == other.group
