"""The keys of test files (`*.test.yaml`): people, tests, and the lines of their stories.

What a test may say of each deed that it expects stands beside the verbs, in
`journeys/action_keys.py`.
"""

from collections.abc import Mapping

from engine.catalog.catalog import CONTAINER, DATA_NAME, Catalog
from engine.catalog.channels import CHANNELS, Channel
from engine.decisions.reason import Reason
from engine.language.forms import Form, Key, ValueShape
from engine.language.nodes import Node
from engine.language.shapes import (
    CATEGORY,
    EVENT,
    NODE,
    RULE,
    TEMPLATE,
    TEXT,
    VERSION,
    by_name,
    either,
    exactly,
    listed,
    name_of,
    word,
)

# What a rule can answer for itself: the engine's reasons, and that it waits.
WAITING = "waiting"
REASONS = frozenset({*Reason, WAITING}) - {Reason.NO_RULE}
# Under which key a line names a thing, and the kind it is of.
KIND_OF: Mapping[str, str] = {DATA_NAME.get(kind, kind): kind for kind in CONTAINER} | {
    "case": "case"
}
# Items and products have facts only; a shop is named, and its facts stand in policies.yaml.
_NO_THINGS = frozenset({"item", "product", "shop"})
NOTHING = "nothing"
# What a call answers instead of a result.
FAILS = "fails"
MOMENT = name_of("moment", "a moment")
PERSON = name_of("person", "a person of the test")
SHOP = name_of("test_shop", "a shop of the test")
ORDER = name_of("test_order", "an order of the test")
_CHANNEL: ValueShape[Channel] = word(CHANNELS, "channel")
_AT = Key(
    MOMENT,
    "When: so long after the start, or a date and time. Never before the line above.",
    "2 days",
    needed=True,
    missing=("J03", "a line of a story needs at"),
)


class PersonKeys(Form):
    """A customer."""

    what = "a person"
    others = (
        "Facts of the customer without their prefix, such as `first_name: Ana`; "
        "facts of another prefix as a mapping, such as `loyalty: {points_balance: 100}`."
    )
    id = Key(TEXT, "The customer's id; by default the name.", "C1")
    can_receive = Key(
        listed(_CHANNEL), "The channels that reach the customer; by default email.", "[email, push]"
    )
    consents = Key(
        listed(CATEGORY), "The categories that were agreed to; by default all.", "[sales]"
    )
    holdout = Key(word({"in", "out"}), "Whether the customer is in the holdout.", "in")


class OrderKeys(Form):
    """An order."""

    what = "an order"
    others = "Facts of the order without their prefix, such as `total: 80 EUR`."
    id = Key(TEXT, "Its id.", "A1")
    customer = Key(PERSON, "Whose it is; by default the test's customer.", "ben")
    shop = Key(SHOP, "Of which shop it is; by default the first.", "south")


class EventLineKeys(Form):
    """A line that says what happens."""

    what = "an event of a story"
    others = "The things it is about, by id or with facts: `order: A1`, `review: {stars: 2}`."
    at = _AT
    event = Key(EVENT, "What happens.", "order.delivered", needed=True)
    happened = Key(MOMENT, "When it happened, if that was earlier.", "-2 days")
    times = Key(NODE, "How often the sender reports it.", "3")
    shop = Key(SHOP, "Which shop reports it; by default that of its order.", "south")


class SentLineKeys(Form):
    """A line with a message that the customer has had before."""

    what = "a message sent before"
    at = _AT
    sent = Key(TEMPLATE, "The message.", "next_order_offer", needed=True)
    category = Key(CATEGORY, "Its category.", "sales", needed=True)
    customer = Key(PERSON, "Who had it; by default the test's customer.", "ana")
    order = Key(ORDER, "About which order it was.", "A1")
    by = Key(_CHANNEL, "The channel it left by.", "email")
    shop = Key(SHOP, "Which shop sent it; by default that of its order.", "south")


class PublishLineKeys(Form):
    """A line that publishes other rules; of its minute it comes first."""

    what = "a publication"
    at = _AT
    publish = Key(
        TEXT, "A folder of rules, seen from that of the test.", "../next-rules", needed=True
    )


class AnswerOfKeys(Form):
    """The thing that an answer is about."""

    what = "of"
    order = Key(ORDER, "The order.", "A1")
    item = Key(NODE, "The item.", "SKU1")
    return_ = Key(NODE, "The return.", "R1")
    subscription = Key(NODE, "The subscription.", "S1")
    customer = Key(PERSON, "The customer.", "ana")


