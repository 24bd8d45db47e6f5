"""What lies beyond how far the rules look changes no decision and no attempt."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.rows import changed
from engine.decisions.decide import decide
from engine.decisions.decision import OpenWork, Outcome, Situation
from engine.decisions.waits.beginnings import begun
from engine.facts.events import MOMENT, Event, Origin
from engine.facts.naming import subject_id
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset, Rulesets
from engine.sending.judge import judge
from engine.sending.question import Question
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore
from tests.store.shop import NAMING, NOON, SHOP, an_event, deciding

_POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: Europe/Paris}
quiet_hours: {from: "23:00", to: "06:00", then: hold}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
  - {id: sales, kind: marketing, consent: none}
  - {id: review, kind: marketing, consent: none}
caps:
  - {at_most: 1, per: 2 days, categories: [review, sales], then: hold, valid_for: 3 days}
groups: {thanks: [again, first]}
breakers:
  - {id: losses, if: number of shipment.lost by the customer within 2 days >= 2, holds: [shipped],
        at_most: 1 day}
"""
_CATALOG = """
version: 1
events: {order.picked: {about: order}}
segments: {sad: return.requested happened within 4 days}
"""
_ANSWERS = """
version: 1
answers:
  wait: {type: days, first: [{if: order.cancelled happened by the customer, then: 3 days},
        {otherwise: 2 days}]}
  loyal: {type: boolean, for: customer, first: [
        {if: number of shipment.delivered within 6 days >= 2, then: true}, {otherwise: false}]}
"""
_RULES = """
version: 1
rules:
  - {id: shipped, when: shipment.shipped, stop_if: [order.cancelled, loyalty.joined],
        do: [{send: hello, category: delivery}]}
  - {id: first, when: 1 day after shipment.delivered, one_of: thanks,
        if: not shipment.delivered happened by the customer within 36 hours,
        do: [{send: hello, category: sales}]}
  - {id: again, when: 1 day after shipment.delivered, one_of: thanks,
        if: number of shipment.delivered by the customer within 3 days >= 2,
        stop_if: return.requested by the customer, do: [{send: offer, category: sales}]}
  - {id: waits, when: answer.wait after order.delivered, if: answer.loyal = true,
        in_flight: pin, stop_if: [review.received by the customer],
        do: [{send: offer, category: review}]}
  - {id: silent, when: 36 hours without shipment.scanned since shipment.shipped,
        do: [{send: hello, category: delivery}]}
  - {id: missed, when: 2 days without order.placed by the customer since shipment.delivered,
        do: [{send: offer, category: sales}]}
  - {id: unhappy, when: review.received, if: review.stars <= 2,
        do: [{suppress: [sales, review], across: customer, until: [support.case_solved,
        return.cancelled by the customer], at_most: 3 days}]}
  - {id: returning, when: return.requested,
        do: [{suppress: [review], until: return.cancelled, at_most: 3 days},
        {emit: order.picked}]}
  - {id: picked, when: order.picked, if: not (order.picked happened by the customer),
        do: [{send: hello, category: sales}]}
  - {id: promised, when: 1 day before order.promised_on, stop_if: [shipment.shipped,
        payment.failed], if: not (payment.failed happened), do: [{send: hello, category: delivery}]}
  - {id: joined, when: loyalty.joined, if: not customer.silenced contains sales,
        unless: {loyal: order.cancelled happened}, do: [{send: hello, category: sales}]}
  - {id: case, when: 1 day after support.case_opened, if: segment.sad = false,
        stop_if: [support.case_solved, order.cancelled], do: [{send: offer, category: sales}]}
  - {id: reviewed, when: 2 days after review.received, if: not (order.cancelled happened),
        stop_if: review.removed, do: [{send: hello, category: sales}]}
  - {id: weekly, when: every day at 10:00, if: number of order.placed within 5 days >= 2,
        stop_if: order.cancelled, do: [{send: offer, category: review}]}
"""

_TEMPLATE = "---\nsubject: Hello\n---\nHello.\n"


_NOTHING_COUNTED = "version: 1\nanswers: {wait: {type: days, first: [{otherwise: 2 days}]}}\n"
_PLAIN = _POLICIES.partition("caps:")[0]


def the_rules(rules: str = _RULES, **files: str) -> Ruleset:
    return read_ruleset(
        {
            "policies.yaml": _POLICIES,
            "catalog.yaml": _CATALOG,
            "answers.yaml": _ANSWERS,
            "journeys/a.yaml": rules,
            "templates/en/hello.md": _TEMPLATE,
            "templates/en/offer.md": _TEMPLATE,
        }
        | files
    )


