"""The virtual clock: what happens in which order, and that nothing due is passed over or seen to
twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.effects import Effect
from engine.facts.events import Event
from engine.facts.perks import uses_left
from engine.rules.policies import Cap
from engine.rules.rule import After, Argument, Emit, Grant, OncePer, Put, Rule
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore
from tests.engine.builders import (
    DAY,
    HOUR,
    NAMING,
    NIGHT,
    NOON,
    PLACE,
    a_policy,
    a_rule,
    a_ruleset,
    a_send,
    an_event,
    delivered,
    placed,
    shipped,
    told,
)

ANA = told(NOON - DAY, email="ana@example.com")
LATER = After(parse_duration("2 days"), "shipment.shipped")
TEMPLATES = {name: {"en": frozenset({"email"})} for name in ("hello", "other", "gold")}


def a_simulator(*rules: Rule, **policy: Any) -> Simulator:
    ruleset = a_ruleset(*rules, policies=a_policy(**policy), templates=TEMPLATES)
    return Simulator(MemoryStore(ruleset, NAMING))


def revive(simulator: Simulator, address: str, now: datetime) -> None:
    assert isinstance(simulator.store, MemoryStore)
    simulator.store.revive(address, now)


def played(
    simulator: Simulator, *events: Event, until: datetime | None = NOON + 30 * DAY
) -> list[tuple[str, Any]]:
    """What was sent, and how long after noon."""
    simulator.play([ANA, *events], until)
    return sent(simulator)


def sent(simulator: Simulator) -> list[tuple[str, Any]]:
    rows: Sequence[Effect] = [
        row for row in simulator.store.effects.values() if row.state in ("sent", "done")
    ]
    return sorted((row.name, row.settled_at - NOON) for row in rows if row.settled_at)


def test_an_event_is_answered_at_the_time_it_occurred() -> None:
    assert played(a_simulator(a_rule()), shipped(NOON + HOUR)) == [("hello", HOUR)]


def test_a_message_waits_for_the_address_of_its_customer() -> None:
    simulator = a_simulator(a_rule())
    simulator.play([shipped(), told(NOON + 2 * HOUR, email="ana@example.com")], NOON + DAY)

    assert sent(simulator) == [("hello", 2 * HOUR)]


def test_a_message_for_which_no_address_comes_ends_when_it_is_worth_no_more() -> None:
    simulator = a_simulator(a_rule())
    simulator.play([shipped(), told(NOON + HOUR, email="nobody")], NOON + 7 * DAY)

    (row,) = simulator.store.effects.values()
    assert (row.state, row.reason, row.settled_at) == ("dropped", "no_channel", NOON + 7 * DAY)


def test_a_message_waits_for_the_address_of_whoever_the_order_belongs_to_by_then() -> None:
    simulator = a_simulator(a_rule())
    address = {"customer.email": "ben@example.com"}
    simulator.play([an_event("customer.updated", order=None, customer="C2", data=address)])
    simulator.play([shipped()], NOON)
    assert sent(simulator) == []

    simulator.play([an_event("order.changed", NOON + HOUR, customer="C2")], NOON + DAY)
    assert sent(simulator) == [("hello", HOUR)]


NAMES_ANA = an_event("order.changed", NOON + 2 * HOUR)
A_PERK = Grant("wrapping", parse_duration("30 days"), 2, PLACE)
NAMELESS = an_event("order.placed", customer=None)


def what_became_of(simulator: Simulator) -> list[tuple[str, str, Any]]:
    return sorted((one.name, one.state, one.reason) for one in simulator.store.effects.values())


def test_a_perk_waits_until_it_is_known_whose_order_it_is() -> None:
    simulator = a_simulator(a_rule("gift", "order.placed", A_PERK))
    simulator.play([NAMELESS], NOON + HOUR)
    assert what_became_of(simulator) == [("perk.granted", "held", "unknown_customer")]

    simulator.play([NAMES_ANA], NOON + 3 * HOUR)
    assert what_became_of(simulator) == [("perk.granted", "done", None)]
    assert isinstance(simulator.store, MemoryStore)
    state = simulator.store.log.facts("customer:shop/C1")
    assert uses_left(state, "wrapping") == 2


def test_a_perk_of_an_order_that_stays_nobodys_expires() -> None:
    simulator = a_simulator(a_rule("gift", "order.placed", A_PERK))
    simulator.play([NAMELESS], NOON + 8 * DAY)

    assert what_became_of(simulator) == [("perk.granted", "dropped", "expired")]


def test_what_a_rule_sets_of_a_customer_waits_for_them_and_reads_what_is_known_by_then() -> None:
    fact = {"customer.tier": Argument(name="customer.locale")}
    simulator = a_simulator(a_rule("mark", "order.placed", Put(fact, None, PLACE)))
    simulator.play([told(locale="en"), NAMELESS], NOON + HOUR)
    assert what_became_of(simulator) == [("customer.facts_set", "held", "unknown_customer")]

    simulator.play([NAMES_ANA], NOON + 3 * HOUR)
    (effect,) = simulator.store.effects.values()
    assert (effect.state, effect.arguments) == ("done", {"customer.tier": "en"})


def test_an_event_that_cannot_be_taken_in_has_failed() -> None:
    lost = a_rule("lost", "order.placed", Emit("no.such_event", {}, PLACE))
    simulator = a_simulator(lost)
    simulator.play([placed()], NOON + HOUR)

    assert [(state, reason) for _, state, reason in what_became_of(simulator)] == [
        ("failed", "error")
    ]


def test_three_messages_that_come_back_within_a_week_are_enough() -> None:
    late = a_rule("late", trigger=LATER)
    for count, answer in ((2, [("hello", 2 * DAY)]), (3, [])):
        backs = [
            an_event("message.soft_bounced", NOON + one * HOUR, order=None) for one in range(count)
        ]
        assert played(a_simulator(late), shipped(), *backs) == answer


def test_an_address_that_a_person_revived_is_written_to_again() -> None:
    simulator = a_simulator(a_rule("late", trigger=LATER))
    simulator.play([ANA, shipped(), an_event("message.bounced", NOON, order=None)], NOON + DAY)
    revive(simulator, "Ana@example.com", NOON + DAY)
    simulator.pass_time(NOON + 3 * DAY)

    assert sent(simulator) == [("hello", 2 * DAY)]


def test_what_no_rule_listens_to_leads_to_nothing() -> None:
    assert played(a_simulator(a_rule()), delivered()) == []


def test_a_wait_rings_at_its_time_though_nothing_else_happens() -> None:
    assert played(a_simulator(a_rule(trigger=LATER)), shipped()) == [("hello", 2 * DAY)]


def test_what_is_due_between_two_events_comes_between_them() -> None:
    simulator = a_simulator(
        a_rule("late", trigger=LATER), a_rule("now", "shipment.delivered", a_send("other"))
    )
    simulator.play([ANA, shipped(), delivered(NOON + 3 * DAY)])

    assert [row.settled_at for row in simulator.store.effects.values()] == [
        NOON + 2 * DAY,
        NOON + 3 * DAY,
    ]


def test_an_event_comes_before_what_is_due_at_the_same_instant() -> None:
    stopped = a_rule(trigger=LATER, stop_if=("order.cancelled",))

    assert (
        played(a_simulator(stopped), shipped(), an_event("order.cancelled", NOON + 2 * DAY)) == []
    )


def test_an_event_a_second_later_comes_too_late() -> None:
    stopped = a_rule(trigger=LATER, stop_if=("order.cancelled",))
    cancelled = an_event("order.cancelled", NOON + 2 * DAY + timedelta(seconds=1))

    assert played(a_simulator(stopped), shipped(), cancelled) == [("hello", 2 * DAY)]


def test_until_is_included_and_nothing_after_it_happens() -> None:
    assert played(a_simulator(a_rule(trigger=LATER)), shipped(), until=NOON + 2 * DAY) == [
        ("hello", 2 * DAY)
    ]
    assert played(a_simulator(a_rule(trigger=LATER)), shipped(), until=NOON + 2 * DAY - HOUR) == []


def test_without_until_the_last_event_ends_the_play() -> None:
    simulator = a_simulator(a_rule(trigger=LATER))

    assert played(simulator, shipped(), delivered(NOON + DAY), until=None) == []
    simulator.pass_time(NOON + 5 * DAY)
    assert sent(simulator) == [("hello", 2 * DAY)]


def test_time_passes_in_steps_as_in_one() -> None:
    simulator = a_simulator(a_rule(trigger=LATER), quiet_hours=NIGHT)
    simulator.play([ANA, shipped(NOON + 10 * HOUR)])
    for hour in range(30 * 24):
        simulator.pass_time(NOON + hour * HOUR)

    assert sent(simulator) == played(
        a_simulator(a_rule(trigger=LATER), quiet_hours=NIGHT), shipped(NOON + 10 * HOUR)
    )


def test_a_held_message_leaves_when_its_gate_opens() -> None:
    night = a_simulator(a_rule(), quiet_hours=NIGHT)

    assert played(night, shipped(NOON + 10 * HOUR)) == [("hello", 20 * HOUR)]


def test_what_stops_a_held_message_meanwhile_is_heeded() -> None:
    night = a_simulator(a_rule(stop_if=("order.cancelled",)), quiet_hours=NIGHT)

    assert (
        played(night, shipped(NOON + 10 * HOUR), an_event("order.cancelled", NOON + 12 * HOUR))
        == []
    )
    assert [row.state for row in night.store.effects.values()] == ["dropped"]


def test_two_waits_of_one_journey_ring_each_at_its_time() -> None:
    day = After(parse_duration("1 day"), "shipment.shipped")
    simulator = a_simulator(
        a_rule("a", trigger=LATER), a_rule("b", "shipment.shipped", a_send("other"), trigger=day)
    )

    assert played(simulator, shipped()) == [("hello", 2 * DAY), ("other", DAY)]


def test_a_wait_that_moves_rings_once_at_its_new_time() -> None:
    moving = a_rule(trigger=After(parse_duration("2 days"), "order.delivered"), about="order")
    simulator = a_simulator(moving)
    parcels = [shipped(parcel=name) for name in ("P1", "P2")]

    assert played(simulator, delivered(NOON, "P1"), *parcels, delivered(NOON + DAY, "P2")) == [
        ("hello", 3 * DAY)
    ]


def test_an_event_does_not_ring_what_waits_for_later() -> None:
    simulator = a_simulator(a_rule(trigger=LATER))
    scans = [
        an_event("shipment.scanned", NOON + hour * HOUR, things={"shipment": "P1"})
        for hour in range(40)
    ]

    assert played(simulator, shipped(), *scans) == [("hello", 2 * DAY)]
    assert len(simulator.alarms) <= 1


def test_a_journey_has_one_alarm_however_much_happens_to_it() -> None:
    simulator = a_simulator(
        a_rule("wait", trigger=LATER), a_rule("now", "shipment.in_transit", a_send("other"))
    )
    moves = [
        an_event(
            "shipment.in_transit",
            NOON + hour * HOUR,
            order=f"A{hour}",
            things={"shipment": f"P{hour}"},
        )
        for hour in range(9)
    ]
    simulator.play([ANA, shipped(), *moves])

    assert simulator.wakes["order:shop/A1"] == NOON + 2 * DAY
    assert [journey for _, journey in simulator.alarms].count("order:shop/A1") == 1


def test_the_journeys_of_one_instant_are_all_seen_to() -> None:
    orders = [
        an_event("shipment.shipped", order=f"A{number}", things={"shipment": f"P{number}"})
        for number in range(5)
    ]

    assert played(a_simulator(a_rule(trigger=LATER)), *orders) == [("hello", 2 * DAY)] * 5


def test_an_event_that_is_told_late_is_answered_when_it_is_told() -> None:
    simulator = a_simulator(a_rule())

    assert played(simulator, delivered(NOON + DAY, "P9"), shipped(NOON)) == [("hello", DAY)]


def test_an_event_that_is_told_twice_is_answered_once() -> None:
    assert played(a_simulator(a_rule()), shipped(), shipped()) == [("hello", timedelta(0))]


def test_an_event_of_the_customer_is_a_journey_of_its_own() -> None:
    rule = a_rule(
        "welcome", "loyalty.tier_changed", a_send("gold"), once_per=OncePer(("customer",))
    )
    change = an_event("loyalty.tier_changed", order=None)

    assert played(a_simulator(rule), change) == [("gold", timedelta(0))]


def test_one_customers_cap_counts_over_all_orders() -> None:
    yes = an_event("consent.given", NOON - DAY, order=None, data={"consent.category": "sales"})
    rule = a_rule("offer", "shipment.shipped", a_send(category="sales", valid_for="9 days"))
    cap = Cap(1, parse_duration("7 days"), ("sales",), valid_for=parse_duration("9 days"))
    other = an_event("shipment.shipped", NOON + DAY, order="A2", things={"shipment": "P2"})

    first, second = played(a_simulator(rule, caps=(cap,)), yes, shipped(), other)
    assert first == ("hello", timedelta(minutes=1))
    assert second[1] >= timedelta(days=7)


def test_a_perk_that_is_granted_is_an_event_other_rules_hear() -> None:
    grant = Grant("free_return", parse_duration("30 days"), 1, PLACE)
    welcome = a_rule("welcome", "loyalty.tier_changed", grant, once_per=OncePer(("customer",)))
    spoken = a_rule("spoken", "perk.granted", a_send("gold"), once_per=OncePer(("perk",)))

    change = an_event("loyalty.tier_changed", order=None)
    found = played(a_simulator(welcome, spoken), change, until=NOON + 29 * DAY)
    assert found == [("gold", timedelta(0)), ("perk.granted", timedelta(0))]


@pytest.mark.parametrize("events", [(), (delivered(),)])
def test_where_nothing_is_to_be_said_nothing_is_left_to_ring(events: tuple[Event, ...]) -> None:
    simulator = a_simulator(a_rule())

    assert played(simulator, *events) == []
    assert (simulator.alarms, simulator.store.nudges) == ([], {})
