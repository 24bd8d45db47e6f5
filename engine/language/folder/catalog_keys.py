"""The keys of catalog.yaml, of an own event and of an own fact."""

import re
from dataclasses import replace

from engine.catalog.catalog import THINGS
from engine.catalog.values import Kind
from engine.language.forms import Form, Key, ValueShape
from engine.language.nodes import Node
from engine.language.plain_values import SNAKE
from engine.language.shapes import (
    CONDITION,
    FLAG,
    NODE,
    VERSION,
    by_name,
    either,
    listed,
    matching,
    word,
    words,
)

DOTTED = re.compile(r"[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+")
# An enum is a list of its words.
KINDS: tuple[Kind, ...] = (
    *("text", "integer", "number", "boolean", "money"),
    *("date", "datetime", "duration", "list"),
)
_SPELLED = re.compile(f"(optional )?({'|'.join(KINDS)})[?]?")
_TYPE: ValueShape[Node] = either(
    word(KINDS), matching(_SPELLED, "one of them behind `optional`"), words("words")
)


class OwnFactKeys(Form):
    """A fact of one's own, or a built-in one that is redefined."""

    what = "a fact"
    type = Key(
        _TYPE,
        "Its type; a list names the words it may be.",
        "[none, silver, gold]",
        needed=True,
    )
    default = Key(either(listed(NODE)), "Its value while nobody has stated one.", "none")
    set_by = Key(word({"rules"}), "Rules may set it.", "rules")
    personal = Key(FLAG, "It says something about a person, and is erased with them.", "true")
    optional = Key(FLAG, "It may be missing, so that `check` asks for `is known`.", "true")


_FACTS = by_name(either(replace(_TYPE, words="its `type`"), OwnFactKeys.shape()), DOTTED)


class OwnEventKeys(Form):
    """An event of one's own."""

    what = "an event"
    about = Key(
        word(THINGS),
        "The kind of thing that it is about.",
        "order",
        needed=True,
    )
    repeats = Key(FLAG, "It may happen again to the same thing.", "true")
    facts = Key(
        _FACTS, "The facts it carries, by name, with their types.", "{setup.product: optional text}"
    )


class CatalogFile(Form):
    """What a shop adds to the built-in catalog."""

    what = "catalog.yaml"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    events = Key(
        by_name(OwnEventKeys.shape(), DOTTED),
        "Events of one's own.",
        "{setup.started: {about: order}}",
    )
    facts = Key(
        _FACTS,
        "Facts of one's own; a built-in fact may be redefined.",
        "{customer.at_risk: {type: boolean, default: false, set_by: rules}}",
    )
    segments = Key(
        by_name(CONDITION, SNAKE),
        "Kinds of customers, by the conditions that all hold of them; read as `segment.NAME`.",
        "{lapsed: [customer.lifetime_orders >= 1]}",
    )