FIRST = the_rules()
# Nothing looks for what the pinned rule of the first one does; other rules look less far.
SECOND = the_rules(
    _RULES.replace("review.received by the customer", "order.cancelled")
    .replace("number of order.placed within 5 days", "number of order.placed within 1 day")
    .replace("stop_if: return.requested by the customer, ", "")
)


class ComparingStore(MemoryStore):
    """Decides and judges on all that has happened, and compares what the part would have led to
    that is in sight.
    """

    left_out = 0

    def situation(self, journey: str, _now: datetime | None = None) -> tuple[Rulesets, Situation]:
        return super().situation(journey)

    def apply(self, situation: Situation, outcome: Outcome, now: datetime) -> OpenWork:
        self.moment = now
        rulesets, bounded = super().situation(situation.journey, now)
        self.left_out += len(situation.history) - len(bounded.history)
        assert decide(rulesets, bounded, self.naming, now) == outcome
        return super().apply(situation, outcome, now)

    def question(self, key: str, _now: datetime | None = None) -> Question:
        whole, bounded = super().question(key), super().question(key, self.moment)
        self.left_out += len(whole.history) - len(bounded.history)
        assert judge(bounded, self.moment) == judge(whole, self.moment)
        return whole


_OF_ORDERS = (
    "order.placed", "order.cancelled", "shipment.shipped", "shipment.shipped", "shipment.scanned",
    "shipment.delivered", "shipment.delivered", "shipment.lost", "shipment.returned_to_sender",
    "shipment.delivery_corrected", "return.requested", "return.cancelled", "review.received",
    "review.received", "review.removed", "support.case_opened", "support.case_solved",
)  # fmt: skip
_OF_CUSTOMERS = (
    "loyalty.joined", "payment.failed", "support.case_opened", "support.case_solved",
    "review.received", "return.requested",
)  # fmt: skip
_THINGS = {"shipment": "shipment", "return": "return", "review": "review", "support": "case"}
Told = list[tuple[float, Event]]


@st.composite
def some_events(draw: st.DrawFn) -> Told:
    """Events of several orders of one customer, each with the hour at which it becomes known."""
    told, hour = [], 0.0
    # A few types at a time: so they meet.
    of_orders = draw(st.lists(st.sampled_from(_OF_ORDERS), min_size=2, max_size=4))
    of_customers = draw(st.lists(st.sampled_from(_OF_CUSTOMERS), min_size=1, max_size=2))
    for number in range(draw(st.integers(8, 30))):
        hour += draw(st.sampled_from([0, 0.5, 5, 13, 26, 40]))
        is_of_order = draw(st.integers(0, 3)) > 0
        kind = draw(st.sampled_from(of_orders if is_of_order else of_customers))
        order = draw(st.sampled_from(["A1", "A2", "A3"])) if is_of_order else None
        at = NOON + timedelta(hours=hour - draw(st.sampled_from([0, 0, 0, 1, 30, 100])))
        thing = _THINGS.get(kind.partition(".")[0])
        things = {thing: f"{order}{draw(st.sampled_from('112'))}"} if thing else {}
        stated: dict[str, dict[str, Any]] = {
            "order.placed": {
                "customer.email": "c1@example.com",
                "order.promised_on": (at + timedelta(days=2)).date().isoformat(),
            },
            "review.received": {"review.stars": draw(st.integers(1, 5))},
            "shipment.delivery_corrected": draw(
                st.sampled_from(
                    [{}, {"shipment.delivered_at": (at - timedelta(hours=20)).isoformat()}]
                )
            ),
        }
        named = {"order": order, "things": things, "data": stated.get(kind, {})}
        told.append((hour, an_event(kind, number, at, customer="C1", **named)))
    return told


def played(
    told: Told, second: Ruleset | None = None, first: Ruleset | None = None
) -> ComparingStore:
    store = ComparingStore(first or FIRST, NAMING, frozenset({"email"}))
    simulator = Simulator(store)
    begin = an_event("order.placed", "first", NOON, order="A0", customer="C1",
                     data={"customer.email": "c1@example.com"})  # fmt: skip
    for number, (hour, event) in enumerate([(0.0, begin), *told]):
        now = NOON + timedelta(hours=hour)
        simulator.pass_time(now)
        if second is not None and number == len(told) // 2:
            store.publish(second, "me", "less", now)
        simulator.accept([event], now)
    simulator.pass_time(simulator.now + timedelta(days=20), including=True)
    return store


