"""The keys of answers.yaml, of an answer and of its lines."""

from engine.catalog.values import FactType
from engine.language.forms import Form, Key
from engine.language.plain_values import SNAKE
from engine.language.shapes import (
    CONDITION,
    FACT,
    NODE,
    VERSION,
    by_name,
    either,
    listed,
    name_of,
    word,
    words,
)

ABOUT = frozenset({"order", "item", "return", "subscription", "customer"})
TYPES = {
    "days": FactType("duration"),
    **{
        kind: FactType(kind) for kind in ("duration", "money", "integer", "boolean", "text", "date")
    },
}


class AnswerLineKeys(Form):
    """A line of an answer."""

    what = "a line"
    if_ = Key(CONDITION, "The line counts if this holds.", "customer.tier = gold", needed=True)
    then = Key(NODE, "What is answered, or added.", "45 days", needed=True)


class LastAnswerLineKeys(Form):
    """The last line of an answer."""

    what = "the last line"
    otherwise = Key(NODE, "What is answered where no line holds.", "30 days", needed=True)


class AnswerKeys(Form):
    """An answer: one policy for every channel."""

    what = "an answer"
    type = Key(
        either(word(tuple(TYPES)), words("words")),
        "What is answered; a list names the words that it may be.",
        "days",
        needed=True,
    )
    first = Key(
        listed(either(AnswerLineKeys.shape(), LastAnswerLineKeys.shape()), empty=False),
        "The first line that holds is the answer; the last one is `otherwise`.",
        "[{if: customer.tier = gold, then: 45 days}, {otherwise: 30 days}]",
        needed=True,
    )
    plus = Key(
        listed(AnswerLineKeys.shape()),
        "Every line that holds is added; for `days`, `money` and `integer`.",
        "[{if: order.days_late >= 1, then: 4 days}]",
    )
    starts = Key(
        FACT,
        "For `days`: the date from which they are counted. "
        "Then there are also `answer.NAME.ends_on` and `answer.NAME.open`.",
        "order.delivered_at",
    )
    for_ = Key(word(ABOUT), "What it is about; an order if nothing is said.", "return")
    say = Key(
        name_of("sentence_template", "a template"),
        "The template with the sentence that people see.",
        "return_window",
    )


class AnswersFile(Form):
    """The answers of a folder."""

    what = "answers.yaml"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    answers = Key(
        by_name(AnswerKeys.shape(), SNAKE),
        "The answers by their names; rules read them as `answer.NAME`.",
        "{return_window: {type: days, first: [{otherwise: 30 days}]}}",
        needed=True,
    )
