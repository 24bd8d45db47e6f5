# every form that the specification shows, in a shop of our own
import pytest

from engine.catalog.values import parse_duration
from engine.conditions.problems import Problems
from engine.language.nodes import read_nodes
from engine.language.reader import read_ruleset
from engine.rules.rule import Call, Near, Silence, Suppress
from engine.rules.ruleset import Ruleset
from tests.engine.language.folders import EVERY_PART

JOURNEYS = """\
# yaml-language-server: $schema=../../.purna/rules.schema.json
version: 1
rules:
  - id: on-its-way
    name: A parcel on its way, with the day if we know it
    when: shipment.shipped
    one_of: leaving
    choose:                                # the first line that holds
      - {if: shipment.eta is known, do: [{send: leaving_with_day, by: [push, email],
            category: delivery}]}
      - {otherwise: [{send: leaving, by: [push, email], category: delivery}]}

  - id: on-its-way-express
    when: shipment.shipped
    one_of: leaving
    if: order.express = true
    do: [{send: leaving_express, by: [push, email], category: delivery}]

  - id: no-scan
    when: 48 hours without shipment.scanned since shipment.shipped   # every scan restarts the clock
    stop_if: [shipment.delivered, order.cancelled, shipment.lost]
    do:
      - {send: sorry_for_the_wait, by: email, category: delivery}
      - {call: open_carrier_claim, with: {parcel: shipment.tracking_number}}

  - id: quiet-after-complaint
    when: review.received
    if: review.stars <= 2
    do:
      - suppress: [sales, referral, recommendation]        # or: all marketing
        across: customer
        until: support.case_solved
        at_most: 60 days
      - {call: open_support_case, with: {order: order.id, stars: review.stars}}

  - id: thanks-for-five
    when: 2 days after review.received
    if:
      - review.stars = 5
      - order.returned = false
      - any_of: [customer.lifetime_orders >= 2, order.total >= 80 EUR]
    stop_if: return.requested
    once_per: {customer: 180 days}
    do:
      - {send: bring_a_friend, by: email, category: referral, send_at: "10:00", valid_for: 5 days}

  - id: points-run-out
    when: 30, 14 and 3 days before loyalty.points_expire_at at 10:00
    if: loyalty.points_expiring >= 100
    once_per: [customer, loyalty.points_expire_at]
    if_late: send
    do: [{send: use_your_points, by: [push, email], category: loyalty}]

  - id: every-other-tuesday
    when: every 2 weeks on tuesday at 10:00
    from: 2026-03-03
    if: segment.lapsed
    unless: {unhappy: support.open,
        asked-for-silence: number of return.requested within 90 days >= 3}
    do:
      - {call: recommend, with: {count: 3}, as: picks}
      - {send: picked_for_you, category: recommendation, with: {items: picks.items},
            only_if: picks.count >= 1}
"""
ANSWERS = """\
version: 1
answers:
  send_back_within:
    type: days
    starts: order.delivered_at
    first:
      - {if: customer.tier = platinum, then: 60 days}
      - {if: customer.tier = gold, then: 45 days}
      - {otherwise: 30 days}
    plus:                                   # every line that holds adds up
      - {if: order.days_late >= 1, then: 4 days}
  look_it_over: {type: [none, lenient, strict], first: [{if: "customer.tier in [gold, platinum]",
      then: lenient}, {otherwise: strict}]}
"""  # a table in one line, as the specification writes it
POLICIES = """\
version: 1
time_zone: {from: [customer.time_zone, order.country, customer.phone], otherwise: Asia/Jakarta}
locale: en
currency: EUR
calendar: {country: FR, weekend: [saturday, sunday], closed: [2026-12-24]}
quiet_hours: {from: "21:00", to: "08:00", channels: [sms, push, whatsapp, email], then: hold}
categories:                                # highest first
  - {id: billing, kind: transactional, ignores: [cap, suppress, holdout]}
  - {id: cancellation, kind: transactional, essential: true, ignores: [cap, suppress, holdout,
        quiet_hours]}
  - {id: delivery, kind: transactional, ignores: [cap, suppress, holdout]}
  - {id: review, kind: marketing, ignores: [suppress], asks_review: true}
  - {id: loyalty, kind: marketing}
  - {id: referral, kind: marketing}
  - {id: recommendation, kind: marketing}
  - {id: sales, kind: marketing, title: Sales and offers, consent: opt_in}
caps:
  - {at_most: 2, per: 7 days, categories: [loyalty, referral, sales], then: hold, valid_for: 3 days}
holdout: {percent: 5, by: customer.id, salt: 2026-h2, categories: [referral, sales]}
groups: {leaving: [on-its-way-express, on-its-way]}
mix: [{never_two_in_a_row: [sales, recommendation], then: hold, valid_for: 7 days,
    forgotten_after: 14 days}]
digest: {categories: [loyalty, sales], at_least: 2, template: digest, send_at: "10:00"}
breakers:
  - {id: carrier-silent, if: now - carrier.last_scan_at >= 12 hours, holds: [no-scan],
        at_most: 2 days, tell_team: true}
attach: [{actions: [open_support_case], with: {tier: customer.tier,
    history: customer.lifetime_orders, perks: customer.perks}}]
recommend: {source: co_purchase, never: {bought_already: customer.bought contains item.id,
    badly_reviewed: item.stars < 3.5}}
"""  # lines as the specification writes them
CATALOG = """\
version: 1
events: {setup.started: {about: order, facts: {setup.product: optional text}},
    social.mentioned: {about: customer, repeats: true, facts: {social.mood: [good, bad]}}}
facts: {customer.at_risk: {type: boolean, default: false, set_by: rules},
    customer.tier: {type: [none, silver, gold, platinum], default: none}}
segments: {lapsed: [customer.lifetime_orders >= 1,
    not (order.placed happened by the customer within 90 days)]}
"""  # as above
SCENARIO = """\
version: 1
people: {ana: {id: C1, tier: gold, time_zone: Europe/Paris, can_receive: [email, push]}}
tests:
  - name: two silent days give one apology
    orders: {A0: {}, A1: {total: 80 EUR, items: [{id: SKU1, category: shoes}]}, B1: {customer: ben}}
    results: {create_discount_code: [{value: FREE-1}, {value: FREE-2}], refund: fails}
    starts: 2026-03-02 10:00 Europe/Paris
    story:
      - {at: 0h, event: shipment.shipped, shipment: {eta: 2026-03-05, tracking_number: T9}}
      - {at: 48h, expect: nothing, because: {no-scan: waiting until 78h}}
      - {at: 1 day, expect: [{send: leaving_with_day, by: push, order: A1, to: ana, at: 3h,
            says: Thursday}]}
"""


