"""The keys of a journey file, of a rule and of a line of `choose`."""

from typing import ClassVar

from engine.catalog.catalog import THINGS
from engine.language.forms import Form, Key, Schema, ValueShape
from engine.language.journeys.action_keys import BELONGING, NOTHING
from engine.language.sentences.sentence_forms import TRIGGERS
from engine.language.shapes import (
    CONDITION,
    DAY,
    FACT,
    GROUP,
    KEBAB_NAME,
    LENGTH,
    LISTENED,
    TEXT,
    VERSION,
    by_name,
    either,
    exactly,
    listed,
    name_of,
    word,
)

_ACTIONS = listed(name_of("action", "an action"), empty=False)
_SENTENCE = name_of("trigger", "a sentence")
# What `once_per` counts by.
_COUNTED = either(word({"event", *THINGS}), FACT, LENGTH)


def _window() -> ValueShape[object]:
    """`{customer: 180 days}`: one thing and its window."""
    one = by_name(LENGTH, what="a thing")
    bounds = {"minProperties": 1, "maxProperties": 1}
    return ValueShape("a thing with its window", one.schema | bounds, one.read)


class ChooseLine(Form):
    """A line of `choose`."""

    what = "a line of choose"
    elsewhere = BELONGING
    if_ = Key(CONDITION, "The line is taken if this holds.", "order.total > 80 EUR", needed=True)
    do = Key(_ACTIONS, "What it does.", "[{send: refund_large, category: billing}]", needed=True)


class LastChooseLine(Form):
    """The last line of `choose`."""

    what = "the last line"
    otherwise = Key(
        either(exactly(NOTHING), _ACTIONS),
        "What is done where no line holds; `nothing` does nothing.",
        NOTHING,
        needed=True,
    )


class RuleKeys(Form):
    """A rule: when, if, do."""

    what = "a rule"
    elsewhere = BELONGING
    bounds: ClassVar[Schema] = {"anyOf": [{"required": ["do"]}, {"required": ["choose"]}]}
    id = Key(KEBAB_NAME, "Its name for ever.", "parcel-silent-48h", needed=True)
    renamed_from = Key(
        KEBAB_NAME, "The id it had before; waits and once-keys go with it.", "parcel-silent"
    )
    name = Key(TEXT, "What it is for, in a few words.", "Parcel silent for two days")
    owner = Key(TEXT, "Who answers for it.", "delivery team")
    mode = Key(
        word({"live", "shadow", "off"}),
        "`shadow` decides and records, and does nothing; `live` is the default.",
        "shadow",
    )
    in_flight = Key(
        word({"follow", "pin"}),
        "Whether what has begun to wait follows a new version of the rule, or keeps its own; "
        "`follow` is the default.",
        "pin",
    )
    when = Key(
        listed(_SENTENCE, empty=False),
        "An event, or a sentence such as `2 days after order.delivered`; "
        "of a list any may start it.",
        TRIGGERS[2].example,
        needed=True,
    )
    if_ = Key(CONDITION, "All of it must hold when the rule is due.", "review.stars = 5")
    unless = Key(
        either(CONDITION, by_name(CONDITION)),
        "Exceptions, perhaps by name; one of which nobody knows holds the rule back too.",
        "{vip: customer.tier = platinum}",
    )
    stop_if = Key(
        listed(LISTENED, empty=False), "Events that end it before it is due.", "[order.cancelled]"
    )
    once_per = Key(
        either(listed(_COUNTED, empty=False), _window()),
        "How often it may act; by default once for each thing that its trigger is about.",
        "{customer: 180 days}",
    )
    counting = Key(
        word({"sent", "decided"}),
        "What counts for `once_per`. By default what was `sent`: if none of its messages was and "
        "nothing else was done, it may act again. With `decided` it counts once it acted.",
        "decided",
    )
    one_of = Key(
        GROUP, "A group of policies.yaml: only its first rule that holds speaks.", "on-the-way"
    )
    do = Key(_ACTIONS, "What it does, in order.", "[{send: delay_apology, category: delivery}]")
    choose = Key(
        listed(either(ChooseLine.shape(), LastChooseLine.shape())),
        "Stands instead of `do`: the first line that holds; the last one is `otherwise`.",
        "[{if: order.express, do: [{send: soon, category: delivery}]}, {otherwise: nothing}]",
    )
    from_ = Key(DAY, "The first day of its trigger.", "2026-03-02")
    until = Key(DAY, "The last day of its trigger.", "2026-04-02")
    if_late = Key(
        word({"send", "skip"}),
        "What happens when its date becomes known too late; `skip` is the default.",
        "send",
    )


class JourneyFile(Form):
    """A file of rules."""

    what = "a rule file"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    rules = Key(
        listed(name_of("rule", "a rule"), empty=False),
        "The rules; their order never matters.",
        "[{id: thanks, when: order.placed, do: [{send: thanks, category: delivery}]}]",
        needed=True,
    )
