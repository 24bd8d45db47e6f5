"""The forms of sentences, each with its rule of the grammar, its words and an example."""

from typing import NamedTuple


class SentenceForm(NamedTuple):
    """One form: the rule of the grammar that reads it, what it says, and an example of it."""

    rule: str
    words: str
    example: str


TRIGGERS = (
    SentenceForm("on_event", "When the event is known.", "shipment.shipped"),
    SentenceForm(
        "after",
        "So long after an event; days keep the time of day.",
        "7 days after order.delivered",
    ),
    SentenceForm(
        "silence",
        "When nothing of the kind came for so long; every one restarts the clock.",
        "48 hours without shipment.scanned since shipment.shipped",
    ),
    SentenceForm(
        "before",
        "So long before a date, wherever it moves.",
        "14 days before loyalty.points_expire_at at 10:00",
    ),
    SentenceForm(
        "before",
        "Several times before a date, each for itself.",
        "30, 14 and 3 days before loyalty.points_expire_at at 10:00",
    ),
    SentenceForm(
        "near_after",
        "Several times after a date, each for itself.",
        "7 and 14 days after order.promised_on",
    ),
    SentenceForm("on_date", "On the day of a date.", "on order.promised_on at 09:00"),
    SentenceForm(
        "every", "On a schedule, once for each customer.", "every 2 weeks on tuesday at 10:00"
    ),
)
CONDITIONS = (
    SentenceForm("compared", "Compares two values: = != < <= > >=.", "review.stars <= 2"),
    SentenceForm(
        "between",
        "From the one to the other, both included.",
        "order.total between 50 EUR and 80 EUR",
    ),
    SentenceForm("known", "Whether anybody has stated it.", "shipment.eta is known"),
    SentenceForm(
        "contains",
        "Whether a list holds something, or a text, whatever its case.",
        "customer.perks contains free_returns",
    ),
    SentenceForm("member", "One of several values.", "customer.tier in [gold, platinum]"),
    SentenceForm("no_member", "None of several values.", "order.country not in [FR, DE]"),
    SentenceForm(
        "quantified",
        "Whether any, every or no element of a list is so.",
        "any order.items where item.category = shoes",
    ),
    SentenceForm(
        "happened",
        "Whether an event has come, perhaps lately.",
        "order.placed happened by the customer within 30 days",
    ),
    SentenceForm(
        "counted",
        "How many events came lately.",
        "number of return.requested by the customer within 90 days >= 2",
    ),
    SentenceForm(
        "counted_in",
        "How many elements of a list are so.",
        "number of order.items where (item.quantity > 1) >= 2",
    ),
    SentenceForm(
        "added",
        "Adds and subtracts numbers, money, dates and durations.",
        "now - order.placed_at >= 2 hours",
    ),
    SentenceForm("multiplied", "Multiplies.", "item.quantity * 2 > 6"),
    SentenceForm("all_of", "Both hold.", "review.stars = 5 and not order.returned"),
    SentenceForm("any_of", "One of them holds, or both.", "order.express or order.total >= 80 EUR"),
    SentenceForm("negated", "It does not hold.", "not order.returned"),
    SentenceForm("bracketed", "Brackets are read first.", "not (order.express or order.returned)"),
)
