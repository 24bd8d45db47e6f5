"""What crosses subjects or follows from time alone, as tests beside the rules tell it."""

from engine.conditions.problems import Problems
from engine.language.reader import read_ruleset
from engine.scenarios.comparison import compared
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import World, play
from engine.scenarios.report import failure_report
from engine.scenarios.terms import Terms
from store.memory.stage import MemoryStage
from tests.engine.scenarios.shop import ACTIONS, MESSAGE, a_file

RULES = """
version: 1
rules:
  - id: no-scan
    when: 48 hours without shipment.scanned since shipment.shipped
    do: [{send: sorry, by: email, category: delivery}]
  - id: anxious
    when: carrier.fell_silent
    once_per: event
    do: [{send: sorry, by: email, category: delivery}]
  - id: hush
    when: review.received
    if: review.stars <= 2
    do: [{suppress: [sales], across: customer, until: support.case_solved, at_most: 10 days}]
  - id: quiet-one
    when: customer.updated
    once_per: event
    if: customer.silenced contains sales
    do: [{send: still_sorry, by: email, category: delivery, with: {of: customer.silenced}}]
  - id: gift
    when: loyalty.joined
    do: [{grant: free_wrapping, for: 30 days, uses: 2}]
  - id: gift-again
    when: loyalty.tier_changed
    once_per: event
    do: [{grant: free_wrapping, for: 30 days, uses: 2}]
  - id: gift-over
    when: perk.expired
    once_per: event
    do: [{send: over, by: email, category: delivery, with: {perk: perk.name}}]
"""
POLICIES = """
version: 1
quiet_hours: {from: "03:00", to: "03:01"}
categories: [{id: delivery, kind: transactional, ignores: [cap, suppress, holdout]}, {id: sales,
    kind: marketing}]
breakers:
  - {id: silent, if: now - carrier.last_scan_at >= 12 hours, holds: no-scan, at_most: 2 days,
        tell_team: true,
     emit: carrier.fell_silent}
"""
CATALOG = "version: 1\nevents: {carrier.fell_silent: {about: customer, repeats: true}}\n"
ANSWERS = """
version: 1
answers:
  may_sell: {type: boolean, for: customer, first: [{if: customer.silenced contains sales,
      then: no}, {otherwise: yes}]}
"""
FILES = {
    "journeys/all.yaml": RULES,
    "policies.yaml": POLICIES,
    "catalog.yaml": CATALOG,
    "answers.yaml": ANSWERS.replace("then: no}", "then: false}").replace(
        "otherwise: yes", "otherwise: true"
    ),
    "templates/en/sorry.md": MESSAGE,
    "templates/en/still_sorry.md": MESSAGE + "{{ of }}\n",
    "templates/en/over.md": MESSAGE + "{{ perk }}\n",
}
RULESET = read_ruleset(FILES)
THREE = "{A1: {}, A2: {}, B1: {customer: ben}}"
SHIPPED = """
- {at: 0h, event: shipment.shipped, order: A1, shipment: {id: P1, carrier: hermes}}
- {at: 1h, event: shipment.shipped, order: A2, shipment: {id: P2, carrier: hermes}}
- {at: 2h, event: shipment.shipped, order: B1, shipment: {id: P3, carrier: hermes}}
"""


def report(story: str, **keys: str) -> str:
    """What is wrong with a story, the heading left out."""
    problems, text = Problems(), a_file(story, **keys)
    (scenario,) = read_scenarios("a.test.yaml", text, Terms(RULESET, ACTIONS, problems))
    assert not list(problems), [str(problem) for problem in problems]
    one = play(scenario, RULESET, World(MemoryStage, lambda _, __: "Hello", lambda _: None))
    verdict = compared(one.scenario, one.seen)
    return "" if verdict.outcome == "passed" else failure_report(verdict, RULESET)


def test_a_silent_carrier_is_told_once_and_its_parcels_wait() -> None:
    story = (
        SHIPPED
        + """
- {at: 20h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 48h, expect: [{call: tell_team, order: A1}, {emit: carrier.fell_silent, to: ana},
      {send: sorry}],
   because: {no-scan: breaker silent}}
- {at: 54h, expect: nothing, because: {no-scan: {A2: breaker silent}}}
- {at: 55h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 56h, expect: [{send: sorry, order: A1}, {send: sorry, order: A2}]}
"""
    )
    assert report(story, orders=THREE, order="") == ""


