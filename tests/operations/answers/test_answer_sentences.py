"""The sentence of an answer: in whose language, in two forms, and when there is none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from activities.channels.rendering.templates import CompiledTemplates, Rendered
from engine.facts.state import empty
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.language.reader import read_ruleset
from operations.answers.answer_sentences import Answering
from tests.activities.channels.rendering.rendering_cases import ENGLISH
from tests.engine.language.folders import a_folder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANSWERS = """
version: 1
answers:
  fee: {type: money, first: [{if: order.express, then: 9 EUR}, {otherwise: 1250 IDR}], say: fee}
  items: {type: text, first: [{if: no order.items where item.category = shoes, then: few},
      {otherwise: many}]}
"""
SENTENCES = {
    "en": (
        "{% if customer.first_name is known %}{{ customer.first_name }}, it{% else %}It{% endif %}"
        " costs **{{ answer.fee }}**.\n"
    ),
    "id": "Biayanya **{{ answer.fee }}**.\n",
}


def told(
    asked: str = "", sentences: dict[str, str] | None = None, name: str = "fee", /, **customer: Any
) -> dict[str, Any]:
    texts = {
        f"templates/{language}/fee.md": text for language, text in (sentences or SENTENCES).items()
    }
    ruleset = read_ruleset(a_folder(answers=ANSWERS) | texts)
    cells = {f"customer.{fact}": [value, "", 0] for fact, value in customer.items()}
    items = {"order.items": [[{"id": "SHOE", "engraved": "for Ana"}], "", 0]}
    order, buyer = {**empty(), "facts": items}, {**empty(), "facts": cells}
    view = View(ruleset, Subjects(order, buyer, "A1", "C1"), About("order", "A1"), NOON)
    answered = Answering().ask(name, view, asked)
    assert answered is not None
    return answered.to_json()


def test_the_sentence_is_text_and_html_without_the_frame_of_a_mail() -> None:
    answered = told(first_name="Ana & Bo")

    assert answered["say"] == "Ana & Bo, it costs IDR 1,250."
    assert answered["say_html"] == "<p>Ana &amp; Bo, it costs <strong>IDR 1,250</strong>.</p>\n"


@pytest.mark.parametrize(
    ("asked", "own", "begins"),
    [("", "id", "Biaya"), ("", None, "It"), ("en", "id", "It"), ("id", None, "Biaya")],
)
def test_the_language_is_the_one_asked_for_else_the_customers_else_the_shops(
    asked: str, own: str | None, begins: str
) -> None:
    customer: dict[str, Any] = {"locale": own} if own else {}
    assert told(asked, **customer)["say"].startswith(begins)


@pytest.mark.parametrize(
    "sentence", ["{{ order.total | money }}", "{% if order.express %}Fast{% endif %}"]
)
def test_a_sentence_that_cannot_be_said_is_none_and_the_answer_stays(sentence: str) -> None:
    answered = told("", {"en": sentence})

    assert (answered["value"], answered["say"], answered["say_html"]) == ("1250 IDR", None, None)


def test_a_list_is_only_counted_in_the_proof() -> None:
    answered = told("", None, "items")

    assert answered["say"] is None
    assert "Ana" not in str(answered["proof"])


def test_a_template_with_a_subject_is_said_without_it() -> None:
    mail = CompiledTemplates({"en/fee.md": "---\nsubject: Fee\n---\n*Five*"}, "en")

    assert mail.sentence("fee", ENGLISH, {}) == Rendered("", "Five", "<p><em>Five</em></p>\n")