@pytest.fixture(scope="module")
def shop() -> Ruleset:
    sent = {word.split(",")[0] for word in JOURNEYS.split("send: ")[1:]} | {"digest"}
    folder = {f"templates/en/{name}.md": EVERY_PART for name in sent}
    files = {"answers.yaml": ANSWERS, "policies.yaml": POLICIES, "catalog.yaml": CATALOG}
    return read_ruleset(folder | files | {"journeys/all.yaml": JOURNEYS})


def test_every_rule_listens(shop: Ruleset) -> None:
    assert len(shop.rules) == 7
    assert [rule.id for rule, _ in shop.by_event["shipment.shipped"]] == [
        "no-scan",
        "on-its-way",
        "on-its-way-express",
    ]
    assert [rule.id for rule, _ in shop.by_date] == ["points-run-out"]
    assert [rule.id for rule, _ in shop.by_clock] == ["every-other-tuesday"]


def test_triggers_are_of_their_kind(shop: Ruleset) -> None:
    (silence,), (near,) = shop.rules["no-scan"].triggers, shop.rules["points-run-out"].triggers
    assert isinstance(silence, Silence)
    assert isinstance(near, Near)
    assert near.offsets == tuple(parse_duration(f"{days} days") for days in (30, 14, 3))
    assert shop.rules["points-run-out"].conduct.sends_late


def test_actions_are_of_their_kind(shop: Ruleset) -> None:
    silence, case = shop.rules["quiet-after-complaint"].actions
    assert isinstance(silence, Suppress)
    assert silence.across_customer
    assert isinstance(case, Call)
    assert [len(branch.conditions) for branch in shop.rules["on-its-way"].branches] == [1, 0]


def test_what_must_be_watched_is_known(shop: Ruleset) -> None:
    seen = shop.lookbacks.from_anywhere.of_none
    counted = {name for name, one in seen.items() if one.within or one.ever or one.newest}
    assert counted == shop.catalog.corrected({"order.placed", "return.requested"})
    assert {"shipment.delivered", "support.case_solved", "shipment.scanned"} <= shop.watched


def test_a_scenario_is_yaml_of_the_same_form() -> None:
    problems = Problems()
    node = read_nodes("journeys/all.test.yaml", SCENARIO, problems)
    assert not list(problems)
    assert node is not None
    story = node.entries["tests"].items[0].entries["story"].plain
    assert story[0]["shipment"] == {"eta": "2026-03-05", "tracking_number": "T9"}