def of(order: str | None, kind: str, hour: float, /, told: float = 0, **named: Any) -> Any:
    """An event of an order of the same customer at an hour, which becomes known so much later."""
    thing = _THINGS.get(kind.partition(".")[0])
    things = {thing: f"{order}1"} if thing else {}
    at = NOON + timedelta(hours=hour)
    event = an_event(
        kind, f"{hour} {kind}", at, order=order, customer="C1", things=things, data=named
    )
    return hour + told, event


_SILENCING = """  - {id: unhappy, when: review.received, if: review.stars <= 2,
        do: [{suppress: [sales], across: customer, until: support.case_solved, at_most: 9 days}]}
"""


def saying(rule: str, silencing: str = _SILENCING, **files: str) -> Ruleset:
    """A rule whose only rule it is beside one that silences."""
    body = f"version: 1\nrules:\n  - {{id: a, {rule}, do: [{{send: hello, category: sales}}]}}\n"
    plain = {"policies.yaml": _PLAIN, "answers.yaml": _NOTHING_COUNTED}
    return the_rules(body + silencing, **plain | files)


def heard(rule: str, *told: Any, second: Ruleset | None = None) -> list[str]:
    """Which orders a rule writes to."""
    store = played(sorted(told, key=lambda one: one[0]), second, saying(rule))
    sent = (one.firing.order for one in store.effects.values() if one.state == "sent")
    return sorted(one or "" for one in sent)


@pytest.mark.parametrize(
    ("rule", "told", "sent"),
    [
        ("when: shipment.lost, if: order.cancelled happened by the customer within 10 hours",
         [of("A2", "order.cancelled", 38), of("A1", "shipment.lost", 48)], ["A1"]),
        ("when: shipment.lost, if: order.cancelled happened by the customer within 10 hours",
         [of("A2", "order.cancelled", 37.99), of("A1", "shipment.lost", 48)], []),
        ("when: shipment.lost, if: order.cancelled happened by the customer within 3 days",
         [of("A2", "order.cancelled", 24), of("A1", "shipment.lost", 96)], ["A1"]),
        ("when: shipment.lost, if: order.cancelled happened within 10 hours",
         [of("A2", "order.cancelled", 38), of("A1", "shipment.lost", 48)], []),
        ("when: shipment.lost, if: order.cancelled happened by the customer",
         [of("A2", "order.cancelled", 1), of("A1", "shipment.lost", 400)], ["A1"]),
        ("when: shipment.lost, if: shipment.delivered happened by the customer within 20 hours",
         [of("A2", "shipment.delivered", 38), of("A1", "shipment.lost", 48)], ["A1"]),
        ("when: shipment.lost, if: shipment.delivered happened by the customer within 20 hours",
         [of("A2", "shipment.delivered", 38), of("A2", "shipment.delivery_corrected", 43),
          of("A1", "shipment.lost", 48)], []),
        ("when: shipment.lost, if: payment.failed happened",
         [of(None, "payment.failed", 1), of("A1", "shipment.lost", 48)], ["A1"]),
        ("when: 20 hours after shipment.lost, stop_if: order.cancelled by the customer",
         [of("A1", "shipment.lost", 48), of("A2", "order.cancelled", 48)], []),
        ("when: 20 hours after shipment.lost, stop_if: order.cancelled by the customer",
         [of("A1", "shipment.lost", 48), of("A2", "order.cancelled", 47.99)], ["A1"]),
        ("when: 20 hours after shipment.lost, stop_if: loyalty.joined",
         [of("A1", "shipment.lost", 48, told=15), of(None, "loyalty.joined", 49)], []),
        ("when: 20 hours after shipment.lost, stop_if: loyalty.joined",
         [of("A1", "shipment.lost", 48), of("A1", "shipment.lost", 68, told=1),
          of(None, "loyalty.joined", 49)], []),
        ("when: 20 hours without loyalty.joined since shipment.shipped",
         [of("A1", "shipment.shipped", 10, told=19), of(None, "loyalty.joined", 15)], ["A1"]),
        ("when: shipment.lost", [of("A2", "review.received", 10, **{"review.stars": 1}),
         of("A1", "shipment.lost", 48)], []),
        ("when: shipment.lost", [of("A2", "review.received", 10, **{"review.stars": 1}),
         of(None, "support.case_solved", 10), of("A1", "shipment.lost", 48)], ["A1"]),
        ("when: shipment.lost", [of("A2", "review.received", 10, **{"review.stars": 1}),
         of("A2", "support.case_solved", 12), of("A1", "shipment.lost", 48)], ["A1"]),
        ("when: shipment.lost", [of("A2", "review.received", 10, **{"review.stars": 1}),
         of("A2", "support.case_solved", 9.99), of("A1", "shipment.lost", 48)], []),
    ],
)  # fmt: skip
def test_the_last_event_that_counts_is_in_sight_and_the_one_before_it_changes_nothing(
    rule: str, told: list[Any], sent: list[str]
) -> None:
    assert heard(rule, *told) == sent


