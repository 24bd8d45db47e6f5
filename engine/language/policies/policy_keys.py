"""The keys of policies.yaml and of each of its sections."""

from typing import get_args

from engine.catalog.calendar import WEEKDAYS, Then
from engine.language.forms import Form, Key, ValueShape
from engine.language.plain_values import KEBAB, SNAKE
from engine.language.shapes import (
    ACTION_NAME,
    CATEGORY,
    CHANNEL,
    CLOCK,
    CONDITION,
    DAY,
    FLAG,
    KEBAB_NAME,
    LENGTH,
    OWN_EVENT,
    RULE,
    SHARE,
    TEMPLATE,
    TEXT,
    VALUES,
    VERSION,
    by_name,
    listed,
    name_of,
    whole,
    word,
)
from engine.rules.policies import CategoryKind, Consent, Ignorable

_CATEGORIES = listed(CATEGORY)
_THEN: ValueShape[Then] = word(get_args(Then))
_LATER = "Whether what is held back waits (`hold`, the default) or is dropped."


class TimeZoneKeys(Form):
    """Where a customer's clock is read from."""

    what = "time_zone"
    from_ = Key(
        listed(name_of("stated_fact", "a fact")),
        "The facts that tell it, the first known one first.",
        "[customer.time_zone, order.country]",
    )
    otherwise = Key(TEXT, "The zone where none of them is known.", "Europe/Paris", needed=True)


class CalendarKeys(Form):
    """Which days are workdays."""

    what = "calendar"
    country = Key(TEXT, "The country whose public holidays count.", "FR")
    weekend = Key(
        listed(word(WEEKDAYS, "weekday")), "The days of the weekend.", "[saturday, sunday]"
    )
    closed = Key(listed(DAY), "Further days without work.", "[2026-12-24]")


class QuietHoursKeys(Form):
    """When nobody is disturbed."""

    what = "quiet_hours"
    from_ = Key(CLOCK, "When they begin.", '"21:00"', needed=True)
    to = Key(CLOCK, "When they end.", '"08:00"', needed=True)
    then = Key(_THEN, _LATER, "hold")
    channels = Key(listed(CHANNEL), "The channels that are quiet; by default all.", "[sms, push]")


class CategoryKeys(Form):
    """A kind of message."""

    what = "a category"
    id = Key(TEXT, "Its name.", "delivery", needed=True)
    kind = Key[CategoryKind](
        word(get_args(CategoryKind)), "What the law takes it for.", "marketing", needed=True
    )
    essential = Key(FLAG, "Sent once more where nobody knows whether it arrived.", "true")
    ignores = Key(
        listed(word(get_args(Ignorable), "gate")),
        "The gates that do not hold it back; "
        "transactional ones ignore cap, suppress and holdout by default.",
        "[cap, suppress]",
    )
    asks_review = Key(FLAG, "It asks for a review.", "true")
    title = Key(TEXT, "What customers read when they choose what to hear.", "Sales and offers")
    consent = Key[Consent](
        word(get_args(Consent)),
        "Whether the customer must have asked for it; marketing must by default.",
        "opt_in",
    )


class CapKeys(Form):
    """At most so many messages in a rolling window."""

    what = "a cap"
    at_most = Key(whole(0, "a cap is 0 or more, not {}"), "So many at most.", "2", needed=True)
    per = Key(LENGTH, "In a window of this length.", "7 days", needed=True)
    categories = Key(_CATEGORIES, "Of these categories together.", "[loyalty, sales]", needed=True)
    then = Key(_THEN, _LATER, "hold")
    valid_for = Key(LENGTH, "How long what waits is worth sending.", "3 days")


class HoldoutKeys(Form):
    """The share of customers who never hear of some categories."""

    what = "holdout"
    percent = Key(SHARE, "The share of customers.", "5", needed=True)
    by = Key(word(("customer.id",)), "Who is drawn: the same customer every time.", "customer.id")
    salt = Key(TEXT, "Another text draws others.", "2026-h2", needed=True)
    categories = Key(_CATEGORIES, "What they never hear of.", "[referral, sales]", needed=True)


class MixKeys(Form):
    """Never two of these in a row."""

    what = "a mix"
    never_two_in_a_row = Key(
        _CATEGORIES, "Of these never two in a row.", "[sales, recommendation]", needed=True
    )
    then = Key(_THEN, _LATER, "hold")
    valid_for = Key(LENGTH, "How long what waits is worth sending.", "7 days")
    forgotten_after = Key(LENGTH, "After so long the last one no longer counts.", "14 days")


