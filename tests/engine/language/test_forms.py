"""Every key of the language has words and an example, and the example fits its own schema."""

from collections.abc import Iterator
from typing import Any

import pytest

from activities.actions.registry import load_actions
from engine.conditions.problems import Problems
from engine.language.forms import Form, Key
from engine.language.journeys.action_keys import VERBS
from engine.language.journeys.rule_keys import RuleKeys
from engine.language.nodes import read_nodes
from engine.language.reader import read_known
from engine.language.schemas.file_schemas import KINDS, schema_of
from engine.language.stories.story_keys import LINES, OrderKeys, PersonKeys
from tests.engine.language.editor import faults

# What the examples name.
TEMPLATES = ("delay_apology", "refund_large", "soon", "thanks", "digest", "offer", "tier")
FOLDER = {
    **{
        f"templates/en/{name}.md": "---\nsms: Hello\n---\n"
        for name in (*TEMPLATES, "return_window", "next_order_offer")
    },
    "catalog.yaml": """
version: 1
events: {setup.started: {about: order, facts: {setup.product: text}},
         carrier.fell_silent: {about: customer}}
facts: {customer.at_risk: {type: boolean, default: false, set_by: rules}}
""",
    "policies.yaml": "version: 1\ngroups: {on-the-way: [a-rule]}\n",
    "answers.yaml": "version: 1\nanswers: {return_window: {type: days, first: {otherwise: 1 day}}}",
}
KNOWN = read_known(FOLDER, load_actions().specs())


def forms_in(form: type[Form]) -> Iterator[type[Form]]:
    yield form
    for key in form.keys.values():
        for inner in key.shape.forms:
            yield from forms_in(inner)


def every_key() -> dict[str, Key[Any]]:
    tops = [kind.form for kind in KINDS.values()] + [RuleKeys, OrderKeys, PersonKeys]
    tops += [form for verb in VERBS.values() for form in verb] + list(LINES.values())
    forms = dict.fromkeys(one for top in tops for one in forms_in(top))
    return {f"{form.__name__}.{name}": key for form in forms for name, key in form.keys.items()}


KEYS = every_key()
DEFINITIONS = {
    name: inner for kind in KINDS for name, inner in schema_of(kind, KNOWN)["definitions"].items()
}


@pytest.mark.parametrize("name", KEYS)
def test_the_example_of_a_key_fits_its_schema(name: str) -> None:
    key = KEYS[name]
    node = read_nodes("example", f"{key.name}: {key.example}", Problems())

    assert node is not None
    assert faults(node.plain[key.name], {**key.shape.schema, "definitions": DEFINITIONS}) == []


@pytest.mark.parametrize("name", KEYS)
def test_a_key_says_what_it_is_in_a_sentence(name: str) -> None:
    assert KEYS[name].words[0].isupper() or KEYS[name].words[0] == "`"
    assert KEYS[name].words.endswith(".")
    assert KEYS[name].shape.words


class Colours(Form):
    what = "a colour"


def test_a_form_of_no_keys_takes_none() -> None:
    problems = Problems()
    node = read_nodes("colours", "red: 1", problems)
    assert node is not None
    Colours(node, problems)

    assert [problem.code for problem in problems] == ["J02"]
