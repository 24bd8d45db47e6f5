"""What is of no use any more, or not yet.

Results nobody reads (J32), rules without a test (J35), rules that are over (J38), answers on which
no journey acts (J46).
"""

from collections.abc import Iterator, Mapping

from engine.checks.checked_folder import Checks, Folder, walk
from engine.conditions.problems import Problem
from engine.language.nodes import Node
from engine.rules.rule import (
    Action,
    After,
    Call,
    Emit,
    Grant,
    Near,
    Put,
    Rule,
    Send,
    Silence,
    Trigger,
)

_VERBS = ("send", "call", "suppress", "grant", "set", "emit")


def check_results(folder: Folder) -> Checks:
    """J32: a result gets a name so that something reads it."""
    for rule in folder.rules:
        for branch in rule.branches:
            for index, action in enumerate(branch.actions):
                if (
                    isinstance(action, Call)
                    and action.name
                    and action.name not in _read(branch.actions[index + 1 :])
                ):
                    message = f"nothing reads {action.name}; leave `as` out, or read {action.name} in `with` or `only_if`"
                    yield Problem(folder.place(action, "as"), message, "J32")


def _read(actions: tuple[Action, ...]) -> set[str]:
    """The first words of all names that actions read."""
    names = {name for action in actions for condition in action.only_if for name in condition.reads}
    names |= {name for action in actions for name in _arguments(action)}
    return {name.partition(".")[0] for name in names}


def check_answers(folder: Folder) -> Checks:
    """J46: what people are told when they ask is what journeys act on.

    Where no rule is about the thing of an answer, as about an item, it is for pages and agents.
    """
    things = {rule.about for rule in folder.rules} | {"order", "customer"}
    read = {one.removeprefix("answer.").partition(".")[0] for one in _every_name(folder)}
    for answer in folder.ruleset.answers.values():
        if answer.about in things and answer.name not in read:
            message = f"people may ask {answer.name}, but no rule acts on it: read answer.{answer.name} in a rule"
            yield Problem(answer.position, message, "J46")


def _every_name(folder: Folder) -> Iterator[str]:
    """Every answer that something of the folder reads."""
    yield from (name for condition, _ in folder.every_condition() for name in condition.reads)
    yield from (name for names in (folder.reads or {}).values() for name in names)
    policies = folder.ruleset.policies
    yield from (name for one in policies.breakers for part in one.conditions for name in part.reads)
    for rule in folder.rules:
        yield from (argument for action in rule.actions for argument in _arguments(action))
        yield from (name for trigger in rule.triggers for name in _lengths(trigger))
    yield from (
        one.name for attached in policies.attach for one in attached.arguments.values() if one.name
    )


def _arguments(action: Action) -> Iterator[str]:
    match action:
        case (
            Send(arguments=given)
            | Call(arguments=given)
            | Emit(arguments=given)
            | Put(values=given)
        ):
            yield from (one.name for one in given.values() if one.name)
        case _:
            return


def _lengths(trigger: Trigger) -> Iterator[str]:
    """The lengths of time that a trigger reads by name, and its date."""
    match trigger:
        case After(delay=str() as name) | Silence(lasting=str() as name):
            yield name
        case Near(offsets=offsets, fact=fact):
            yield fact
            yield from (one for one in offsets if isinstance(one, str))
        case _:
            return


def check_tests(folder: Folder) -> Checks:
    """J35: no test names the rule or expects anything it does."""
    named, expected = set[str](), set[tuple[str, str]]()
    for root in folder.test_nodes.values():
        for node in walk(root):
            named.update(_rules_named(node.entries))
            expected.update(_expected(node.entries))
    for rule in folder.acting:
        if rule.id not in named and not expected.intersection(_does(rule)):
            yield Problem(rule.position, f"no test covers {rule.id}", "J35")


def _rules_named(entries: Mapping[str, Node]) -> Iterator[str]:
    if "only" in entries:
        yield from (item.text for item in entries["only"].items)
    if "because" in entries:
        yield from entries["because"].entries


def _expected(entries: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    listed = entries["expect"].items if "expect" in entries else []
    for item in listed:
        for verb in _VERBS:
            if (told := item.entries.get(verb)) is not None:
                yield from ((verb, one) for one in told.entries or [one.text for one in told.items])
        if (gathered := item.entries.get("of")) is not None:
            yield from (("send", one.text) for one in gathered.items)


def _does(rule: Rule) -> Iterator[tuple[str, str]]:
    for action in rule.actions:
        match action:
            case Send(template=name):
                yield "send", name
            case Call(action=name):
                yield "call", name
            case Grant(perk=name):
                yield "grant", name
            case Emit(event=name):
                yield "emit", name
            case Put(values=values):
                yield from (("set", name) for name in values)
            case _:
                yield from (("suppress", category) for category in action.categories)
                yield "suppress", "all marketing"


def check_over(folder: Folder) -> Checks:
    """J38: a rule whose last day is past does nothing any more."""
    for rule in folder.rules:
        if rule.conduct.ends_on and rule.conduct.ends_on < folder.today:
            message = (
                f"over since {rule.conduct.ends_on}: take the rule out, or give it a later day"
            )
            yield Problem(folder.place(rule, "until"), message, "J38")
