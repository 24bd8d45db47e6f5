"""Actions of a rule: what each verb means. Which keys it takes stands in `action_keys.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.catalog.catalog import OF_ORDER
from engine.catalog.channels import CHANNELS, Channel
from engine.conditions import Scope
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import unknown
from engine.language.journeys.action_keys import (
    ALL_MARKETING,
    PREFERRED,
    VERBS,
    ActionKeys,
    CallKeys,
    EmitKeys,
    GrantKeys,
    SendKeys,
    SetKeys,
    SuppressKeys,
)
from engine.language.journeys.arguments import read_arguments, typed_argument
from engine.language.journeys.parameters import GivenParameters, check_parameters
from engine.language.known import Known, unknown_action
from engine.language.nodes import Node
from engine.language.plain_values import is_name, no_name, read_text
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.rule import (
    ORDER_CONTACT,
    THE_CUSTOMER,
    Action,
    Arguments,
    Call,
    Emit,
    Grant,
    Put,
    Send,
    Suppress,
)


@dataclass(frozen=True, slots=True)
class ActionPlace:
    """The rule an action stands in: what it knows, what it may read, what it is about."""

    known: Known
    scope: Scope
    about: str

    def after(self, node: Node) -> "ActionPlace":
        """The same place behind an action, whose result later ones may read under its `as`."""
        call, name = node.entries.get("call"), node.entries.get("as")
        if call is None or name is None or not isinstance(name.value, str):
            return self
        results = {**self.scope.results, name.value: self.known.result(call.text)}
        return replace(self, scope=replace(self.scope, results=results))


def read_actions(node: Node, place: ActionPlace) -> tuple[Action, ...]:
    """The actions of `do`, without those that have mistakes."""
    if not node.items:
        place.known.problems.add("J03", node, "do needs an action")
    actions = list[Action]()
    for item in node.items:
        if (action := _action(item, place)) is not None:
            actions += _for_each_reader(action, item, place)
        place = place.after(item)
    return tuple(actions)


def _action(node: Node, place: ActionPlace) -> Action | None:
    problems = place.known.problems
    verbs = [verb for verb in VERBS if verb in node.entries]
    if not isinstance(node.value, dict):
        problems.add(
            "J09",
            node,
            "an action is a mapping such as {send: template, category: delivery}, "
            f"not {node.text}",
        )
        return None
    if not verbs:
        for key, at in list(node.keys.items())[:1] or [("", node.position)]:
            misplaced = "`choose` stands beside `when`, instead of `do`"
            problems.add("J02", at, misplaced if key == "choose" else unknown("action", key, VERBS))
        return None
    if len(verbs) > 1:
        problems.add(
            "J02", node.keys[verbs[1]], f"one action at a time: {' and '.join(verbs)} are two"
        )
        return None
    keys = VERBS[verbs[0]].keys(node, problems)
    keys.need()
    return _MEANINGS[verbs[0]](keys, place)


def _send(keys: SendKeys, place: ActionPlace) -> Send | None:
    known, named = place.known, keys.send
    template = known.template(named) if named else None
    category = known.category(kind) if (kind := keys.category) else None
    by = _channels(keys)
    send = Send(
        template or "",
        category or "",
        by,
        keys.valid_for,
        read_arguments(keys.with_, place.scope, known.problems),
        keys.node.position,
        keys.send_at,
        _product(keys.about, place),
        _only_if(keys, place),
    )
    if named is None or template is None or category is None:
        return None
    check_parts(template, by, named, known)
    return send


def _for_each_reader(action: Action, node: Node, place: ActionPlace) -> list[Action]:
    """A message to several readers is one for each of them."""
    if not isinstance(action, Send) or (to := node.entries.get("to")) is None:
        return [action]
    if not to.items:
        place.known.problems.add("J03", to, "to needs a reader")
        return [action]
    names = [name for item in to.items if (name := _addressee(item, place)) is not None]
    return [replace(action, to=name) for name in dict.fromkeys(names)]


def _addressee(node: Node, place: ActionPlace) -> str | None:
    """The order's contact, the customer, or a fact of either that holds an address."""
    known, name = place.known, read_text(node, place.known.problems)
    if name == THE_CUSTOMER or name is None:
        return name
    if name == ORDER_CONTACT:
        if place.about in OF_ORDER:
            return name
        known.problems.add("J08", node, f"a rule about {place.about} knows no order's contact")
        return None
    fact = known.fact(node, place.scope, "text")
    if fact is None:
        return None
    if fact not in known.catalog.facts or place.scope.owner(fact) not in ("order", "customer"):
        known.problems.add("J08", node, f"{fact} is no address that an order or customer states")
        return None
    return fact


