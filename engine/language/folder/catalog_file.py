"""catalog.yaml: a team's own events, facts and segments, added to the built-in ones."""

from collections.abc import Iterator
from dataclasses import replace

from engine.catalog.catalog import OWNER, Catalog, EventType, Fact
from engine.catalog.values import FactType
from engine.conditions.problems import Problems
from engine.language.folder.catalog_keys import (
    DOTTED,
    KINDS,
    CatalogFile,
    OwnEventKeys,
    OwnFactKeys,
)
from engine.language.folder.segments import segment_nodes
from engine.language.nodes import Node
from engine.language.plain_values import read_choice, read_text, read_value

_RESERVED = frozenset({"answer", "segment"})


def read_catalog(node: Node | None, shipped: Catalog, problems: Problems) -> Catalog:
    """The shipped catalog with what the file adds; a built-in fact may be redefined, an event may
    not.
    """
    if node is None:
        return shipped
    file = CatalogFile(node, problems)
    file.is_complete()
    events: list[EventType] = []
    facts: list[Fact] = []
    for name, item, at in _entries(file.events, "events", problems):
        if name in shipped.events:
            problems.add("J06", at, f"{name} is an event of the built-in catalog already")
        own = OwnEventKeys(item, problems)
        own.need()
        about = own.about or "customer"
        events.append(EventType(name, about, repeats=own.repeats or False))
        facts.extend(
            _of_event(_fact(fact, stated, problems), about, shipped)
            for fact, stated, _ in _entries(own.facts, "facts", problems)
        )
    facts.extend(
        _fact(name, item, problems) for name, item, _ in _entries(file.facts, "facts", problems)
    )
    _check_names(node, events, facts, shipped, problems)
    segments = {name: item.plain for name, item in segment_nodes(node, problems).items()}
    return replace(shipped.extended(events, facts), segments=segments)


def _of_event(fact: Fact, about: str, shipped: Catalog) -> Fact:
    """A fact of an own event belongs to what the event is about, unless its name says
    whose it is.
    """
    prefix = fact.name.partition(".")[0]
    is_told = prefix in OWNER or any(known.partition(".")[0] == prefix for known in shipped.facts)
    return fact if is_told or about == "customer" else replace(fact, thing=about)


def _entries(node: Node | None, key: str, problems: Problems) -> Iterator[tuple[str, Node, Node]]:
    if node is None:
        return
    if not isinstance(node.value, dict):
        problems.add("J09", node, f"{key} is a mapping from name to what it is")
    for name, item in node.entries.items():
        at = Node(name, node.keys[name])
        if not DOTTED.fullmatch(name):
            problems.add(
                "J05", at, f"{name} is no name: small letters with a dot, such as order.gift"
            )
        elif name.partition(".")[0] in _RESERVED:
            problems.add(
                "J06", at, f"{name}: names that begin with {name.partition('.')[0]}. are taken"
            )
        else:
            yield name, item, at


def _check_names(
    node: Node, events: list[EventType], facts: list[Fact], shipped: Catalog, problems: Problems
) -> None:
    """No event and fact share a name."""
    own_events, own_facts = {event.name for event in events}, {fact.name for fact in facts}
    both = (
        (own_events & own_facts)
        | (own_events & set(shipped.facts))
        | (own_facts & set(shipped.events))
    )
    for name in sorted(both):
        problems.add("J06", _key_node(node, name), f"{name} would be both an event and a fact")


def _key_node(node: Node, name: str) -> Node:
    for key, item in node.entries.items():
        if key == name:
            return Node(name, node.keys[key])
        if (inner := _key_node(item, name)) is not item:
            return inner
    return node


def _fact(name: str, node: Node, problems: Problems) -> Fact:
    if not isinstance(node.value, dict):
        kind, optional = _type(node, problems)
        return Fact(name, kind, optional=optional)
    keys = OwnFactKeys(node, problems)
    keys.need()
    kind, optional = _type(keys.type, problems) if keys.type else (FactType("text"), False)
    default = keys.default
    if default is not None and default.value is not None:
        read_value(default, kind, problems)
    return Fact(
        name=name,
        type=kind,
        default=None if default is None else default.plain,
        optional=optional or keys.optional or False,
        personal=keys.personal or False,
        set_by_rules=keys.set_by == "rules",
    )


def _type(node: Node, problems: Problems) -> tuple[FactType, bool]:
    if isinstance(node.value, list):
        values = [text for item in node.items if (text := read_text(item, problems)) is not None]
        return FactType("enum", tuple(values)), False
    if (text := read_text(node, problems)) is None:
        return FactType("text"), False
    spelled = text.removeprefix("optional ").removesuffix("?")
    if spelled not in KINDS:
        read_choice(Node(spelled, node.position), "type", KINDS, problems)
        return FactType("text"), False
    return FactType(next(kind for kind in KINDS if kind == spelled)), spelled != text
