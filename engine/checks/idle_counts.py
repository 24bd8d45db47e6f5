"""J44: `number of` an event that can only be this one."""

from collections.abc import Iterator
from typing import Any

from engine.catalog.catalog import CONTAINER
from engine.checks.checked_folder import Checks, Folder
from engine.conditions.problems import Problem


def check_counts(folder: Folder) -> Checks:
    """J44: within a rule about one return there is only one `return.requested` to count."""
    for condition, about in folder.every_condition():
        for event in _counted(condition.logic):
            kind = folder.ruleset.catalog.events.get(event)
            if kind is None or kind.repeats or kind.about not in _within(about):
                continue
            message = f"a {about} has one {event} and no more; to count the customer's say `{event} by the customer`"
            yield Problem(condition.position, message, "J44")


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
