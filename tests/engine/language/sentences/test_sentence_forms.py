"""The sentences that editors and the reference show are sentences of the grammar, all of them."""

import re

import pytest
from lark import Lark

from engine.language.sentences.grammar import GRAMMAR
from engine.language.sentences.parser import Fault, parse_condition, parse_when
from engine.language.sentences.sentence_forms import CONDITIONS, TRIGGERS, SentenceForm

READERS = {start: Lark(GRAMMAR, parser="lalr", start=start) for start in ("when", "condition")}
# Parts of a value, not forms of a sentence.
VALUES = {"bracketed", "money", "date", "signed", "boolean", "text", "now", "name", "word"}


def rules_of(start: str, sentence: str) -> set[str]:
    """The rules of the grammar that a sentence uses."""
    return {str(tree.data) for tree in READERS[start].parse(sentence).iter_subtrees()}


@pytest.mark.parametrize("form", TRIGGERS, ids=lambda form: form.example)
def test_the_example_of_a_trigger_is_read_by_its_rule(form: SentenceForm) -> None:
    assert not isinstance(parse_when(form.example), Fault)
    assert form.rule in rules_of("when", form.example)


@pytest.mark.parametrize("form", CONDITIONS, ids=lambda form: form.example)
def test_the_example_of_a_condition_is_read_by_its_rule(form: SentenceForm) -> None:
    part = parse_condition(form.example)

    assert not isinstance(part, Fault)
    assert not part.faults
    assert form.rule in rules_of("condition", form.example)


def test_every_form_of_the_grammar_is_shown() -> None:
    aliases = set(re.findall(r"-> (\w+)", GRAMMAR))
    shown = {form.rule for form in (*TRIGGERS, *CONDITIONS)}

    assert aliases - VALUES <= shown
