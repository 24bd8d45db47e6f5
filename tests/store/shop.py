"""A small shop: its rules in two revisions, and the events of its orders."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.decisions.decide import decide
from engine.decisions.decision import Outcome, Situation
from engine.facts.events import Event
from engine.facts.naming import Naming
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset, Rulesets

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMING = Naming(b"n" * 32)
SHOP = "a shop/1"

_POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: Europe/Paris}
currency: EUR
quiet_hours: {from: "23:00", to: "06:00", then: hold}
categories:
  - {id: cancellation, kind: transactional, essential: true, ignores: [cap, suppress, quiet_hours]}
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
  - {id: review, kind: marketing}
  - {id: sales, kind: marketing, title: Offers}
caps:
  - {at_most: 1, per: 2 days, categories: [review, sales], then: hold, valid_for: 3 days}
"""
_RULES = """
version: 1
rules:
  - id: shipped
    when: shipment.shipped
    stop_if: order.cancelled
    do: [{send: hello, category: delivery}]
  - id: cancelled
    when: order.cancelled
    do: [{send: hello, category: cancellation}, {call: tell_stock, with: {order: order.id}}]
  - id: review
    when: 2 days after order.delivered
    if: order.returned = false
    stop_if: [return.requested, review.received]
    do: [{send: hello, category: review, valid_for: 5 days}]
  - id: offer
    when: 2 days after order.delivered
    once_per: {customer: 10 days}
    do: [{send: offer, category: sales, valid_for: 2 days}, {send: hello, category: sales,
        valid_for: 1 days}]
  - id: tier
    when: loyalty.tier_changed
    once_per: [customer, customer.tier]
    do: [{grant: free_returns, for: 365 days, uses: 3}, {send: hello, category: sales}]
  - id: unhappy
    when: review.received
    if: review.stars <= 2
    do: [{suppress: [sales, review], across: customer, until: support.case_solved,
        at_most: 30 days}]
  - id: returning
    when: return.requested
    do: [{suppress: [review], until: return.cancelled, at_most: 9 days}]
"""
_TEMPLATE = "---\nsubject: Hello\nsms: Hello\npush: Hello\nwhatsapp: Hello\n---\nHello.\n"
FILES: Mapping[str, str] = {
    "policies.yaml": _POLICIES,
    "journeys/a.yaml": _RULES,
    "templates/en/hello.md": _TEMPLATE,
    "templates/en/offer.md": _TEMPLATE,
}


def the_rules(old: str = "", new: str = "") -> Ruleset:
    """The shop's ruleset, with one text replaced by another wherever it stands."""
    return read_ruleset(
        {path: text.replace(old, new) if old else text for path, text in FILES.items()}
    )


def an_event(kind: str, number: int | str = 1, /, at: datetime = NOON, **named: Any) -> Event:
    """An event of the shop: `order`, `customer`, `things` and `data` as they are named."""
    named.setdefault("order", "A1")
    return Event("shop", str(number), kind, at, SHOP, **named)


def placed(
    order: str = "A1", customer: str | None = "C1", /, at: datetime = NOON, **more: Any
) -> Event:
    """An order of a customer who can be reached by mail; of nobody who is known without one."""
    email = {"customer.email": f"{customer}@example.com"} if customer else {}
    data = email | {"order.total": "20.00 EUR"}
    return an_event(
        "order.placed", f"placed {order}", at, order=order, customer=customer, data=data, **more
    )


def deciding(now: datetime, naming: Naming = NAMING) -> Any:
    """The engine's decision at a moment, as a store calls it."""

    def at_now(rulesets: Rulesets, situation: Situation) -> Outcome:
        return decide(rulesets, situation, naming, now)

    return at_now


def later(**span: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(**span)
