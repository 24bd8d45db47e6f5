"""The verbs of the rule language: which keys each takes in a rule, and which a test may compare.

What a verb means stands in `actions.py`; schemas, reference pages and the expectations of tests
follow from here.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from engine.catalog.channels import CHANNELS, Channel
from engine.language.forms import Form, Key
from engine.language.plain_values import SNAKE
from engine.language.shapes import (
    ACTION_NAME,
    ADDRESSEE,
    CATEGORY,
    CHANNEL,
    CLOCK,
    CONDITION,
    FACT,
    LENGTH,
    LISTENED,
    NODE,
    OWN_EVENT,
    TEMPLATE,
    TEXT,
    VALUES,
    by_name,
    either,
    exactly,
    listed,
    matching,
    name_of,
    whole,
    word,
)

ALL_MARKETING = "all marketing"
PREFERRED = "preferred"
NOTHING = "nothing"
_CATEGORIES = either(exactly(ALL_MARKETING), listed(CATEGORY, empty=False))
_ABOUT = Key(FACT, "The fact that says which product it is about.", "review.product_id")


# What people set beside an action although it is the rule's.
_OF_THE_RULE = "when stop_if unless once_per counting one_of in_flight if_late from mode"
_ELSEWHERE = {
    key: f"{key} belongs to the rule, beside `when`: set it further left"
    for key in _OF_THE_RULE.split()
} | {"if": "an action says `only_if`; `if` stands beside `when` and holds for the whole rule"}


class ActionKeys(Form):
    """What every action may say."""

    what = "an action"
    elsewhere: ClassVar[Mapping[str, str]] = _ELSEWHERE
    only_if = Key(
        CONDITION, "Only if this holds; it may read the result of an earlier call.", "order.express"
    )
    valid_for = Key(
        LENGTH, "How long after its due moment it is still done; by default 7 days.", "2 days"
    )


class DeedKeys(Form):
    """What a test may say of every deed it expects."""

    what = "what happens"
    at = Key(name_of("moment", "a moment"), "When it happens; to the minute.", "2 days")
    order = Key(name_of("test_order", "an order of the test"), "About which order.", "A1")
    to = Key(name_of("person", "a person of the test"), "For which customer.", "ana")


class SendKeys(ActionKeys):
    """A message."""

    what = "send"
    send = Key(TEMPLATE, "A message, by the name of its template.", "delay_apology", needed=True)
    category = Key(
        CATEGORY,
        "What kind of message it is; policies.yaml decides between them.",
        "delivery",
        needed=True,
    )
    by = Key(
        either(exactly(PREFERRED), listed(CHANNEL, empty=False)),
        "The channels to try, the first one first; by default those the customer prefers.",
        "[push, email]",
    )
    send_at = Key(CLOCK, "At the next such time of day, where the customer is.", '"10:00"')
    valid_for = Key(
        LENGTH,
        "How long after its due moment it is worth sending; by default 7 days, marketing 1 day.",
        "5 days",
    )
    with_ = Key(VALUES, "Values for the template.", "{code: discount.value}")
    about = _ABOUT
    to = Key(
        listed(ADDRESSEE, empty=False),
        "To whom: `order.contact`, `customer`, or facts that hold an address, each a message of its"
        " own; by default the order's contact where it has one, else the customer.",
        "[order.contact, order.email]",
    )


class SuppressKeys(ActionKeys):
    """A silence."""

    what = "suppress"
    suppress = Key(
        _CATEGORIES,
        "No messages of these categories for a while.",
        "[sales, referral]",
        needed=True,
    )
    at_most = Key(
        LENGTH,
        "How long at most.",
        "60 days",
        needed=True,
        missing=("J20", "suppress needs at_most: nothing is silenced for ever"),
    )
    until = Key(
        listed(LISTENED, empty=False), "Events that end the silence.", "support.case_solved"
    )
    across = Key(
        word({"customer"}), "For every order of the customer, not only the rule's.", "customer"
    )
    about = _ABOUT


class CallKeys(ActionKeys):
    """A call of the shop's systems."""

    what = "call"
    call = Key(ACTION_NAME, "An action of the shop's systems.", "open_support_case", needed=True)
    with_ = Key(VALUES, "Its parameters.", "{order: order.id, stars: review.stars}")
    as_ = Key(
        matching(SNAKE, "small letters, digits and `_`"),
        "A name for its result, under which later actions read it.",
        "case",
    )