def test_a_carrier_that_scans_anybodys_parcel_holds_nothing() -> None:
    story = (
        SHIPPED
        + """
- {at: 47h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 50h, expect: [{send: sorry, order: A1, at: 48h}, {send: sorry, order: A2, at: 49h}]}
"""
    )
    assert report(story, orders=THREE, order="") == ""


def test_a_carrier_of_another_name_counts_for_itself() -> None:
    story = (
        SHIPPED.replace("P3, carrier: hermes", "P3, carrier: mercury")
        + """
- {at: 47h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 47h, event: shipment.in_transit, order: A2, shipment: {id: P2}, happened: 20h}
- {at: 48h, expect: [{call: tell_team}, {emit: carrier.fell_silent}, {send: sorry}]}
"""
    )
    assert report(story, orders=THREE, order="") == ""


def test_a_second_opening_is_told_again() -> None:
    story = (
        SHIPPED
        + """
- {at: 20h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 48h, expect: [{call: tell_team}, {emit: carrier.fell_silent}, {send: sorry}]}
- {at: 49h, event: shipment.in_transit, order: B1, shipment: {id: P3}}
- {at: 50h, expect: [{send: sorry, order: A1}, {send: sorry, order: A2}]}
- {at: 97h, expect: [{call: tell_team, order: B1}, {emit: carrier.fell_silent, to: ben},
      {send: sorry, to: ben}]}
"""
    )
    assert report(story, orders=THREE, order="") == ""


def test_what_a_customer_hears_nothing_of_can_be_read() -> None:
    story = """
- {at: 0h, event: customer.updated}
- {at: 0h, expect: nothing}
- {at: 0h, ask: may_sell, expect: {is: true}}
- {at: 1h, event: review.received, review: {stars: 1}}
- {at: 1h, expect: [{suppress: [sales]}]}
- {at: 2h, event: customer.updated}
- {at: 2h, expect: [{send: still_sorry, with: {of: [sales]}}]}
- {at: 2h, ask: may_sell, expect: {is: false}}
- {at: 3h, event: support.case_solved}
- {at: 4h, event: customer.updated}
- {at: 4h, expect: nothing}
- {at: 4h, ask: may_sell, expect: {is: true}}
"""
    assert report(story) == ""


def test_a_silence_that_is_over_is_read_no_more() -> None:
    story = """
- {at: 1h, event: review.received, review: {stars: 1}}
- {at: 1h, expect: [{suppress: [sales]}]}
- {at: 11 days, event: customer.updated}
- {at: 11 days, expect: nothing}
"""
    assert report(story) == ""


def test_a_perk_ends_with_its_time_once() -> None:
    story = """
- {at: 0h, event: loyalty.joined}
- {at: 0h, expect: [{grant: free_wrapping}]}
- {at: 29 days, expect: nothing}
- {at: 90 days, expect: [{send: over, at: 30 days, with: {perk: free_wrapping}}]}
"""
    assert report(story) == ""


def test_a_perk_granted_again_ends_later_and_once() -> None:
    story = """
- {at: 0h, event: loyalty.joined}
- {at: 0h, expect: [{grant: free_wrapping}]}
- {at: 10 days, event: loyalty.tier_changed}
- {at: 10 days, expect: [{grant: free_wrapping}]}
- {at: 90 days, expect: [{send: over, at: 40 days}]}
"""
    assert report(story) == ""


def test_a_perk_ends_with_its_last_use_and_not_once_more_with_its_time() -> None:
    story = """
- {at: 0h, event: loyalty.joined}
- {at: 0h, expect: [{grant: free_wrapping}]}
- {at: 1 day, event: perk.used, perk: {name: free_wrapping}, times: 2}
- {at: 1 day, expect: nothing}
- {at: 2 days, event: perk.used, perk: {name: free_wrapping}}
- {at: 90 days, expect: [{send: over, at: 2 days}]}
"""
    assert report(story) == ""


def test_a_perk_ends_again_when_it_was_granted_anew() -> None:
    story = """
- {at: 0h, event: loyalty.joined}
- {at: 0h, expect: [{grant: free_wrapping}]}
- {at: 2 days, event: perk.used, perk: {name: free_wrapping, uses_left: 0}}
- {at: 2 days, expect: [{send: over}]}
- {at: 3 days, event: loyalty.tier_changed}
- {at: 3 days, expect: [{grant: free_wrapping}]}
- {at: 90 days, expect: [{send: over, at: 33 days}]}
"""
    assert report(story) == ""
