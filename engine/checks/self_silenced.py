"""J52: a message of the very event on which another rule silences its category, whenever it would
be sent.
"""

from collections.abc import Iterator

from engine.catalog.values import Duration
from engine.checks.checked_folder import Checks, Folder
from engine.checks.message_limits import messages
from engine.conditions.condition import Condition
from engine.conditions.formula import formula, parts_of
from engine.conditions.implication import MOST_PARTS
from engine.conditions.problems import Problem
from engine.rules.rule import After, OnEvent, Rule, Suppress, Trigger


def check_self_silenced(folder: Folder) -> Checks:
    """J52, at the message."""
    silencing = list(_silences(folder))
    for rule, send, category in messages(folder):
        if "suppress" in category.ignores or send.about is not None:
            continue
        for silent, suppress in silencing:
            if silent is rule or category.id not in suppress.categories:
                continue
            event = _heard_by_both(rule, silent, suppress.at_most)
            if event and _holds_too(silent, rule, folder):
                message = (
                    f"never sent: on {event} rule {silent.id} silences {category.id} "
                    f"for up to {suppress.at_most}"
                )
                yield Problem(send.position, message, "J52")
                break


def _silences(folder: Folder) -> Iterator[tuple[Rule, Suppress]]:
    """The silences that begin whenever their rule acts, and about everything."""
    for rule in folder.acting:
        if len(rule.branches) == 1 and not rule.conduct.starts_on and not rule.conduct.ends_on:
            for action in rule.actions:
                if isinstance(action, Suppress) and not (action.about or action.only_if):
                    yield rule, action


def _heard_by_both(rule: Rule, silent: Rule, at_most: Duration) -> str | None:
    """The event that starts both, where all lines of the message's `when` lie in the silence."""
    events = {one.event for one in silent.triggers if isinstance(one, OnEvent)}
    heard = [_begins(trigger, at_most) for trigger in rule.triggers]
    return heard[0] if heard and all(one in events for one in heard) else None


def _begins(trigger: Trigger, at_most: Duration) -> str | None:
    match trigger:
        case OnEvent(event=name):
            return name
        case After(event=name, delay=Duration() as delay) if delay.nominal < at_most.nominal:
            return name
        case _:
            return None


def _holds_too(silent: Rule, rule: Rule, folder: Folder) -> bool:
    """Whether the silence begins whenever the message would be sent."""
    if silent.unless or silent.about != rule.about or silent.group is not None:
        return False
    reasoning = folder.reasoning(rule.about)
    held = [formula(part) for part in _parts(rule.conditions)][:MOST_PARTS]
    asked = [formula(part) for part in _parts(silent.conditions)]
    return len(asked) <= MOST_PARTS and all(reasoning.is_implied(one, held) for one in asked)


def _parts(conditions: tuple[Condition, ...]) -> Iterator[object]:
    for condition in conditions:
        yield from parts_of(condition.logic)
