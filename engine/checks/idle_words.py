"""Words that would change nothing: parts of a month or of a business day, `by the customer` behind
an event that starts a rule (J09), `counting` where no message is (J12), `number of` an event that
can only be this one (J44).
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from engine.catalog.catalog import CONTAINER
from engine.catalog.values import WHOLE_UNITS, Duration, with_article
from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import Problem
from engine.rules.rule import After, OnEvent, Rule, Send, Silence, Trigger


def check_counts(folder: Folder) -> Checks:
    """J44: within a rule about one return there is only one `return.requested` to count."""
    for condition, about in folder.every_condition():
        for event in _counted(condition.logic):
            kind = folder.ruleset.catalog.events.get(event)
            if kind is None or kind.repeats or kind.about not in _within(about):
                continue
            message = f"a {about} has one {event} and no more; to count the customer's say `{event} by the customer`"
            yield Problem(condition.position, message, "J44")


def check_lonely_silences(folder: Folder) -> Checks:
    """J44: what comes once of a thing is missing ever after, so nothing restarts the clock."""
    for rule in folder.rules:
        for line, trigger in enumerate(rule.triggers):
            if not isinstance(trigger, Silence) or trigger.of.by_customer:
                continue
            name, kind = trigger.of.event, folder.ruleset.catalog.events[trigger.of.event]
            if name != trigger.since.event or kind.repeats or kind.about not in CONTAINER:
                continue
            message = (
                f"always true: {with_article(kind.about)} has one {name} and no more; "
                f"for the customer's next one say `without {name} by the customer`"
            )
            yield Problem(_line(folder, rule, line), message, "J44")


def _counted(logic: Any) -> Iterator[str]:
    if isinstance(logic, list):
        for one in logic:
            yield from _counted(one)
    elif isinstance(logic, dict):
        name, operands = next(iter(logic.items()))
        if name == "count" and isinstance(operands[0], str) and operands[-1] != "customer":
            yield operands[0]
        yield from _counted(operands)


def _within(about: str) -> frozenset[str]:
    """The thing and what contains it, up to the customer, who has many of all."""
    found = []
    while about in CONTAINER:
        found.append(about)
        about = CONTAINER[about]
    return frozenset(found)


def check_whole_units(folder: Folder) -> Checks:
    """J09: a calendar knows no half of a month and no half of a business day."""
    for value, position in _placed(folder):
        for length, at in _lengths(value, position):
            if length.unit in WHOLE_UNITS and length.amount % 1:
                yield Problem(at, f"{length.unit}s are counted whole, not {length}", "J09")


def check_counting(folder: Folder) -> Checks:
    """J12: whether messages were sent matters only to a rule that has some."""
    for rule in folder.rules:
        if "counting" not in folder.node(rule).entries:
            continue
        if not any(isinstance(action, Send) for action in rule.actions):
            message = f"{rule.id} sends nothing, so `counting` changes nothing: leave it out"
            yield Problem(folder.place(rule, "counting"), message, "J12")


def check_by_customer(folder: Folder) -> Checks:
    """J09: a rule is started by events of its own thing, whoever else's there are."""
    for rule in folder.rules:
        for line, trigger in enumerate(rule.triggers):
            if name := _started_by_customer(trigger):
                message = (
                    f"{name} starts this rule for its own thing only, so `by the customer` changes"
                    " nothing; it belongs to stop_if, until, without, happened and number of"
                )
                yield Problem(_line(folder, rule, line), message, "J09")


def _placed(folder: Folder) -> Iterator[tuple[Any, Position]]:
    """Whatever may hold a length, and where it stands unless it knows better."""
    for rule in folder.rules:
        for line, trigger in enumerate(rule.triggers):
            yield trigger, _line(folder, rule, line)
        yield replace(rule, triggers=()), rule.position
    ruleset = folder.ruleset
    for answer in ruleset.answers.values():
        yield answer, answer.position
    for conditions in ruleset.segments.values():
        yield from ((condition, condition.position) for condition in conditions)
    yield ruleset.policies, folder.policy()


def _lengths(value: Any, at: Position) -> Iterator[tuple[Duration, Position]]:
    """Every duration in a value, each at the innermost place that has one."""
    match value:
        case Duration():
            yield value, at
        case Condition():
            yield from ((length, value.position) for length in _in_logic(value.logic))
        case Mapping():
            yield from _lengths(tuple(value.values()), at)
        case tuple():
            for inner in value:
                yield from _lengths(inner, at)
        case _ if is_dataclass(value):
            inner = tuple(getattr(value, one.name) for one in fields(value))
            yield from _lengths(inner, getattr(value, "position", at))


def _in_logic(logic: Any) -> Iterator[Duration]:
    match logic:
        case {"duration": [int() | float() as amount, str(unit)]}:
            yield Duration(Decimal(str(amount)), unit)  # type: ignore[arg-type]  # read: it is one
        case dict():
            for operands in logic.values():
                yield from _in_logic(operands)
        case list():
            for operand in logic:
                yield from _in_logic(operand)


def _started_by_customer(trigger: Trigger) -> str | None:
    match trigger:
        case OnEvent(event=name, by_customer=True) | After(event=name, by_customer=True):
            return name
        case Silence(since=since) if since.by_customer:
            return since.event
        case _:
            return None


def _line(folder: Folder, rule: Rule, line: int) -> Position:
    listed = folder.node(rule).entries.get("when")
    return listed.items[line].position if listed else rule.position
