"""Actions of a rule. Each form is one line of the table at the end: its verb, its keys and its reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, cast

from engine.catalog import OF_ORDER
from engine.conditions import Scope
from engine.conditions.reading import named_like
from engine.language.fields import Fields, read_text
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.parameters import Given, check_parameters
from engine.language.problems import unknown
from engine.ruleset import CHANNELS, Action, Argument, Arguments, Call, Channel, Grant, Send, Suppress
from engine.values import Duration, FactType, Value, WrongValue, parse_duration, parse_money

_DURATION = FactType("duration")
_DOTTED = re.compile(r"[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+")


@dataclass(frozen=True, slots=True)
class Place:
    """The rule an action stands in: what it knows, what it may read, what it is about."""

    known: Known
    scope: Scope
    about: str


def read_actions(node: Node, place: Place) -> tuple[Action, ...]:
    """The actions of `do`, without those that have mistakes."""
    if not node.items:
        place.known.problems.add("J03", node, "do needs an action")
    return tuple(action for item in node.items if (action := _action(item, place)) is not None)


def _action(node: Node, place: Place) -> Action | None:
    problems = place.known.problems
    verbs = [verb for verb in _FORMS if verb in node.entries]
    if not isinstance(node.value, dict):
        problems.add(
            "J09", node, f"an action is a mapping such as {{send: template, category: delivery}}, not {node.text}"
        )
        return None
    if not verbs:
        for key, at in list(node.keys.items())[:1] or [("", node.position)]:
            problems.add("J02", at, unknown("action", key, _FORMS))
        return None
    if len(verbs) > 1:
        problems.add("J02", node.keys[verbs[1]], f"one action at a time: {' and '.join(verbs)} are two")
        return None
    form = _FORMS[verbs[0]]
    return form.read(Fields(node, verbs[0], {verbs[0], *form.keys}, problems), place)


def _send(fields: Fields, place: Place) -> Send | None:
    known = place.known
    template = _template(fields.node.entries["send"], place)
    category = known.category(fields.node.entries["category"]) if fields.need("category") else None
    by = _channels(fields)
    valid_for = cast("Duration | None", fields.value("valid_for", _DURATION))
    arguments = _arguments(fields, place)
    if template is None or category is None:
        return None
    _check_parts(template, by, fields.node.entries["send"], known)
    return Send(template, category, by, valid_for, arguments, fields.node.position)


def _template(node: Node, place: Place) -> str | None:
    known = place.known
    name = read_text(node, known.problems)
    if name is not None and name not in known.templates:
        known.problems.add("J07", node, unknown("template", name, known.templates))
        return None
    return name


def _check_parts(template: str, by: tuple[Channel, ...] | None, node: Node, known: Known) -> None:
    locale = known.policies.locale
    parts = known.templates[template].get(locale)
    if parts is None:
        message = f"template {template} is missing in {locale}, the default locale"
    elif not parts.intersection(by or CHANNELS):
        message = f"template {template} has no part for {' or '.join(by or CHANNELS)}"
    else:
        return
    known.problems.add("J24", node, message)


def _channels(fields: Fields) -> tuple[Channel, ...] | None:
    items = fields.listed("by")
    if len(items) == 1 and items[0].value == "preferred":
        return None
    channels: list[Channel] = []
    for item in items:
        name = read_text(item, fields.problems)
        if name in CHANNELS:
            channels.append(name)
        elif name is not None:
            fields.problems.add("J07", item, unknown("channel", name, (*CHANNELS, "preferred")))
    return tuple(channels) or None


def _suppress(fields: Fields, place: Place) -> Suppress | None:
    if "at_most" not in fields.node.entries:
        fields.problems.add("J20", fields.node, "suppress needs at_most: nothing is silenced for ever")
    categories = _silenced(fields.node.entries["suppress"], place.known)
    at_most = fields.value("at_most", _DURATION)
    until = tuple(name for item in fields.listed("until") if (name := place.known.event(item)) is not None)
    across = fields.choice("across", {"customer"}, "")
    if not isinstance(at_most, Duration) or not categories:
        return None
    return Suppress(categories, at_most, until, bool(across) or place.about not in OF_ORDER, fields.node.position)


def _silenced(node: Node, known: Known) -> tuple[str, ...]:
    if node.value == "all marketing":
        marketing = (c for c in known.policies.categories if c.kind == "marketing")
        return tuple(c.id for c in marketing if "suppress" not in c.ignores)
    if not node.items:
        known.problems.add("J03", node, "suppress needs a category, or `all marketing`")
    names = [name for item in node.items if (name := _silenceable(item, known)) is not None]
    return tuple(dict.fromkeys(names))


def _silenceable(node: Node, known: Known) -> str | None:
    name = known.category(node)
    category = known.policies.category(name) if name else None
    if category is not None and "suppress" in category.ignores:
        known.problems.add("J20", node, f"category {name} ignores suppression")
        return None
    return name


def _call(fields: Fields, place: Place) -> Call | None:
    node = fields.node.entries["call"]
    name = read_text(node, fields.problems)
    arguments = _arguments(fields, place)
    if name is None:
        return None
    actions = place.known.actions
    if actions is not None and name not in actions:
        fields.problems.add("J07", node, unknown("action", name, actions))
    elif actions is not None:
        check_parameters(Given(node, fields.get("with"), arguments), actions[name], place.scope, fields.problems)
    return Call(name, arguments, fields.node.position)


def _grant(fields: Fields, place: Place) -> Grant | None:
    del place
    perk = read_text(fields.node.entries["grant"], fields.problems)
    fields.need("for")
    lasts = fields.value("for", _DURATION)
    uses = fields.value("uses", FactType("integer"))
    if isinstance(uses, int) and uses < 1:
        fields.problems.add("J09", fields.node.entries["uses"], "a perk has at least one use")
    if perk is None or not isinstance(lasts, Duration):
        return None
    return Grant(perk, lasts, uses if isinstance(uses, int) else 1, fields.node.position)


def _arguments(fields: Fields, place: Place) -> Arguments:
    if (node := fields.get("with")) is None:
        return {}
    if not isinstance(node.value, dict):
        fields.problems.add("J09", node, "with is a mapping from parameter to value")
    return {key: _argument(item, place) for key, item in node.entries.items()}


def _argument(node: Node, place: Place) -> Argument:
    if isinstance(node.value, list | dict) or node.value is None:
        place.known.problems.add(
            "J09", node, "a value is a number, money, a duration, a date, true, false, a fact or text"
        )
        return Argument()
    if isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
        return _read_argument(node, node.value, place)
    return Argument(_constant(node.value))


def _read_argument(node: Node, name: str, place: Place) -> Argument:
    """A dotted name is read if there is such a fact; one that begins like a fact or nearly is one is a mistake."""
    problems, scope = place.known.problems, place.scope
    if scope.type(name) is not None:
        if why := scope.unavailable(name):
            problems.add("J08", node, why)
        return Argument(name=name)
    prefixes = {known.partition(".")[0] for known in scope.names}
    if name.partition(".")[0] not in prefixes:
        return Argument(name)
    meant = named_like(name, scope.names)
    problems.add("J07", node, f"unknown fact {name}" + (f", did you mean {meant}?" if meant else ""))
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


class _Form(NamedTuple):
    keys: frozenset[str]
    read: Callable[[Fields, Place], Action | None]


_FORMS: dict[str, _Form] = {
    "send": _Form(frozenset({"category", "by", "valid_for", "with"}), _send),
    "suppress": _Form(frozenset({"at_most", "until", "across"}), _suppress),
    "call": _Form(frozenset({"with"}), _call),
    "grant": _Form(frozenset({"for", "uses"}), _grant),
}
