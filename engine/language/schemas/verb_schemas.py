"""Schemas of mappings whose kind is decided by the key that is there: actions, deeds of tests and
lines of stories.

yaml-language-server knows no discriminator, so such a mapping is one object whose verb decides by
`if` and `required` which other keys there may be.
"""

from collections.abc import Iterable, Mapping

from engine.catalog.catalog import Catalog
from engine.language.folder.catalog_keys import DOTTED
from engine.language.forms import Form, Schema
from engine.language.journeys.action_keys import VERBS
from engine.language.known import Known, ParameterSpec
from engine.language.schemas.definitions import one_of, value_of
from engine.language.shapes import SCALAR
from engine.language.stories.story_keys import (
    LINES,
    REASONS,
    OrderKeys,
    PersonKeys,
    prefix_of,
    thing_keys,
)


def action_schema(known: Known) -> Schema:
    """An action of a rule."""
    schema = _by_verb({verb: one.keys.schema() for verb, one in VERBS.items()})
    calls = [
        _when_call(name, specs, known.attached(name))
        for name, specs in (known.actions or {}).items()
    ]
    return schema | {"allOf": [*schema["allOf"], *calls]}


def deed_schema() -> Schema:
    """A deed that a test expects."""
    return _by_verb({verb: one.deed.schema() for verb, one in VERBS.items()})


def line_schema(catalog: Catalog) -> Schema:
    """A line of a story."""
    schemas = {verb: form.schema() for verb, form in LINES.items()}
    things = {key: _thing(key, catalog) for key in sorted(thing_keys(catalog))}
    event = schemas["event"]
    schemas["event"] = event | {"properties": {**things, **event["properties"]}}
    return _by_verb(schemas)


def stated_schema(form: type[Form], prefix: str, catalog: Catalog) -> Schema:
    """A person or an order of a test: the keys of its form, its facts, and those of other
    prefixes in mappings of their own.
    """
    schema = form.schema()
    facts = {key: value_of(fact) for key, fact in catalog.facts_of.get(prefix, {}).items()}
    others = {"additionalProperties": {"type": "object"}}
    return schema | {"properties": {**facts, **schema["properties"]}} | others


def story_definitions(catalog: Catalog) -> dict[str, Schema]:
    """What only test files refer to."""
    reasons = {"type": "string", "pattern": f"^({'|'.join(sorted(REASONS))})( .*)?$"}
    return {
        "deed": deed_schema(),
        "set_facts": {"type": "object", "propertyNames": one_of(catalog.facts)},
        "story_line": line_schema(catalog),
        "person": SCALAR,
        "person_facts": stated_schema(PersonKeys, "customer", catalog),
        "test_order": SCALAR,
        "test_shop": SCALAR,
        "order_facts": stated_schema(OrderKeys, "order", catalog),
        "reason": {"anyOf": [one_of(REASONS), reasons]},
        "result": {"type": "object"},
    }


def _thing(key: str, catalog: Catalog) -> Schema:
    """A thing by its id, or with facts."""
    facts = catalog.facts_of.get(prefix_of(key), {})
    stated = {"id": SCALAR} | {name: value_of(fact) for name, fact in facts.items()}
    mapping = {"type": "object", "properties": stated, "additionalProperties": False}
    return {"anyOf": [SCALAR, mapping]}


def _by_verb(schemas: Mapping[str, Schema]) -> Schema:
    """One object for several forms; the first of their verbs that is there decides which."""
    words: dict[str, dict[str, None]] = {}
    for schema in schemas.values():
        for key, inner in schema["properties"].items():
            words.setdefault(key, {})[inner.get("description", "")] = None
    verbs = list(schemas)
    return {
        "type": "object",
        "anyOf": [{"required": [verb]} for verb in verbs],
        # Only the key, so that an editor offers all of them; its verb says what may stand there.
        "properties": {key: {"description": " ".join(each)} for key, each in words.items()},
        "allOf": [
            {"if": _first(verb, verbs[:number]), "then": _inside(schemas[verb])}
            for number, verb in enumerate(verbs)
        ],
    }


def _first(verb: str, before: Iterable[str]) -> Schema:
    others = [{"required": [other]} for other in before]
    return {"required": [verb], **({"not": {"anyOf": others}} if others else {})}


def _inside(schema: Schema) -> Schema:
    return {key: inner for key, inner in schema.items() if key not in {"type", "title"}}


def _when_call(name: str, specs: Mapping[str, ParameterSpec], attached: Iterable[str]) -> Schema:
    """The parameters of one action; those that policies.yaml attaches need not be passed."""
    needed = sorted(
        key for key, spec in specs.items() if spec.required and key not in set(attached)
    )
    passed: Schema = {
        "properties": {key: _parameter(spec) for key, spec in specs.items()},
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }
    asked = {"properties": {"call": {"enum": [name]}}, "required": ["call"]}
    then = {"properties": {"with": passed}, **({"required": ["with"]} if needed else {})}
    return {"if": asked, "then": then}


def _parameter(spec: ParameterSpec) -> Schema:
    if spec.type is None or spec.type.kind != "enum":
        return dict(SCALAR)
    read = {"type": "string", "pattern": f"^{DOTTED.pattern}$"}
    return {"anyOf": [one_of(spec.type.values), read]}
