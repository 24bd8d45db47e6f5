"""The JSON Schemas of answers.yaml, policies.yaml and sources/*.yaml, from the same forms that
their readers use.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from engine.catalog.calendar import WEEKDAYS, Then
from engine.catalog.currencies import CURRENCIES
from engine.language.fields import SNAKE, Form
from engine.language.folder import answers_file as answers
from engine.language.folder import source_files as sources
from engine.language.known import Known
from engine.language.policies import attachments, categories, groups, limits
from engine.language.policies import policies_file as policies
from engine.language.schemas.journey_schema import (
    SCALAR,
    TEXT,
    Schema,
    described,
    kebab,
    names,
    ref,
    rules_schema,
    some,
)
from engine.rules.policies import CategoryKind, Consent, Ignorable
from engine.sources.schemes import SCHEMES, Encoding, Secret, Signed

_VERSION = {"enum": [1, "1"]}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_NAMED = {"pattern": f"^{SNAKE.pattern}$"}


def answers_schema(known: Known) -> Schema:
    """The schema of answers.yaml."""
    line = _mapping(answers.LINE, {"if": ref("condition"), "then": SCALAR})
    last = _mapping(answers.LAST_LINE, {"otherwise": SCALAR})
    kinds = {"anyOf": [_one_of(answers.TYPES), {"type": "array", "items": TEXT, "minItems": 1}]}
    answer = _mapping(
        answers.ANSWER,
        {
            "type": described(kinds, "What is answered; a list names the words that it may be."),
            "first": described(
                some({"anyOf": [ref("line"), ref("last")]}),
                "The first line that holds; then `otherwise`.",
            ),
            "plus": described(_listed(ref("line")), "Added for every line that holds."),
            "starts": described(ref("fact"), "The date from which days are counted."),
            "for": described(
                _one_of(answers.ABOUT), "What it is about, an order if nothing is said."
            ),
            "say": described(
                _one_of(known.templates), "The template with the sentence that people see."
            ),
        },
    )
    named = {"type": "object", "additionalProperties": ref("answer"), "propertyNames": _NAMED}
    file = _mapping(answers.ANSWERS, {"version": _VERSION, "answers": named})
    return _file(
        "Answers of Purna", file, names(known) | {"line": line, "last": last, "answer": answer}
    )


def policies_schema(known: Known) -> Schema:
    """The schema of policies.yaml."""
    by_name = {"type": "object", "additionalProperties": _listed(TEXT), "propertyNames": kebab()}
    file = _mapping(
        policies.POLICIES,
        {
            "version": _VERSION,
            "time_zone": described(_time_zone(known), "Where a customer's clock is read from."),
            "locale": described(TEXT, "The language of those whose own nobody knows."),
            "currency": described(_one_of(CURRENCIES), "What amounts are compared in."),
            "calendar": described(_calendar(), "Which days are workdays."),
            "quiet_hours": described(
                _quiet_hours(), "When nobody is disturbed, by the customer's clock."
            ),
            "categories": described(
                _listed(_category()), "The kinds of messages, the most worthy first."
            ),
            "caps": described(_listed(_cap()), "At most so many messages in a rolling window."),
            "holdout": described(
                _holdout(), "The share of customers who never hear of some categories."
            ),
            "groups": described(by_name, "Rules of which only the first that holds speaks."),
            "mix": described(_listed(_mix()), "Never two of these in a row."),
            "digest": described(_digest(), "One message for several that had to wait."),
            "breakers": described(
                _listed(_breaker()), "What holds rules back for the whole shop while it holds."
            ),
            "attach": described(
                _listed(_attach(known)), "Parameters that calls of these actions always carry."
            ),
            "recommend": described(_recommend(), "What is never recommended, and why."),
        },
    )
    return _file("Policies of Purna", file, names(known))


def source_schema(known: Known) -> Schema:
    """The schema of a file of sources/."""
    word = _written(sources.WORD)
    place = _mapping(sources.PLACE, {"header": _written(sources.HEADER), "item": word}) | {
        "minProperties": 1,
        "maxProperties": 1,
    }
    scheme = _mapping(
        sources.SCHEME,
        {
            "header": described(_written(sources.HEADER), "The header with the signature."),
            "encoding": described(_one_of(get_args(Encoding)), "How the signature is written."),
            "signs": described(_one_of(get_args(Signed)), "What is signed; by default the body."),
            "prefix": described(TEXT, "What stands before the signature."),
            "item": described(
                word, "Which item of the header the signature is, as v1 in `t=…,v1=…`."
            ),
            "timestamp": described(place, "Where the time stands that is signed too."),
            "id": described(place, "Where the id stands that is signed too."),
            "secret": described(
                _one_of(get_args(Secret)), "How the bytes of the key come from the secret."
            ),
        },
    )
    setting = {"type": "string", "pattern": f"^(?!.*_FILE$){sources.SETTING.pattern}$"}
    file = _mapping(
        sources.SOURCE,
        {
            "version": _VERSION,
            "scheme": described(
                {"anyOf": [_one_of(SCHEMES), scheme]}, "A known sender, or how this one signs."
            ),
            "secret": described(
                setting, "The secret stands in the setting PURNA_SOURCE_ with this name."
            ),
            "tolerance": described(ref("duration"), "How far a signed time may lie from ours."),
        },
    )
    return _file("A source of Purna", file, {"duration": names(known)["duration"]})


# By the files that they are for.
SCHEMA_OF: Mapping[str, Callable[[Known], Schema]] = {
    "journeys": rules_schema,
    "answers": answers_schema,
    "policies": policies_schema,
    "sources": source_schema,
}


def _time_zone(known: Known) -> Schema:
    return _mapping(
        policies.TIME_ZONE, {"from": _listed(_one_of(known.catalog.facts)), "otherwise": TEXT}
    )


def _calendar() -> Schema:
    keys = {"country": TEXT, "weekend": _listed(_one_of(WEEKDAYS)), "closed": _listed(ref("day"))}
    return _mapping(policies.CALENDAR, keys)


def _quiet_hours() -> Schema:
    times = dict.fromkeys(policies.QUIET_HOURS.needed, ref("clock"))
    others = {"then": _one_of(get_args(Then)), "channels": _listed(ref("channel"))}
    return _mapping(policies.QUIET_HOURS, times | others)


def _category() -> Schema:
    return _mapping(
        categories.CATEGORY,
        {
            "id": TEXT,
            "kind": _one_of(get_args(CategoryKind)),
            "essential": described(_FLAG, "Sent once more where nobody knows whether it arrived."),
            "ignores": described(
                _listed(_one_of(get_args(Ignorable))), "The gates that do not hold it back."
            ),
            "asks_review": described(_FLAG, "It asks for a review."),
            "title": described(TEXT, "What customers read when they choose what to hear."),
            "consent": described(
                _one_of(get_args(Consent)), "Whether the customer must have asked for it."
            ),
        },
    )


def _cap() -> Schema:
    kinds, length = _listed(ref("category")), ref("duration")
    keys = {
        "at_most": _COUNT,
        "per": length,
        "categories": kinds,
        "then": _one_of(get_args(Then)),
        "valid_for": length,
    }
    return _mapping(limits.CAP, keys)


def _holdout() -> Schema:
    share = {"type": "number", "minimum": 0}
    keys = {
        "percent": share,
        "by": _one_of(limits.DRAWN_BY),
        "salt": TEXT,
        "categories": _listed(ref("category")),
    }
    return _mapping(limits.HOLDOUT, keys)


def _mix() -> Schema:
    lengths = dict.fromkeys(("valid_for", "forgotten_after"), ref("duration"))
    named = {"never_two_in_a_row": _listed(ref("category")), "then": _one_of(get_args(Then))}
    return _mapping(limits.MIX, named | lengths)


def _digest() -> Schema:
    keys = {
        "categories": _listed(ref("category")),
        "at_least": {"type": "integer", "minimum": 1},
        "template": ref("template"),
        "send_at": ref("clock"),
    }
    return _mapping(limits.DIGEST, keys)


def _breaker() -> Schema:
    keys = {
        "id": kebab(),
        "if": ref("condition"),
        "holds": _listed(kebab()),
        "at_most": ref("duration"),
        "tell_team": _FLAG,
        "emit": ref("own_event"),
    }
    return _mapping(groups.BREAKER, keys)


def _attach(known: Known) -> Schema:
    actions = _one_of(known.actions) if known.actions else TEXT
    return _mapping(
        attachments.ATTACH,
        {"actions": _listed(actions), "with": {"type": "object", "additionalProperties": SCALAR}},
    )


def _recommend() -> Schema:
    reasons = {"type": "object", "additionalProperties": ref("condition"), "propertyNames": _NAMED}
    return _mapping(
        attachments.RECOMMEND, {"source": _one_of(attachments.PICKED_FROM), "never": reasons}
    )


def _mapping(form: Form, keys: Mapping[str, Schema]) -> Schema:
    """A mapping of a form, each of whose keys is described."""
    assert keys.keys() == form.keys, form.what
    needed = {"required": list(form.needed)} if form.needed else {}
    return {"type": "object", "additionalProperties": False, "properties": dict(keys), **needed}


def _file(title: str, file: Schema, definitions: Mapping[str, Schema]) -> Schema:
    draft = "http://json-schema.org/draft-07/schema#"
    return {"$schema": draft, "title": title, **file, "definitions": dict(definitions)}


def _one_of(words: Iterable[Any]) -> Schema:
    return {"enum": sorted(words)}


def _listed(schema: Schema) -> Schema:
    """A list, which may be empty; one bare item is a list of one."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def _written(form: re.Pattern[str]) -> Schema:
    return {"type": "string", "pattern": f"^({form.pattern})$"}
