"""What the contract of both stores is played with: rules of a small shop in several revisions, and
any event of an order or a customer.
"""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from engine.catalog.values import instant
from engine.facts.events import Event, Origin
from engine.language.reader import read_ruleset
from tests.store.shop import FILES, NOON, an_event, the_rules

_DIGEST = "digest: {categories: [review, sales], at_least: 2, template: offer}\ncaps:\n"
_CHOSEN = """  - id: chosen
    when: 1 days after shipment.shipped
    do:
      - {call: pick, as: pick}
      - {send: offer, category: sales, with: {picked: pick.name}, valid_for: 1 days}
      - {send: hello, category: review, only_if: pick.count >= 2, valid_for: 5 days}
  - id: tier
"""
_CHAINED = """version: 1
rules:
  - id: chained
    when: shipment.shipped
    do:
      - {call: pick, as: pick}
      - {call: ask, as: ask, with: {about: pick.name}}
      - {call: tell, with: {text: ask.word}, only_if: pick.count is known or order.id is known}
      - {emit: order.picked, with: {order.pick: pick.name}}
      - {call: find, as: found, with: {about: pick.name}}
      - {send: offer, category: sales, with: {picked: found.name}, valid_for: 1 days}
"""
# With messages that leave as one, and a call that runs only for its messages.
_FIRST = {
    path: text.replace("caps:\n", _DIGEST).replace("  - id: tier\n", _CHOSEN)
    for path, text in FILES.items()
}
FIRST = read_ruleset(_FIRST)
# And with actions that read what calls answer.
_CATALOG = (
    "version: 1\nevents: {order.picked: {about: order, facts: {order.pick: optional text}}}\n"
)
CHAINED = read_ruleset({**_FIRST, "catalog.yaml": _CATALOG, "journeys/c.yaml": _CHAINED})
# The same shop after a change of mind: another template, a rule switched off, a longer delay, no
# silence any more.
SECOND = the_rules(
    "  - id: review\n    when: 2 days", "  - id: review\n    in_flight: pin\n    when: 3 days"
)
THIRD = the_rules("  - id: offer\n", "  - id: offer\n    mode: off\n")
# The same rules under other names, one of them named anew twice.
RENAMED = the_rules(
    "  - id: offer\n", "  - id: voucher\n    renamed_from: offer\n    counting: decided\n"
)
RENAMED_AGAIN = the_rules("  - id: offer\n", "  - id: coupon\n    renamed_from: voucher\n")
# And one that looks across: a breaker that asks the carriers and tells the team, a schedule, a
# date, the end of a perk, what happened to other orders of the customer.
_BREAKER = """
breakers:
  - {id: late, if: now - carrier.last_scan_at >= 1 hours, holds: [shipped, dated], at_most: 2 days,
        tell_team: true}
"""
_MORE = """
version: 1
rules:
  - {id: weekly, when: "every week on tuesday at 10:00", do: [{send: hello, category: sales}]}
  - {id: dated, when: 1 day after order.promised_on, do: [{send: hello, category: delivery}]}
  - {id: over, when: perk.expired, once_per: event, do: [{send: hello, category: delivery}]}
  - {id: rarely, when: 1 day after shipment.shipped,
        if: number of order.cancelled by the customer within 1 day = 0,
        stop_if: [return.requested by the customer, loyalty.joined],
        do: [{send: hello, category: delivery}]}
  - {id: silent, when: 1 day without order.placed by the customer since shipment.shipped,
        unless: {came: order.delivered happened by the customer within 36 hours},
        do: [{send: offer, category: sales}]}
  - {id: joined, when: loyalty.joined, if: not customer.silenced contains sales, do: [{send: hello,
        category: sales}]}
"""
ACROSS = read_ruleset(
    {**FILES, "policies.yaml": FILES["policies.yaml"] + _BREAKER, "journeys/b.yaml": _MORE}
)
REVISIONS = (FIRST, SECOND, THIRD, RENAMED, RENAMED_AGAIN, ACROSS, ACROSS, CHAINED)
_NAMED = {"shipment": "shipment", "return": "return", "review": "review", "support": "case"}
_ABOUT_ORDERS = (
    "order.placed", "shipment.shipped", "shipment.delivered", "shipment.delivered",
    "order.delivered",
    "order.delivered", "order.cancelled", "return.requested", "return.cancelled", "review.received",
    "support.case_solved", "no.such_event",
    "shipment.lost", "shipment.delivery_corrected", "return.reopened", "review.removed",
)  # fmt: skip
_ABOUT_CUSTOMERS = (
    "loyalty.tier_changed", "consent.given", "consent.withdrawn", "support.case_solved",
    "review.received",
    "loyalty.joined", "perk.granted", "perk.used",
)  # fmt: skip
# A carrier knows a parcel by a number of its own, which the shop may tell late.
_TRACKING = st.sampled_from([{}, *({"shipment.tracking_number": f"T{one}"} for one in (1, 2))])


@st.composite
def any_event(draw: Any) -> Event:
    """Any event of an order or a customer, as of `NOON`."""
    is_of_order = draw(st.integers(0, 3)) > 0
    kind = draw(st.sampled_from(_ABOUT_ORDERS if is_of_order else _ABOUT_CUSTOMERS))
    order = draw(st.sampled_from(["A1", "A1", "A2", "B1"])) if is_of_order else None
    customer = draw(st.sampled_from([None, "C1", "C1", "C2"] if is_of_order else ["C1", "C2"]))
    things = {}
    if thing := _NAMED.get(kind.partition(".")[0]):
        things = {thing: f"{order}{draw(st.sampled_from('12'))}"}
        order = order if draw(st.integers(0, 5)) else None
    if kind.startswith("perk."):
        things = {"perk": "wrapping"}
    told = draw(_TRACKING) if "shipment" in things else {}
    if told and draw(st.booleans()):
        things = {"shipment": told["shipment.tracking_number"]}
    data = {
        "order.placed": {"order.promised_on": "2026-03-04"}
        | ({"customer.email": f"{customer}@example.com"} if customer else {}),
        "review.received": {"review.stars": draw(st.integers(1, 5))},
        "perk.granted": {
            "perk.name": "wrapping",
            "perk.uses_left": 1,
            "perk.expires_at": instant(NOON + timedelta(hours=1)),
        },
        "shipment.shipped": {"shipment.carrier": draw(st.sampled_from(["acme", "hermes"]))},
        "loyalty.tier_changed": {"customer.tier": draw(st.sampled_from(["gold", "silver"]))},
    }.get(kind, {}) | told
    number = draw(st.integers(1, 10_000))
    named = {"order": order, "customer": customer, "things": things, "data": data}
    is_history = draw(st.integers(0, 7)) == 0
    return an_event(kind, number, **named, origin=Origin(is_history=is_history))


@st.composite
def of_a_name(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An event's type and what it names: a parcel by its id or number, perhaps too early, or a
    customer by a phone that others may have.
    """
    if draw(st.booleans()):
        phone = draw(st.sampled_from(["+4915112345678", "+4915112345679"]))
        customer = draw(st.sampled_from(["C1", "C2", "C3", None]))
        said = {"order": None, "customer": customer, "data": {"customer.phone": phone}}
        return "customer.updated", said
    number = f"T{draw(st.integers(0, 3))}"
    parcel = draw(st.sampled_from([number, f"E{number}"]))
    return f"shipment.{draw(st.sampled_from(['in_transit', 'delivered']))}", {
        "order": draw(st.sampled_from([None, None, "A1", "E1"])),
        "things": {"shipment": parcel},
        "data": {"shipment.tracking_number": number},
    }