def _only_if(keys: ActionKeys, place: ActionPlace) -> tuple[Condition, ...]:
    return read_conditions(keys.only_if, place.scope, place.known.problems)


def _product(about: Node | None, place: ActionPlace) -> str | None:
    """The fact that says which product a message or silence is about."""
    return place.known.fact(about, place.scope, "text") if about else None


def check_parts(template: str, by: tuple[Channel, ...] | None, node: Node, known: Known) -> None:
    """That a template can be rendered in the default locale for one of these channels."""
    locale = known.policies.shop.locale
    parts = known.templates[template].get(locale)
    if parts is None:
        message = f"template {template} is missing in {locale}, the default locale"
    elif not parts.intersection(by or CHANNELS):
        message = f"template {template} has no part for {' or '.join(by or CHANNELS)}{_part(by)}"
    else:
        return
    known.problems.add("J24", node, message)


def _part(by: tuple[Channel, ...] | None) -> str:
    """How a template gets the part that it lacks."""
    if by is None:
        return ""
    if by[0] == "email":
        return ": it needs `subject:` at its head and a text below"
    return f": add `{by[0]}:` at its head"


def _channels(keys: SendKeys) -> tuple[Channel, ...] | None:
    items = keys.by.items if keys.by else []
    if len(items) == 1 and items[0].value == PREFERRED:
        return None
    channels: list[Channel] = []
    for item in items:
        name = read_text(item, keys.problems)
        if name in CHANNELS:
            channels.append(name)
        elif name is not None:
            keys.problems.add("J07", item, unknown("channel", name, (*CHANNELS, PREFERRED)))
    return tuple(channels) or None


def _suppress(keys: SuppressKeys, place: ActionPlace) -> Suppress | None:
    categories = _silenced(keys.suppress, place.known) if keys.suppress else ()
    at_most = keys.at_most
    until = tuple(
        one for item in keys.until or () if (one := place.known.listened(item)) is not None
    )
    across = bool(keys.across) or place.about not in OF_ORDER
    about, only_if = _product(keys.about, place), _only_if(keys, place)
    if reads := sorted(
        name
        for one in only_if
        for name in one.reads
        if name.partition(".")[0] in place.scope.results
    ):
        message = (
            "a silence begins when its rule acts and waits for no call: "
            f"its only_if cannot read {reads[0]}"
        )
        keys.wrong("J08", "only_if", message)
    if at_most is None or not categories:
        return None
    position, lasts = keys.node.position, keys.valid_for
    return Suppress(categories, at_most, until, across, position, about, only_if, lasts)


def _silenced(node: Node, known: Known) -> tuple[str, ...]:
    if node.value == ALL_MARKETING:
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
        known.problems.doubt("J20", node, f"category {name} ignores suppression")
    return name


def _call(keys: CallKeys, place: ActionPlace) -> Call | None:
    node, known = keys.call, place.known
    name = read_text(node, keys.problems) if node else None
    arguments = read_arguments(keys.with_, place.scope, keys.problems)
    result, only_if = _result_name(keys, place), _only_if(keys, place)
    if node is None or name is None:
        return None
    if known.actions is not None and name not in known.actions:
        keys.problems.add("J07", node, unknown_action(name, known.actions))
    elif known.actions is not None:
        given = GivenParameters(node, keys.with_, arguments, known.attached(name))
        check_parameters(given, known.actions[name], place.scope, keys.problems)
    position, results = keys.node.position, known.result(name) or {}
    once = known.once(name)
    return Call(name, arguments, position, result, only_if, results, keys.valid_for, once)


