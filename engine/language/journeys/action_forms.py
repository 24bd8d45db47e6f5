"""Actions of a rule. Each form is one line of the table at the end: its verb, its keys and its
reader.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from engine.catalog.catalog import OF_ORDER
from engine.catalog.channels import CHANNELS, Channel
from engine.catalog.values import Duration, FactType
from engine.conditions import Scope
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import unknown
from engine.language.fields import Fields, is_name, read_clock, read_text
from engine.language.journeys.arguments import read_arguments, typed_argument
from engine.language.journeys.parameters import GivenParameters, check_parameters
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.rule import Action, Arguments, Call, Emit, Grant, Put, Send, Suppress

_DURATION = FactType("duration")


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
    actions = []
    for item in node.items:
        if (action := _action(item, place)) is not None:
            actions.append(action)
        place = place.after(item)
    return tuple(actions)


def _action(node: Node, place: ActionPlace) -> Action | None:
    problems = place.known.problems
    verbs = [verb for verb in _FORMS if verb in node.entries]
    if not isinstance(node.value, dict):
        problems.add(
            "J09",
            node,
            f"an action is a mapping such as {{send: template, category: delivery}}, not {node.text}",
        )
        return None
    if not verbs:
        for key, at in list(node.keys.items())[:1] or [("", node.position)]:
            misplaced = "`choose` stands beside `when`, instead of `do`"
            problems.add(
                "J02", at, misplaced if key == "choose" else unknown("action", key, _FORMS)
            )
        return None
    if len(verbs) > 1:
        problems.add(
            "J02", node.keys[verbs[1]], f"one action at a time: {' and '.join(verbs)} are two"
        )
        return None
    form = _FORMS[verbs[0]]
    return form.read(Fields(node, verbs[0], {verbs[0], "only_if", *form.keys}, problems), place)


def _send(fields: Fields, place: ActionPlace) -> Send | None:
    known = place.known
    template = known.template(fields.node.entries["send"])
    category = known.category(fields.node.entries["category"]) if fields.need("category") else None
    by = _channels(fields)
    valid_for = cast("Duration | None", fields.value("valid_for", _DURATION))
    send_at = read_clock(clock, fields.problems) if (clock := fields.get("send_at")) else None
    told = (read_arguments(fields, place.scope), _product(fields, place), _only_if(fields, place))
    if template is None or category is None:
        return None
    check_parts(template, by, fields.node.entries["send"], known)
    arguments, about, only_if = told
    return Send(
        template, category, by, valid_for, arguments, fields.node.position, send_at, about, only_if
    )


def _only_if(fields: Fields, place: ActionPlace) -> tuple[Condition, ...]:
    return read_conditions(fields.get("only_if"), place.scope, place.known.problems)


def _product(fields: Fields, place: ActionPlace) -> str | None:
    """The fact that says which product a message or silence is about."""
    return place.known.fact(node, place.scope, "text") if (node := fields.get("about")) else None


def check_parts(template: str, by: tuple[Channel, ...] | None, node: Node, known: Known) -> None:
    """That a template can be rendered in the default locale for one of these channels."""
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


def _suppress(fields: Fields, place: ActionPlace) -> Suppress | None:
    if "at_most" not in fields.node.entries:
        fields.problems.add(
            "J20", fields.node, "suppress needs at_most: nothing is silenced for ever"
        )
    categories = _silenced(fields.node.entries["suppress"], place.known)
    at_most = fields.value("at_most", _DURATION)
    until = tuple(
        one for item in fields.listed("until") if (one := place.known.listened(item)) is not None
    )
    across = bool(fields.choice("across", {"customer"}, "")) or place.about not in OF_ORDER
    about, only_if = _product(fields, place), _only_if(fields, place)
    if reads := sorted(
        name
        for one in only_if
        for name in one.reads
        if name.partition(".")[0] in place.scope.results
    ):
        message = f"a silence begins when its rule acts and waits for no call: its only_if cannot read {reads[0]}"
        fields.problems.add("J08", fields.node.entries["only_if"], message)
    if not isinstance(at_most, Duration) or not categories:
        return None
    return Suppress(categories, at_most, until, across, fields.node.position, about, only_if)


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
        known.problems.doubt("J20", node, f"category {name} ignores suppression")
    return name


def _call(fields: Fields, place: ActionPlace) -> Call | None:
    node, known = fields.node.entries["call"], place.known
    name = read_text(node, fields.problems)
    arguments = read_arguments(fields, place.scope)
    result, only_if = _result_name(fields, place), _only_if(fields, place)
    if name is None:
        return None
    if known.actions is not None and name not in known.actions:
        fields.problems.add("J07", node, unknown("action", name, known.actions))
    elif known.actions is not None:
        given = GivenParameters(node, fields.get("with"), arguments, known.attached(name))
        check_parameters(given, known.actions[name], place.scope, fields.problems)
    return Call(name, arguments, fields.node.position, result, only_if, known.result(name) or {})


def _result_name(fields: Fields, place: ActionPlace) -> str | None:
    """What `as` calls a result: a name that is nothing else's, so that `code.value` can only be
    this one's.
    """
    if (node := fields.get("as")) is None or (name := read_text(node, fields.problems)) is None:
        return None
    if not is_name(name):
        fields.problems.add("J05", node, f"{name} is no name: small letters, digits and _")
    elif name in place.scope.results:
        fields.problems.add("J06", node, f"an earlier call is named {name} already")
    elif any(
        known.partition(".")[0] == name for known in (*place.scope.names, "answer.", "segment.")
    ):
        fields.problems.add(
            "J06", node, f"there are facts that begin with {name}.; take another name"
        )
    return name


def _grant(fields: Fields, place: ActionPlace) -> Grant | None:
    perk = read_text(fields.node.entries["grant"], fields.problems)
    fields.need("for")
    lasts = fields.value("for", _DURATION)
    uses = fields.value("uses", FactType("integer"))
    only_if = _only_if(fields, place)
    if isinstance(uses, int) and uses < 1:
        fields.problems.add("J09", fields.node.entries["uses"], "a perk has at least one use")
    if perk is None or not isinstance(lasts, Duration):
        return None
    return Grant(perk, lasts, uses if isinstance(uses, int) else 1, fields.node.position, only_if)


def _put(fields: Fields, place: ActionPlace) -> Put | None:
    node = fields.node.entries["set"]
    lasts = fields.value("for", _DURATION)
    only_if = _only_if(fields, place)
    if not node.entries:
        fields.problems.add(
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
    return Put(values, cast("Duration | None", lasts), fields.node.position, only_if)


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


def _emit(fields: Fields, place: ActionPlace) -> Emit | None:
    node, known = fields.node.entries["emit"], place.known
    event, only_if = known.own_event(node), _only_if(fields, place)
    if event is None:
        return None
    about = known.catalog.events[event].about
    if about not in place.scope.things:
        known.problems.add(
            "J08", node, f"a rule about {place.about} does not know which {about} {event} is about"
        )
    return Emit(
        event, _event_facts(fields.get("with"), about, place), fields.node.position, only_if
    )


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


class _Form(NamedTuple):
    keys: frozenset[str]
    read: Callable[[Fields, ActionPlace], Action | None]


_FORMS: dict[str, _Form] = {
    "send": _Form(frozenset({"category", "by", "valid_for", "with", "send_at", "about"}), _send),
    "suppress": _Form(frozenset({"at_most", "until", "across", "about"}), _suppress),
    "call": _Form(frozenset({"with", "as"}), _call),
    "grant": _Form(frozenset({"for", "uses"}), _grant),
    "set": _Form(frozenset({"for"}), _put),
    "emit": _Form(frozenset({"with"}), _emit),
}
