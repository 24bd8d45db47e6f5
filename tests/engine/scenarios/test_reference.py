"""The two examples with which the rule language explains its tests, with every key there is."""

import pytest

from engine.conditions.problems import Problems
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.scenarios.comparison import compared
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import World, play
from engine.scenarios.report import failure_report
from engine.scenarios.scenario import Scenario
from engine.scenarios.terms import Terms
from store.memory.stage import MemoryStage

RULES = """
version: 1
rules:
  - id: parcel-on-its-way
    when: shipment.shipped
    one_of: on-the-way
    choose:
      - {if: shipment.eta is known, do: [{send: shipped_with_eta, by: [push, email],
            category: delivery}]}
      - {otherwise: [{send: shipped, by: [push, email], category: delivery}]}
  - id: parcel-on-its-way-express
    when: shipment.shipped
    one_of: on-the-way
    if: order.express = true
    do: [{send: shipped_express, by: [push, email], category: delivery}]
  - id: parcel-silent-48h
    when: 48 hours without shipment.scanned since shipment.shipped
    stop_if: [shipment.delivered, order.cancelled, shipment.lost]
    do:
      - {send: delay_apology, by: email, category: delivery}
      - {call: open_carrier_claim, with: {parcel: shipment.tracking_number}}
  - id: five-stars-referral
    when: 2 days after review.received
    if:
      - review.stars = 5
      - order.returned = false
      - any_of: [customer.lifetime_orders >= 2, order.total >= 80 EUR]
    stop_if: return.requested
    once_per: {customer: 180 days}
    do: [{send: referral_invite, by: email, category: referral, send_at: "10:00",
        valid_for: 5 days}]
  - id: points-expire-soon
    when: 30, 14 and 3 days before loyalty.points_expire_at at 10:00
    if: loyalty.points_expiring >= 100
    once_per: [customer, loyalty.points_expire_at]
    if_late: send
    do: [{send: points_expiring, by: [push, email], category: loyalty}]
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone, order.country, customer.phone], otherwise: Asia/Jakarta}
quiet_hours: {from: "21:00", to: "08:00", then: hold}
caps:
  - {at_most: 2, per: 7 days, categories: [loyalty, referral, sales], then: hold, valid_for: 3 days}
groups: {on-the-way: [parcel-on-its-way-express, parcel-on-its-way]}
"""
ANSWERS = """
version: 1
answers:
  return_window:
    type: days
    starts: order.delivered_at
    first:
      - {if: customer.tier = platinum, then: 60 days}
      - {if: customer.tier = gold, then: 45 days}
      - {otherwise: 30 days}
"""
TEMPLATES = (
    "shipped_with_eta",
    "shipped",
    "shipped_express",
    "delay_apology",
    "referral_invite",
    "points_expiring",
)
ACTIONS = ("open_carrier_claim", "create_discount_code", "refund")

SILENCE = """
version: 1
people: {ana: {id: C1, tier: gold, time_zone: Europe/Paris, can_receive: [email, push]}}
tests:
  - name: two silent days give one apology, a scan postpones it
    customer: ana
    order: {id: A1, total: 80 EUR}
    starts: 2026-03-02 10:00 Europe/Paris
    story:
      - {at: 0h, event: shipment.shipped, shipment: {eta: 2026-03-05, tracking_number: T9}}
      - {at: 0h, expect: [{send: shipped_with_eta, by: push}]}
      - {at: 30h, event: shipment.scanned}
      - {at: 48h, expect: nothing, because: {parcel-silent-48h: waiting until 78h}}
      - {at: 78h, expect: [{send: delay_apology}, {call: open_carrier_claim, with: {parcel: T9}}]}
"""
EVERY_KEY = """
version: 1
people:
  ana: {id: C1, tier: gold, locale: en, channels: [email], can_receive: [email, push],
      consents: [loyalty, referral], loyalty: {points_balance: 900}}
  ben: {id: C2, time_zone: Asia/Jakarta}
tests:
  - name: every key once
    customer: ana
    orders: {A0: {}, A1: {total: 80 EUR, items: [{id: SKU1, category: shoes}]}, B1: {customer: ben}}
    only: [parcel-on-its-way, five-stars-referral]
    results: {create_discount_code: [{value: FREE-1}, {value: FREE-2}], refund: fails}
    starts: 2026-03-02 10:00 Europe/Paris
    story:
      - {at: -40 days, event: return.requested, order: A0, return: {id: R0}}
      - {at: -2 days, sent: points_expiring, category: loyalty}
      - {at: 3h, event: shipment.shipped, order: A1, shipment: {id: P1, eta: 2026-03-05},
            happened: 1h, times: 2}
      - {at: 4h, event: customer.updated, customer: {tier: platinum}}
      - {at: 5h, event: review.received, order: A1, review: {stars: 5}}
      - {at: 1 day, ask: return_window, of: {order: A1}, expect: {is: 60 days}}
      - {at: 1 day, expect: [{send: shipped_with_eta, by: push, order: A1, to: ana, at: 3h,
            says: Thursday}], because: {five-stars-referral: waiting until 2026-03-04 15:00}}
"""  # a line of a story is a line
DATES = """
version: 1
people: {ana: {id: C1, time_zone: Europe/Paris, loyalty: {points_expire_at: 2026-04-01,
    points_expiring: 200}}}
tests:
  - name: a date that is stated is waited for
    starts: 2026-03-02 08:00
    story:
      - {at: 3h, expect: [{send: points_expiring, at: 2026-03-02 10:00}]}
      - {at: 15 days, because: {points-expire-soon: waiting until 2026-03-18 10:00}}
      - {at: 17 days, expect: [{send: points_expiring, at: 2026-03-18 10:00}]}
"""
LETTER = '---\nsubject: "Hello"\npush: "Hello"\n---\nHello.\n'


def a_ruleset() -> Ruleset:
    templates = {f"templates/en/{name}.md": LETTER for name in TEMPLATES}
    templates["templates/en/shipped_with_eta.md"] = LETTER.replace(
        "Hello", "Arriving {{ shipment.eta | day }}"
    )
    files = {"journeys/all.yaml": RULES, "policies.yaml": POLICIES, "answers.yaml": ANSWERS}
    return read_ruleset({**files, **templates})


def an_example(text: str, ruleset: Ruleset) -> tuple[Scenario, ...]:
    problems = Problems()
    scenarios = read_scenarios(
        "journeys/example.test.yaml", text, Terms(ruleset, ACTIONS, problems)
    )
    assert [str(problem) for problem in problems] == []
    return tuple(scenarios)


@pytest.mark.parametrize("text", [SILENCE, EVERY_KEY, DATES])
def test_the_examples_of_the_rule_language_hold(text: str) -> None:
    ruleset = a_ruleset()

    for scenario in an_example(text, ruleset):
        seen = play(scenario, ruleset, World(MemoryStage, lambda _, __: "Arriving Thursday")).seen
        verdict = compared(scenario, seen)
        assert verdict.outcome == "passed", failure_report(verdict, ruleset)