@pytest.mark.parametrize(
    "silencing", ["", _SILENCING.replace("support.case_solved", "order.cancelled")]
)
@pytest.mark.parametrize("condition", ["", "if: not customer.silenced contains sales, "])
def test_a_silence_that_ended_stays_so_when_its_rule_is_edited(
    silencing: str, condition: str
) -> None:
    told = [of("A2", "review.received", 10, **{"review.stars": 1}),
        of("A2", "support.case_solved", 12), of("A2", "order.changed", 13),
        of("A1", "shipment.lost", 48)]  # fmt: skip
    edited = saying(f"when: shipment.lost, {condition}stop_if: support.case_solved", silencing)

    assert heard("when: shipment.lost", *told, second=edited) == ["A1"]


def test_a_segment_that_is_passed_on_looks_as_far_as_one_in_a_condition() -> None:
    catalog = "version: 1\nsegments: {sad: return.requested happened within 4 days}\n"
    # An event of an order starts its clock again, so it is asked in an order's journey too.
    wide = """  - {id: b, when: 2 days without order.placed since loyalty.joined,
        do: [{call: note, with: {sad: segment.sad}}]}
"""
    rules = saying("when: shipment.lost", wide, **{"catalog.yaml": catalog})

    assert rules.lookbacks.from_order.of_others["return.requested"].within > timedelta(days=4)


JOURNEY = NAMING.journey(subject_id("order", SHOP, "A1"))


def test_a_revision_that_moves_what_waits_looks_back_too() -> None:
    first = saying("when: 9 days without loyalty.joined since shipment.shipped", "")
    moving = saying("when: 12 days without payment.failed since shipment.shipped", "")
    last = saying("when: 10 days without loyalty.joined since shipment.shipped", "")
    store = ComparingStore(first, NAMING, frozenset({"email"}))
    for hour, event in [of("A1", "shipment.shipped", 0), of(None, "payment.failed", 20)]:
        store.ingest([event], NOON + timedelta(hours=hour))
        store.decide(JOURNEY, NOON + timedelta(hours=hour), deciding(NOON + timedelta(hours=hour)))
    now = NOON + timedelta(hours=30)
    store.publish(moving, now=now, moves_waits=True)
    store.publish(last, now=now)
    store.decide(JOURNEY, now, deciding(now))

    assert "payment.failed" not in last.watched
    (wait,) = store.waits[JOURNEY].values()
    assert wait.due_at == NOON + timedelta(hours=20, days=12)


def test_what_is_imported_as_history_makes_nothing_look_back() -> None:
    store = ComparingStore(saying("when: 1 day after order.placed"), NAMING, frozenset({"email"}))
    store.ingest([an_event("order.placed", customer="C1")], NOON)
    store.decide(JOURNEY, NOON, deciding(NOON))
    old = an_event("order.changed", "old", NOON - timedelta(days=900), customer="C1")
    store.ingest([changed(old, origin=Origin(is_history=True))], NOON)

    assert begun(*store.situation(JOURNEY)) == NOON


def test_what_happened_to_another_thing_makes_nothing_look_back() -> None:
    rules = saying("when: subscription.started, if: customer.tier = gold")
    store = ComparingStore(rules, NAMING, frozenset({"email"}))
    journey = NAMING.journey(subject_id("customer", SHOP, "C1"))
    for number, days in ((1, 900), (2, 0)):
        store.ingest(
            [
                an_event(
                    "subscription.started",
                    number,
                    NOON - timedelta(days=days),
                    order=None,
                    customer="C1",
                    things={"subscription": f"S{number}"},
                )
            ],
            NOON,
        )
        since = begun(*store.situation(journey))
        store.decide(journey, NOON, deciding(NOON))

    assert since == NOON - MOMENT


@settings(max_examples=60, deadline=None)
@given(some_events(), st.sampled_from([None, SECOND]))
def test_what_is_out_of_sight_changes_nothing(told: Told, second: Ruleset | None) -> None:
    assert played(told, second).left_out >= 0
