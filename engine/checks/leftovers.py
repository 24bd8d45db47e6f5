"""What is of no use any more, or not yet.

Results nobody reads (J32), rules without a test (J35), rules that are over (J38).
"""

from collections.abc import Iterator, Mapping

from engine.checks.checked_folder import Checks, Folder, walk
from engine.conditions.problems import Problem
from engine.language.nodes import Node
from engine.rules.rule import Action, Call, Emit, Grant, Put, Rule, Send

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
    for action in actions:
        match action:
            case (
                Send(arguments=told)
                | Call(arguments=told)
                | Emit(arguments=told)
                | Put(values=told)
            ):
                names |= {argument.name for argument in told.values() if argument.name}
            case _:
                pass
    return {name.partition(".")[0] for name in names}


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
