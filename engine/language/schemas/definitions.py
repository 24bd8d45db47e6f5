"""The definitions of the schemas: the names that a folder of rules knows, and how values are
spelled.

Every list of names is live; one that is empty becomes a schema that nothing fits, because editors
refuse a schema with an empty `enum`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from engine.catalog.catalog import Fact, builtin
from engine.catalog.channels import CHANNELS
from engine.catalog.currencies import CURRENCIES
from engine.catalog.values import UNITS
from engine.language.forms import Schema
from engine.language.known import Actions, Known, Signature
from engine.language.plain_values import CLOCK, KEBAB
from engine.language.sentences.condition_nodes import OPERATORS
from engine.language.sentences.sentence_forms import CONDITIONS, TRIGGERS, SentenceForm
from engine.language.shapes import SCALAR, ref
from engine.rules.rule import ORDER_CONTACT, THE_CUSTOMER


def definitions(known: Known, rules: Collection[str]) -> dict[str, Schema]:
    """Everything that files of this folder may name; `rules` are the ids of its rules."""
    return {**_names(known, rules), **_spellings(), **_sentences()}


def _names(known: Known, rules: Collection[str]) -> dict[str, Schema]:
    catalog, policies = known.catalog, known.policies
    rendered = (name for name, parts in known.templates.items() if any(parts.values()))
    events = {event.name: event.meaning for event in catalog.events.values()}
    facts = {fact.name: fact.meaning for fact in catalog.facts.values()}
    addresses = sorted(
        fact.name
        for fact in catalog.facts.values()
        if fact.type.kind == "text" and fact.owner in ("order", "customer")
    )
    settable = one_of(fact.name for fact in catalog.facts.values() if fact.set_by_rules)
    return {
        "event": one_of(events, events),
        "own_event": one_of(catalog.events.keys() - builtin().events.keys(), events),
        "fact": one_of({*facts, *known.scope(None).names}, facts),
        "stated_fact": one_of(facts, facts),
        "addressee": one_of([ORDER_CONTACT, THE_CUSTOMER, *addresses], facts),
        "settable": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": settable,
            "additionalProperties": SCALAR,
        },
        "template": one_of(rendered),
        "sentence_template": one_of(known.templates),
        "category": one_of(
            [category.id for category in policies.categories],
            {category.id: category.title or category.kind for category in policies.categories},
        ),
        "channel": one_of(CHANNELS),
        "group": one_of(policies.groups),
        "rule_id": one_of(rules) if rules else _spelled(KEBAB.pattern),
        "action_name": _actions(known.actions) if known.actions else _spelled(r"\S+"),
        "answer": one_of(known.answers),
        "currency": one_of(CURRENCIES),
    }


def _actions(actions: Actions) -> Schema:
    said = {name: one.summary for name, one in actions.items() if isinstance(one, Signature)}
    return one_of(actions, said)


def _spellings() -> dict[str, Schema]:
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    duration = rf"[0-9]+(\.[0-9]+)? ?({units})"
    day, clock = r"\d{4}-\d\d-\d\d", CLOCK.pattern
    return {
        "duration": _spelled(duration),
        "clock": _spelled(clock),
        "day": _spelled(day),
        "moment": _spelled(rf"-? ?{duration}|{day}[ T]({clock})"),
        "end": _spelled(rf"-? ?{duration}|{day}([ T]({clock}))?"),
        "start": _spelled(rf"{day}[ T]({clock})( \S+)?"),
    }


def _sentences() -> dict[str, Schema]:
    """A name is offered; what has blanks is a sentence, which `purna check` reads."""
    by_customer = {"type": "string", "pattern": r"^\S+ by the customer$"}
    logic = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": one_of(OPERATORS),
    }
    several = {"type": "array", "items": ref("condition"), "minItems": 1}
    sentence = {"type": ["string", "boolean"], **_offered(CONDITIONS)}
    timed = {"type": "string", "pattern": " ", **_offered(TRIGGERS[1:])}
    return {
        "listened": {"anyOf": [ref("event"), by_customer]},
        "trigger": {"anyOf": [ref("event"), timed]},
        "condition": {"anyOf": [ref("fact"), sentence, several, logic]},
    }


def _offered(forms: Iterable[SentenceForm]) -> Schema:
    """Examples, which yaml-language-server offers as they stand."""
    shown = [
        {"label": form.example, "description": form.words, "body": form.example} for form in forms
    ]
    return {"examples": [one["body"] for one in shown], "defaultSnippets": shown}


def value_of(fact: Fact) -> Schema:
    """What may be stated of a fact."""
    match fact.type.kind:
        case "enum":
            return one_of(fact.type.values)
        case "boolean":
            return {"type": "boolean"}
        case "list":
            return {}
        case _:
            return SCALAR


def one_of(words: Iterable[Any], meanings: Mapping[str, str] | None = None) -> Schema:
    """One of some words, in their order if they have one; nothing fits where there are none.

    `meanings` stand beside the words in an editor.
    """
    listed = list(words) if isinstance(words, Sequence) else sorted(words)
    if not listed:
        return {"not": {}}
    shown = {"enumDescriptions": [meanings.get(name, "") for name in listed]} if meanings else {}
    return {"enum": listed, **shown}


def _spelled(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^({pattern})$"}


def used(schema: Any, among: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those definitions that a schema refers to, also through others."""
    found: dict[str, Schema] = {}
    waiting = [schema]
    while waiting:
        match waiting.pop():
            case {"$ref": str(place)} if (name := place.rpartition("/")[2]) not in found:
                found[name] = among[name]
                waiting.append(among[name])
            case dict(inner):
                waiting.extend(inner.values())
            case list(inner):
                waiting.extend(inner)
    return {name: found[name] for name in sorted(found)}
