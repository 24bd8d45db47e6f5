"""An answer for machines: its value as a rule spells it, and the lines that held with the facts
they read.
"""

from typing import Any

from engine.catalog.catalog import Catalog
from engine.catalog.values import Value, spelled
from engine.facts.views.inquiry import NEEDED, SPARED
from engine.rules.answers import Answered, ProofLine
from engine.rules.ruleset import Answer


def described(answer: Answer) -> dict[str, Any]:
    """What there is to know of an answer before it is asked."""
    kind = "days" if answer.starts else answer.type.kind
    return {
        "name": answer.name,
        "type": list(answer.type.values) if answer.type.kind == "enum" else kind,
        "for": answer.about,
        "parameters": {"needed": list(NEEDED[answer.about]), "spared": [*SPARED, "locale"]},
    }


def answer_json(answered: Answered, catalog: Catalog) -> dict[str, Any]:
    """An answer with its proof, in which no personal fact has a value."""
    return {
        "value": plain(answered.value),
        "ends_on": plain(answered.ends_on),
        "open": answered.open,
        "proof": [proof_json(line, catalog) for line in answered.proof],
    }


def plain(value: Value) -> str | int | float | bool | None:
    """A value in JSON: numbers, true, false and null as they are, all else as a rule spells it."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return f"{len(value)} listed"  # what senders wrote there may be about a person
    return value if value is None or isinstance(value, bool | int | float) else spelled(value)


def proof_json(line: ProofLine, catalog: Catalog) -> dict[str, Any]:
    """A line that held, with the facts it read; personal ones by name only."""
    read = dict(pair for finding in line.findings for pair in finding.read)
    hidden = {name for name in read if (fact := catalog.facts.get(name)) and fact.personal}
    return {
        "text": line.text,
        "gave": plain(line.gave),
        "at": line.place,
        "read": {name: plain(value) for name, value in read.items() if name not in hidden},
        "personal": sorted(hidden),
    }