class DigestKeys(Form):
    """One message for several that had to wait."""

    what = "digest"
    categories = Key(
        _CATEGORIES, "Messages of these are gathered.", "[loyalty, sales]", needed=True
    )
    at_least = Key(
        whole(1, "a digest holds 1 message or more, not {}"),
        "So many must wait; by default 2.",
        "3",
    )
    template = Key(TEMPLATE, "The words that carry them.", "digest", needed=True)
    send_at = Key(CLOCK, "The time of day at which it leaves.", '"10:00"')


class BreakerKeys(Form):
    """What holds rules back for the whole shop while it holds."""

    what = "a breaker"
    id = Key(KEBAB_NAME, "Its name.", "carrier-silent", needed=True)
    if_ = Key(
        CONDITION,
        "It holds while this holds.",
        "now - carrier.last_scan_at >= 12 hours",
        needed=True,
    )
    holds = Key(listed(RULE), "The rules that wait meanwhile.", "[parcel-silent-48h]", needed=True)
    at_most = Key(LENGTH, "How long at most.", "2 days", needed=True)
    tell_team = Key(FLAG, "Tells the team when it opens.", "true")
    emit = Key(OWN_EVENT, "Causes this event when it opens.", "carrier.fell_silent")


class AttachKeys(Form):
    """Parameters that calls of some actions always carry."""

    what = "a line of attach"
    actions = Key(
        listed(ACTION_NAME), "Calls of these actions.", "[open_support_case]", needed=True
    )
    with_ = Key(
        VALUES, "What they carry, unless a rule says it.", "{tier: customer.tier}", needed=True
    )


class RecommendKeys(Form):
    """What is never recommended, and why."""

    what = "recommend"
    source = Key(word(("co_purchase",)), "Where recommendations come from.", "co_purchase")
    never = Key(
        by_name(CONDITION, SNAKE, "reason"),
        "Which products are left out; a condition about each, by its reason.",
        "{badly_reviewed: item.stars < 3.5}",
    )


class PoliciesFile(Form):
    """Everything that decides between messages."""

    what = "policies.yaml"
    version = Key(VERSION, "The version of the rule language.", "1", needed=True)
    time_zone = Key(
        TimeZoneKeys.shape("a mapping"),
        "Where a customer's clock is read from.",
        "{from: [customer.time_zone], otherwise: Europe/Paris}",
    )
    locale = Key(TEXT, "The language of those whose own nobody knows; by default `en`.", "en")
    currency = Key(name_of("currency", "a currency"), "What amounts are compared in.", "EUR")
    calendar = Key(CalendarKeys.shape("a mapping"), "Which days are workdays.", "{country: FR}")
    quiet_hours = Key(
        QuietHoursKeys.shape("a mapping"),
        "When nobody is disturbed, by the customer's clock; by default from 21:00 to 08:00.",
        '{from: "21:00", to: "08:00"}',
    )
    categories = Key(
        listed(CategoryKeys.shape()),
        "The kinds of messages, the most worthy first; replaces the default ones.",
        "[{id: billing, kind: transactional}, {id: sales, kind: marketing}]",
    )
    caps = Key(
        listed(CapKeys.shape()),
        "At most so many messages in a rolling window.",
        "[{at_most: 2, per: 7 days, categories: [sales]}]",
    )
    holdout = Key(
        HoldoutKeys.shape("a mapping"),
        "The share of customers who never hear of some categories.",
        "{percent: 5, salt: 2026-h2, categories: [sales]}",
    )
    groups = Key(
        by_name(listed(RULE), KEBAB),
        "Rules of which only the first that holds speaks.",
        "{on-the-way: [parcel-on-its-way-express, parcel-on-its-way]}",
    )
    mix = Key(
        listed(MixKeys.shape()),
        "Kinds of messages of which never two come in a row.",
        "[{never_two_in_a_row: [sales, recommendation]}]",
    )
    digest = Key(
        DigestKeys.shape("a mapping"),
        "One message for several that had to wait.",
        "{categories: [loyalty, sales], template: digest}",
    )
    breakers = Key(
        listed(BreakerKeys.shape()),
        "What holds rules back for the whole shop while it holds.",
        "[{id: quiet-carrier, if: now - carrier.last_scan_at >= 12 hours, "
        "holds: parcel-silent, at_most: 2 days}]",
    )
    attach = Key(
        listed(AttachKeys.shape()),
        "Parameters that calls of some actions always carry.",
        "[{actions: [open_support_case], with: {tier: customer.tier}}]",
    )
    recommend = Key(
        RecommendKeys.shape("a mapping"),
        "What is never recommended, and why.",
        "{never: {badly_reviewed: item.stars < 3.5}}",
    )
