"""The JSON Schema of journey files for editors: every key, and whatever this folder lets a rule
name.

Draft 7, which yaml-language-server reads. It knows no discriminator, so an action is one object
whose verb decides by `if` and `required` which other keys there may be.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.channels import CHANNELS
from engine.catalog.values import UNITS
from engine.language.fields import CLOCK, KEBAB
from engine.language.journeys.rule_files import KEYS, THINGS
from engine.language.known import Known, ParameterSpec, Signature
from engine.language.sentences.condition_nodes import OPERATORS

Schema = dict[str, Any]

_DOTTED = r"^[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+$"
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
TEXT: Schema = {"type": ["string", "number", "boolean"]}
_FLAGS = {"only_if": "Only if this holds; it may read the result of an earlier call."}


def rules_schema(known: Known) -> Schema:
    """The schema of `journeys/*.yaml` in the folder from which `known` was read."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of Purna",
        "type": "object",
        "required": ["version", "rules"],
        "additionalProperties": False,
        "properties": {"version": {"enum": [1, "1"]}, "rules": some(ref("rule"))},
        "definitions": {
            **names(known),
            "rule": _rule(known),
            "line": _line(),
            "action": _action(known),
        },
    }


def names(known: Known) -> dict[str, Schema]:
    """What a rule may name, as it is in this folder: the definitions that all files of the folder
    share.
    """
    catalog = known.catalog
    readable = [*catalog.facts, *known.scope(None).names]
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    logic = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"enum": sorted(OPERATORS)},
    }
    return {
        "event": {"enum": sorted(catalog.events)},
        "own_event": {"enum": sorted(catalog.events.keys() - builtin().events.keys())},
        "listened": {
            "anyOf": [ref("event"), {"type": "string", "pattern": r"^\S+ by the customer$"}]
        },
        "fact": {"enum": sorted(set(readable))},
        "template": {
            "enum": sorted(name for name, parts in known.templates.items() if any(parts.values()))
        },
        "category": {"enum": [category.id for category in known.policies.categories]},
        "channel": {"enum": list(CHANNELS)},
        "group": {"enum": sorted(known.policies.groups)},
        "duration": {"type": "string", "pattern": rf"^[0-9]+(\.[0-9]+)? ?({units})$"},
        "clock": {"type": "string", "pattern": f"^{CLOCK.pattern}$"},
        "day": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        # A name is offered; what has blanks is a sentence, which `purna check` reads.
        "sentence": {"anyOf": [ref("fact"), {"type": ["string", "boolean"]}]},
        "condition": {
            "anyOf": [
                ref("sentence"),
                {"type": "array", "items": ref("condition"), "minItems": 1},
                logic,
            ]
        },
    }


def _rule(known: Known) -> Schema:
    when = {"anyOf": [ref("event"), {"type": "string", "pattern": " "}]}
    once = {"anyOf": [{"enum": ["event", *sorted(THINGS)]}, ref("fact"), ref("duration")]}
    window = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": ref("duration"),
    }
    lines = {"type": "array", "items": ref("line"), "minItems": 1}
    named = {"type": "object", "minProperties": 1, "additionalProperties": ref("condition")}
    keys: dict[str, Schema] = {
        "id": described(kebab(), "Its name for ever, in small letters with hyphens."),
        "renamed_from": described(kebab(), "The id it had before; waits and once-keys go with it."),
        "name": described(TEXT, "What it is for, in a few words."),
        "owner": described(TEXT, "Who answers for it."),
        "mode": described(
            {"enum": ["live", "shadow", "off"]}, "shadow decides and records, and does nothing."
        ),
        "in_flight": described(
            {"enum": ["follow", "pin"]}, "pin: what has begun to wait keeps its rules."
        ),
        "when": described(
            some(when), "An event, or a sentence such as `2 days after order.delivered`."
        ),
        "if": described(ref("condition"), "All of it must hold at the due moment."),
        "unless": described(
            {"anyOf": [ref("condition"), named]},
            "Exceptions by name; unknown holds the rule back too.",
        ),
        "stop_if": described(some(ref("listened")), "Events that end it before it is due."),
        "once_per": described(
            {"anyOf": [some(once), window]}, "How often it may act; by default once per thing."
        ),
        "one_of": described(
            ref("group"), "A group of policies.yaml: only its first rule that holds."
        ),
        "do": described(some(ref("action")), "What it does, in order."),
        "choose": described(lines, "The first line that holds; the last one is `otherwise`."),
        "from": described(ref("day"), "The first day of its trigger."),
        "until": described(ref("day"), "The last day of its trigger."),
        "if_late": described(
            {"enum": ["send", "skip"]}, "What happens when a date is known too late."
        ),
    }
    if not known.policies.groups:
        del keys["one_of"]
    assert keys.keys() <= KEYS
    return {
        "type": "object",
        "required": ["id", "when"],
        "anyOf": [{"required": ["do"]}, {"required": ["choose"]}],
        "additionalProperties": False,
        "properties": keys,
    }


def _line() -> Schema:
    """A line of `choose`."""
    otherwise = {"anyOf": [{"enum": ["nothing"]}, some(ref("action"))]}
    return {
        "type": "object",
        "properties": {"if": ref("condition"), "do": some(ref("action")), "otherwise": otherwise},
        "additionalProperties": False,
        "if": {"required": ["otherwise"]},
        "then": {"maxProperties": 1},
        "else": {"required": ["if", "do"]},
    }


