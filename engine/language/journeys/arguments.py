"""Values in `with` and `set`: a dotted name is read when the action runs, all else is
a constant.
"""

import re
from datetime import date, datetime

from engine.catalog.values import FactType, Value, WrongValue, parse_duration, parse_money
from engine.conditions import Scope
from engine.conditions.operators.references import unknown_fact
from engine.conditions.problems import Problems
from engine.language.journeys.parameters import fits
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.plain_values import read_value
from engine.rules.rule import Argument, Arguments

_BRACES = re.compile(r"\{\{|\{%")
_DOTTED = re.compile(r"[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+")


def read_arguments(node: Node | None, scope: Scope, problems: Problems) -> Arguments:
    """The values of `with` by parameter."""
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        problems.add("J09", node, "with is a mapping from parameter to value")
    return {key: _argument(item, scope, problems) for key, item in node.entries.items()}


def typed_argument(node: Node, kind: FactType, scope: Scope, known: Known) -> Argument:
    """A value for a fact of this type."""
    before = len(known.problems)
    _refuse_braces(node, known.problems)
    argument = _read(node, node.text, scope, known.problems) if _is_dotted(node) else Argument()
    if len(known.problems) > before:
        return argument
    if argument.name is None:
        return Argument(read_value(node, kind, known.problems))
    told = scope.type(argument.name)
    if told is not None and not fits(told.kind, kind):
        known.problems.add("J09", node, f"{node.text} is {told}, not {kind}")
    return argument


def _argument(node: Node, scope: Scope, problems: Problems) -> Argument:
    if isinstance(node.value, list | dict) or node.value is None:
        problems.add(
            "J09",
            node,
            "a value is a number, money, a duration, a date, true, false, a fact or text",
        )
        return Argument()
    if _is_dotted(node):
        return _read(node, node.text, scope, problems)
    _refuse_braces(node, problems)
    return Argument(_constant(node.value))


def _refuse_braces(node: Node, problems: Problems) -> None:
    """A text is passed as it stands, so nobody would fill its braces."""
    if isinstance(node.value, str) and _BRACES.search(node.value):
        message = (
            "a text is passed as it stands, braces too: name a fact alone and without them "
            "(`order.id`), or write the sentence in a template"
        )
        problems.add("J09", node, message)


def _is_dotted(node: Node) -> bool:
    return isinstance(node.value, str) and _DOTTED.fullmatch(node.value) is not None


def _read(node: Node, name: str, scope: Scope, problems: Problems) -> Argument:
    """A dotted name is read if there is such a fact; one that begins like a fact is a mistake, else
    it is text.
    """
    if scope.knows(name):
        if why := scope.unavailable(name):
            problems.add("J08", node, why)
        return Argument(name=name)
    prefixes = {known.partition(".")[0] for known in (*scope.names, *scope.results)}
    if name.partition(".")[0] not in prefixes:
        return Argument(name)
    problems.add("J07", node, unknown_fact(name, scope.names))
    return Argument()


def _constant(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    for read in (parse_money, parse_duration, date.fromisoformat, _moment):
        try:
            return read(value)
        except (WrongValue, ValueError):
            continue
    return value


def _moment(spelled: str) -> datetime:
    moment = datetime.fromisoformat(spelled)
    if moment.tzinfo is None:
        raise WrongValue("a date and time with its zone")
    return moment