class GrantKeys(ActionKeys):
    """A perk."""

    what = "grant"
    grant = Key(
        TEXT, "A perk, which conditions find in `customer.perks`.", "free_returns", needed=True
    )
    for_ = Key(LENGTH, "How long it lasts.", "1 month", needed=True)
    uses = Key(
        whole(1, "a perk has at least one use"), "How often it may be used; by default once.", "3"
    )


class SetKeys(ActionKeys):
    """Facts that rules set."""

    what = "set"
    set = Key(
        name_of("settable", "a mapping from a fact to its value"),
        "Facts that rules may set, with their values.",
        "{customer.at_risk: true}",
        needed=True,
    )
    for_ = Key(LENGTH, "How long they hold; by default for good.", "30 days")


class EmitKeys(ActionKeys):
    """An event of one's own."""

    what = "emit"
    emit = Key(OWN_EVENT, "An event of catalog.yaml, now.", "setup.started", needed=True)
    with_ = Key(by_name(NODE, what="fact"), "Facts it carries.", "{setup.product: item.title}")


class SendDeed(DeedKeys):
    """A message that leaves."""

    what = "send"
    send = SendKeys.send
    by = Key[Channel](word(CHANNELS, "channel"), "The channel it leaves by.", "email")
    says = Key(listed(TEXT), "Texts that stand in it.", "[Thursday, Ana]")
    of = Key(listed(TEMPLATE), "The messages that a digest carries.", "[offer, tier]")
    with_ = Key(VALUES, "Values that its template is given.", "{code: SAVE-EXAMPLE}")


class SuppressDeed(DeedKeys):
    """A silence that begins."""

    what = "suppress"
    suppress = SuppressKeys.suppress
    ends = Key(name_of("end", "a day or a moment"), "When it ends at the latest.", "2026-05-01")


class CallDeed(DeedKeys):
    """A call that runs."""

    what = "call"
    call = CallKeys.call
    with_ = Key(VALUES, "Parameters that it is given.", "{order: A1, stars: 2}")


class GrantDeed(DeedKeys):
    """A perk that is granted."""

    what = "grant"
    grant = GrantKeys.grant
    ends = Key(name_of("end", "a day or a moment"), "When it ends.", "2026-05-01")


class SetDeed(DeedKeys):
    """Facts that are set."""

    what = "set"
    set = Key(
        name_of("set_facts", "a mapping from a fact to its value"),
        "The facts that are set, with their values; `{}` is any.",
        "{customer.at_risk: true}",
        needed=True,
    )


class EmitDeed(DeedKeys):
    """An own event that is caused."""

    what = "emit"
    emit = EmitKeys.emit
    with_ = Key(by_name(NODE, what="fact"), "Facts that it carries.", "{setup.product: Mixer}")


class Verb(NamedTuple):
    """A verb in a rule, and the same verb in what a test expects."""

    keys: type[ActionKeys]
    deed: type[DeedKeys]


VERBS = {
    "send": Verb(SendKeys, SendDeed),
    "suppress": Verb(SuppressKeys, SuppressDeed),
    "call": Verb(CallKeys, CallDeed),
    "grant": Verb(GrantKeys, GrantDeed),
    "set": Verb(SetKeys, SetDeed),
    "emit": Verb(EmitKeys, EmitDeed),
}


def _belonging() -> dict[str, str]:
    """For each key of an action what to do with it where it stands beside one."""
    holders: dict[str, list[str]] = {}
    for verb, (keys, _) in VERBS.items():
        for key in keys.keys:
            holders.setdefault(key, []).append(f"`{verb}`")
    found = {}
    for key, verbs in holders.items():
        *others, last = verbs
        where = f"{', '.join(others)} or {last}" if others else last
        inside = where if len(verbs) < len(VERBS) else "an action"
        found[key] = f"{key} belongs inside {inside}: set it further right"
    return found | {verb: f"{verb} is an action: write `do: [{{{verb}: …}}]`" for verb in VERBS}


# The keys of actions, for whoever finds one elsewhere.
BELONGING = _belonging()