def _action(known: Known) -> Schema:
    """One object for every verb; the verb that is there decides what else may be."""
    forms = _forms(known)
    every = {key: schema for _, keys in forms.values() for key, schema in keys.items()}
    verbs = [_when_verb(verb, needed, keys) for verb, (needed, keys) in forms.items()]
    calls = [
        _when_call(name, specs, known.attached(name))
        for name, specs in (known.actions or {}).items()
    ]
    return {
        "type": "object",
        "anyOf": [{"required": [verb]} for verb in forms],
        # Only the key, so that an editor offers all of them; what stands behind it is said by its
        # verb.
        "properties": {
            key: {"description": schema.get("description", "")} for key, schema in every.items()
        },
        "allOf": [*verbs, *calls],
    }


def _forms(known: Known) -> dict[str, tuple[list[str], dict[str, Schema]]]:
    """Each verb: the keys it needs, and all it may have."""
    channels = {"anyOf": [{"enum": ["preferred"]}, some(ref("channel"))]}
    silenced = {"anyOf": [{"enum": ["all marketing"]}, some(ref("category"))]}
    values = {"type": "object", "additionalProperties": SCALAR}
    settable = [fact.name for fact in known.catalog.facts.values() if fact.set_by_rules]
    shared = {"only_if": described(ref("condition"), _FLAGS["only_if"])}
    about = described(ref("fact"), "The fact that says which product it is about.")
    send = {
        "send": described(ref("template"), "A message."),
        "category": described(
            ref("category"), "What kind of message it is; policies.yaml decides between them."
        ),
        "by": described(channels, "The channels to try, the first one first."),
        "send_at": described(ref("clock"), "At the next such local time."),
        "valid_for": described(ref("duration"), "How long it is worth sending."),
        "with": described(values, "Values for the template."),
        "about": about,
    }
    suppress = {
        "suppress": described(silenced, "No messages of these categories for a while."),
        "at_most": described(ref("duration"), "How long at most."),
        "until": described(some(ref("listened")), "Events that end the silence."),
        "across": described({"enum": ["customer"]}, "For every order of the customer."),
        "about": about,
    }
    call: dict[str, Schema] = {
        "call": described(
            {"enum": sorted(known.actions)} if known.actions else TEXT,
            "An action of the shop's systems.",
        ),
        "with": described(values, "Its parameters."),
        "as": described(
            {"type": "string", "pattern": "^[a-z][a-z_0-9]*$"}, "A name for its result."
        ),
    }
    grant = {
        "grant": described(TEXT, "A perk."),
        "for": described(ref("duration"), "How long it lasts."),
        "uses": described({"type": "integer", "minimum": 1}, "How often it may be used."),
    }
    chosen = {"type": "object", "minProperties": 1, "propertyNames": {"enum": sorted(settable)}}
    put = {
        "set": described(
            chosen | {"additionalProperties": SCALAR},
            "Facts that rules may set, with their values.",
        ),
        "for": described(ref("duration"), "How long they hold."),
    }
    emit = {
        "emit": described(ref("own_event"), "An event of catalog.yaml."),
        "with": described(values, "Facts it carries."),
    }
    return {
        "send": (["category"], send | shared),
        "suppress": (["at_most"], suppress | shared),
        "call": ([], call | shared),
        "grant": (["for"], grant | shared),
        "set": ([], put | shared),
        "emit": ([], emit | shared),
    }


def _when_verb(verb: str, needed: list[str], keys: Mapping[str, Schema]) -> Schema:
    then: Schema = {"properties": dict(keys), "additionalProperties": False}
    return {"if": {"required": [verb]}, "then": then | ({"required": needed} if needed else {})}


def _when_call(name: str, specs: Mapping[str, ParameterSpec], attached: Iterable[str]) -> Schema:
    """The parameters of one action; those that policies.yaml attaches need not be said."""
    needed = sorted(
        key for key, spec in specs.items() if spec.required and key not in set(attached)
    )
    passed: Schema = {
        "properties": {key: _parameter(spec) for key, spec in specs.items()},
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }
    asked = {"properties": {"call": {"enum": [name]}}, "required": ["call"]}
    said = (
        {"call": {"description": specs.said}} if isinstance(specs, Signature) and specs.said else {}
    )
    then = {"properties": {"with": passed, **said}, **({"required": ["with"]} if needed else {})}
    return {"if": asked, "then": then}


def _parameter(spec: ParameterSpec) -> Schema:
    if spec.type is None or spec.type.kind != "enum":
        return dict(SCALAR)
    return {"anyOf": [{"enum": list(spec.type.values)}, {"type": "string", "pattern": _DOTTED}]}


def kebab() -> Schema:
    """A name in small letters with hyphens."""
    return {"type": "string", "pattern": f"^{KEBAB.pattern}$"}


def some(schema: Schema) -> Schema:
    """A list; one bare item is a list of one."""
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def described(schema: Schema, description: str) -> Schema:
    """A schema with the words that an editor shows beside it."""
    # Beside a `$ref` draft 7 reads nothing else.
    return (
        {"description": description, "allOf": [schema]}
        if "$ref" in schema
        else {"description": description, **schema}
    )


def ref(name: str) -> Schema:
    """One of the definitions."""
    return {"$ref": f"#/definitions/{name}"}