class AnswerIsKeys(Form):
    """What is compared of an answer."""

    what = "what an answer is"
    is_ = Key(NODE, "The answer; `unknown` stands for no value.", "45 days")
    ends_on = Key(NODE, "Its last day, of an answer with `starts`.", "2026-05-01")
    open = Key(NODE, "Whether it still counts, of an answer with `starts`.", "true")


class AskLineKeys(Form):
    """A line that asks an answer."""

    what = "a question"
    at = _AT
    ask = Key(
        name_of("answer", "an answer"), "The answer that is asked.", "return_window", needed=True
    )
    of = Key(
        AnswerOfKeys.shape("a mapping that names it"),
        "What it is about, where there is more than one.",
        "{return: R1}",
    )
    shop = Key(SHOP, "Which shop is asked; by default that of the order.", "south")
    expect = Key(
        AnswerIsKeys.shape("a mapping with what is compared"),
        "What it is.",
        "{is: 45 days}",
        needed=True,
    )


class ExpectLineKeys(Form):
    """A line that says what must have happened since the last such line."""

    what = "an expectation"
    at = _AT
    expect = Key(
        either(exactly(NOTHING), listed(name_of("deed", "a deed"))),
        "All that happens since the last such line; `nothing` is none.",
        "[{send: delay_apology, by: email}]",
    )
    because = Key(
        by_name(
            either(
                name_of("reason", "a reason"),
                by_name(name_of("reason", "a reason"), what="an order"),
            ),
            what="rule",
        ),
        "Why a rule was silent, or waits.",
        "{next-order-offer: suppressed_by unhappy-customer-silence}",
    )


LINES: dict[str, type[Form]] = {
    "event": EventLineKeys,
    "sent": SentLineKeys,
    "publish": PublishLineKeys,
    "ask": AskLineKeys,
    "expect": ExpectLineKeys,
    "because": ExpectLineKeys,
}


def _order() -> ValueShape[Node]:
    return either(TEXT, name_of("order_facts", OrderKeys.what))


class ScenarioKeys(Form):
    """A test."""

    what = "a test"
    name = Key(
        TEXT, "What it shows, in a sentence.", "three stars are no unhappy review", needed=True
    )
    customer = Key(PERSON, "The customer it is about; compulsory where there are several.", "ana")
    order = Key(_order(), "The order, by id or with facts.", "{id: A1, total: 80 EUR}")
    orders = Key(
        by_name(name_of("order_facts", "facts of an order"), what="id"),
        "Several orders, by id.",
        "{A1: {}, B1: {customer: ben}}",
    )
    shops = Key(
        listed(TEXT),
        "Several shops of one installation: everybody is a customer of each, and what one of them "
        "knows of them the others do not. The first is meant where none is named.",
        "[north, south]",
    )
    only = Key(listed(RULE), "Only these rules play; by default all.", "[five-stars-referral]")
    results = Key(
        by_name(
            listed(either(exactly(FAILS), name_of("result", "what it answers"))), what="action"
        ),
        "What actions answer, one after the other; `fails` fails.",
        "{create_discount_code: {value: SAVE-1}}",
    )
    starts = Key(
        name_of("start", "a date and time"),
        "When it starts; its zone is the customer's if none is named.",
        "2026-03-02 10:00 Europe/Paris",
        needed=True,
    )
    story = Key(
        listed(name_of("story_line", "a line")),
        "What happens, and what is expected, in the order of time.",
        "[{at: 0h, event: order.placed}, {at: 1 day, expect: nothing}]",
        needed=True,
    )
    todo = Key(TEXT, "Why it fails today; it must.", "waits for the second carrier")


class ScenarioFile(Form):
    """A file of tests."""

    what = "a file of tests"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    people = Key(
        by_name(name_of("person_facts", PersonKeys.what)),
        "Everybody by name, with ids and facts.",
        "{ana: {id: C1, time_zone: Europe/Paris}}",
    )
    tests = Key(
        listed(ScenarioKeys.shape()),
        "The tests.",
        "[{name: a test, starts: 2026-03-02 10:00, story: [{at: 0h, expect: nothing}]}]",
        needed=True,
    )


def thing_keys(catalog: Catalog) -> frozenset[str]:
    """The keys under which an event of a story names things and states facts."""
    prefixes = {name.partition(".")[0] for name in catalog.facts}
    return frozenset(prefixes | set(KIND_OF) | {"customer"}) - _NO_THINGS


def prefix_of(key: str) -> str:
    """The prefix of the facts that stand behind such a key."""
    kind = KIND_OF.get(key, key)
    return DATA_NAME.get(kind, kind)