def _result_name(keys: CallKeys, place: ActionPlace) -> str | None:
    """What `as` calls a result: a name that is nothing else's, so that `code.value` can only be
    this one's.
    """
    if (node := keys.as_) is None or (name := read_text(node, keys.problems)) is None:
        return None
    if not is_name(name, keys.problems):
        keys.problems.add("J05", node, no_name(name))
    elif name in place.scope.results:
        keys.problems.add("J06", node, f"an earlier call is named {name} already")
    elif any(
        known.partition(".")[0] == name for known in (*place.scope.names, "answer.", "segment.")
    ):
        keys.problems.add(
            "J06", node, f"there are facts that begin with {name}.; take another name"
        )
    return name


def _grant(keys: GrantKeys, place: ActionPlace) -> Grant | None:
    perk, lasts, uses = keys.grant, keys.for_, keys.uses
    only_if = _only_if(keys, place)
    if perk is None or lasts is None:
        return None
    position = keys.node.position
    return Grant(perk, lasts, 1 if uses is None else uses, position, only_if, keys.valid_for)


def _put(keys: SetKeys, place: ActionPlace) -> Put | None:
    if (node := keys.set) is None:
        return None
    lasts, only_if = keys.for_, _only_if(keys, place)
    if not node.entries:
        keys.problems.add(
            "J09", node, "set is a mapping from fact to value, such as {customer.at_risk: true}"
        )
    values: Arguments = {}
    for name, item in node.entries.items():
        if _is_settable(name, node.keys[name], place):
            values = {
                **values,
                name: typed_argument(
                    item, place.known.catalog.facts[name].type, place.scope, place.known
                ),
            }
    return Put(values, lasts, keys.node.position, only_if, keys.valid_for)


def _is_settable(name: str, at: Position, place: ActionPlace) -> bool:
    facts, problems = place.known.catalog.facts, place.known.problems
    if name not in facts:
        problems.add(
            "J07",
            at,
            unknown("fact", name, [fact.name for fact in facts.values() if fact.set_by_rules]),
        )
    elif not facts[name].set_by_rules:
        problems.add(
            "J09",
            at,
            f"{name} is not set by rules; catalog.yaml says `set_by: rules` of a fact that is",
        )
    elif (owner := place.scope.owner(name)) not in place.scope.things:
        problems.add(
            "J08", at, f"a rule about {place.about} does not know which {owner} to set {name} of"
        )
    else:
        return True
    return False


def _emit(keys: EmitKeys, place: ActionPlace) -> Emit | None:
    if (node := keys.emit) is None:
        return None
    known = place.known
    event, only_if = known.own_event(node), _only_if(keys, place)
    if event is None:
        return None
    about = known.catalog.events[event].about
    if about not in place.scope.things:
        known.problems.add(
            "J08", node, f"a rule about {place.about} does not know which {about} {event} is about"
        )
    facts, position = _event_facts(keys.with_, about, place), keys.node.position
    return Emit(event, facts, position, only_if, keys.valid_for)


def _event_facts(node: Node | None, about: str, place: ActionPlace) -> Arguments:
    """The facts an event carries: of its thing and of what contains it."""
    if node is None:
        return {}
    known, scope = place.known, place.known.scope(about)
    if not isinstance(node.value, dict):
        known.problems.add("J09", node, "with is a mapping from fact to value")
    values: Arguments = {}
    for name, item in node.entries.items():
        fact = known.catalog.facts.get(name)
        if fact is None:
            known.problems.add("J07", node.keys[name], unknown("fact", name, known.catalog.facts))
        elif (owner := scope.owner(name)) not in scope.things:
            known.problems.add(
                "J08", node.keys[name], f"an event about {about} carries no fact of {owner}: {name}"
            )
        else:
            values = {**values, name: typed_argument(item, fact.type, place.scope, known)}
    return values


_MEANINGS: Mapping[str, Callable[[Any, ActionPlace], Action | None]] = {
    "send": _send,
    "suppress": _suppress,
    "call": _call,
    "grant": _grant,
    "set": _put,
    "emit": _emit,
}
