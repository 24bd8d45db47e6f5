"""What rules owe people: their data stays here (J39), and everybody is asked for a review, not the
happy only (J43).
"""

from collections.abc import Iterable

from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Condition
from engine.conditions.problems import Problem
from engine.language.nodes import Node
from engine.rules.rule import Arguments, Call, Put, Rule, Send, Suppress

# What a customer thinks of what was bought.
_SENTIMENT = frozenset({"review.stars", "review.text"})


def check_personal(folder: Folder) -> Checks:
    """J39: a call hands data to another system."""
    for rule in folder.rules:
        for action in rule.actions:
            if isinstance(action, Call):
                yield from _leaving(action.arguments, action.action, folder, folder.node(action))
    for index, attached in enumerate(folder.ruleset.policies.attach):
        place = folder.node(folder.policy("attach", index))
        yield from _leaving(attached.arguments, ", ".join(attached.actions), folder, place)


def _leaving(arguments: Arguments, action: str, folder: Folder, node: Node) -> Checks:
    given = node.entries.get("with")
    for key, argument in arguments.items():
        fact = folder.ruleset.catalog.facts.get(argument.name or "")
        if fact is not None and fact.personal:
            place = given.entries[key].position if given and key in given.entries else node.position
            yield Problem(place, f"{fact.name} is personal and leaves for {action}", "J39")


def check_reviews(folder: Folder) -> Checks:
    """J43: 16 CFR 465 forbids asking only those for a review who will say something good."""
    asking = {one.id for one in folder.ruleset.policies.categories if one.asks_review}
    moods = _moods(folder)
    for rule in folder.rules:
        for branch in rule.branches:
            for action in branch.actions:
                asked = (*_questions(rule), *branch.conditions, *action.only_if)
                read = sorted(_reads(asked) & moods)
                if not read:
                    continue
                if isinstance(action, Send) and action.category in asking:
                    message = (
                        f"who is asked for a review must not depend on {read[0]}; ask everybody"
                    )
                    yield Problem(action.position, message, "J43")
                elif isinstance(action, Suppress) and (
                    silenced := sorted(asking.intersection(action.categories))
                ):
                    message = (
                        f"{silenced[0]} asks for reviews; who is asked must not depend on {read[0]}"
                    )
                    yield Problem(action.position, message, "J43")


def _questions(rule: Rule) -> tuple[Condition, ...]:
    return (*rule.conditions, *(one for conditions in rule.unless.values() for one in conditions))


def _reads(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset().union(*(condition.reads for condition in conditions))


def _moods(folder: Folder) -> frozenset[str]:
    """The facts that tell a mood, also by way of answers, segments and what rules set."""
    sources = _sources(folder)
    found = _SENTIMENT
    while more := {
        name for name, reads in sources if name not in found and _spoken_of(reads, found)
    }:
        found |= more
    return found


def _spoken_of(reads: frozenset[str], moods: frozenset[str]) -> bool:
    return bool(reads & moods)


def _sources(folder: Folder) -> list[tuple[str, frozenset[str]]]:
    """What is worked out of what."""
    found = []
    for answer in folder.ruleset.answers.values():
        read = _reads(one for line in (*answer.first, *answer.plus) for one in line.conditions)
        found += [(f"answer.{answer.name}{part}", read) for part in ("", ".open", ".ends_on")]
    found += [(f"segment.{name}", _reads(told)) for name, told in folder.ruleset.segments.items()]
    for rule in folder.rules:
        for branch in rule.branches:
            for action in branch.actions:
                if isinstance(action, Put):
                    read = _reads((*_questions(rule), *branch.conditions, *action.only_if))
                    found += [(name, read) for name in action.values]
    return found
