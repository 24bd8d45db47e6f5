"""Journey files: rules with their triggers, conditions and actions."""

from collections.abc import Iterator
from typing import Literal, cast

from engine.conditions import Scope
from engine.language.actions import Place, read_actions
from engine.language.condition import read_conditions, report
from engine.language.fields import KEBAB, Fields, check_version, read_text, read_value
from engine.language.known import Known, unknown_event
from engine.language.nodes import Node
from engine.language.problems import Problems, unknown
from engine.language.sentences import Fault, parse_when
from engine.ruleset import OncePer, Rule, Trigger
from engine.values import Duration, FactType, WrongValue, parse_duration

KEYS = frozenset(
    {"id", "name", "owner", "renamed_from", "mode", "in_flight", "when", "if", "stop_if", "once_per", "do"}
)
# What `once_per` may count by besides facts, and `event` itself.
THINGS = frozenset({"shipment", "order", "return", "review", "subscription", "case", "lot", "perk", "customer"})


def read_rules(node: Node, known: Known) -> Iterator[Rule]:
    """The rules of one file that have no mistakes."""
    fields = Fields(node, "a rule file", {"version", "rules"}, known.problems)
    check_version(fields)
    if fields.need("rules"):
        for item in fields.listed("rules"):
            if (rule := _rule(item, known)) is not None:
                yield rule


def _rule(node: Node, known: Known) -> Rule | None:
    before = len(known.problems)
    fields = Fields(node, "a rule", KEYS, known.problems)
    fields.need("id", "when", "do")
    rule_id = _kebab(fields, "id")
    heard = _trigger(fields.get("when"), known)
    about = known.catalog.events[heard.event].about if heard else None
    scope = known.scope(about)
    conditions = read_conditions(fields.get("if"), scope, known.problems)
    stop_if = tuple(name for item in fields.listed("stop_if") if (name := known.event(item)) is not None)
    once_per = _once_per(fields, heard, scope)
    do = fields.get("do")
    actions = read_actions(do, Place(known, scope, about or "customer")) if do else ()
    mode = fields.choice("mode", {"live", "shadow", "off"}, "live")
    in_flight = fields.choice("in_flight", {"follow", "pin"}, "follow")
    renamed_from = _kebab(fields, "renamed_from")
    if len(known.problems) > before or heard is None or about is None or rule_id is None:
        return None
    return Rule(
        id=rule_id,
        trigger=heard,
        about=about,
        once_per=once_per,
        actions=actions,
        position=node.position,
        name=fields.text("name"),
        owner=fields.text("owner"),
        renamed_from=renamed_from,
        mode=cast("Literal['live', 'shadow', 'off']", mode),
        in_flight=cast("Literal['follow', 'pin']", in_flight),
        conditions=conditions,
        stop_if=stop_if,
    )


def _kebab(fields: Fields, key: str) -> str | None:
    if (node := fields.get(key)) is None:
        return None
    text = read_text(node, fields.problems)
    if text is not None and not KEBAB.fullmatch(text):
        fields.problems.add("J09", node, f"{key} is small letters, digits and hyphens, such as parcel-on-its-way")
        return None
    return text


def _trigger(node: Node | None, known: Known) -> Trigger | None:
    if node is None or (text := read_text(node, known.problems)) is None:
        return None
    heard = parse_when(text)
    if isinstance(heard, Fault):
        report(heard, node, known.problems)
        return None
    if heard.trigger.event not in known.catalog.events:
        known.problems.add("J07", node.within(heard.offset), unknown_event(heard.trigger.event, known.catalog))
        return None
    return heard.trigger


def _once_per(fields: Fields, trigger: Trigger | None, scope: Scope) -> OncePer:
    node, problems = fields.get("once_per"), fields.problems
    about = scope.about or "customer"
    if node is None:
        if trigger is not None and scope.catalog.events[trigger.event].repeats:
            what = f"{trigger.event} may happen again: say how often, such as `once_per: event` or `once_per: {about}`"
            problems.add("J18", fields.get("when") or fields.node, what)
        return OncePer((about,))
    if isinstance(node.value, dict):
        return _windowed(node, scope, problems)
    *keys, last = node.items or [node]
    window = _window(last) if keys else None
    names = [_once_key(item, scope, problems) for item in (keys if window else [*keys, last])]
    return OncePer(tuple(name for name in names if name is not None), window)


def _windowed(node: Node, scope: Scope, problems: Problems) -> OncePer:
    if len(node.entries) != 1:
        problems.add("J09", node, "once_per names one thing and its window, such as {customer: 180 days}")
        return OncePer(())
    name, length = next(iter(node.entries.items()))
    window = read_value(length, FactType("duration"), problems)
    key = _once_key(Node(name, node.keys[name]), scope, problems)
    return OncePer((key,) if key else (), window if isinstance(window, Duration) else None)


def _window(node: Node) -> Duration | None:
    if not isinstance(node.value, str):
        return None
    try:
        return parse_duration(node.value)
    except WrongValue:
        return None


def _once_key(node: Node, scope: Scope, problems: Problems) -> str | None:
    name = read_text(node, problems)
    if name is None or name == "event":
        return name
    if name not in THINGS and scope.type(name) is None:
        problems.add("J07", node, unknown("thing or fact", name, ["event", *THINGS, *scope.names]))
        return None
    if scope.about is not None and (why := _out_of_reach(name, scope)):
        problems.add("J19", node, why)
        return None
    return name


def _out_of_reach(name: str, scope: Scope) -> str | None:
    if name not in THINGS:
        return scope.unavailable(name)
    return None if name in scope.things else f"a rule about {scope.about} does not know which {name} is meant"
