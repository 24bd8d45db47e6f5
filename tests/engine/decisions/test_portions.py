"""What is due is asked in portions: nothing is forgotten, asked twice, or put off for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.decisions.decision import Outcome, Situation
from engine.decisions.firing import Firing
from engine.rules.ruleset import Ruleset
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_firing,
    a_policy,
    a_rule,
    a_ruleset,
    a_situation,
    an_effect,
    decided,
    placed,
    shipped,
)
from tests.engine.decisions.test_breakers import a_breaker


def parcels(number: int, **changes: Any) -> tuple[Firing, ...]:
    """The waits of so many parcels, all due now."""
    return tuple(
        a_firing(about=("shipment", f"P{n}"), occurrence=f"shipment:P{n}", **changes)
        for n in range(number)
    )


def after(situation: Situation, outcome: Outcome) -> Situation:
    """What the next decision looks at, everything that was said having been sent."""
    waits = {one.wait_id: one for one in situation.waiting}
    for gone in outcome.ended_waits:
        waits.pop(gone.wait_id)
    waits.update({one.wait_id: one for one in outcome.waits})
    once = (*situation.once, *outcome.once)
    return replace(situation, waiting=tuple(waits.values()), events=(), own=outcome.own, once=once)


def rounds(ruleset: Ruleset, situation: Situation) -> list[Outcome]:
    """Decision after decision, for as long as the next one is to follow at once."""
    found = [decided(ruleset, situation)]
    while found[-1].wake.at == NOON:
        situation = after(situation, found[-1])
        found.append(decided(ruleset, situation))
        assert len(found) < 50, "it never ends"
    return found


def test_a_decision_asks_two_hundred_and_leaves_the_rest_to_the_next_ones() -> None:
    waiting = parcels(450)

    found = rounds(a_ruleset(a_rule()), a_situation(placed(), waiting=waiting))

    assert [len(one.effects) for one in found] == [200, 200, 50]
    keys = [effect.key for one in found for effect in one.effects]
    assert len(set(keys)) == 450
    assert not any(one.wake.ended or one.wake.ends_with_these for one in found[:-1])


def test_held_messages_count_too() -> None:
    held = tuple(an_effect(firing, state="held", held_until=NOON) for firing in parcels(250))

    (first, *_) = rounds(a_ruleset(a_rule()), a_situation(placed(), shipped(), held=held[:150]))
    outcome = decided(a_ruleset(a_rule()), a_situation(placed(), shipped(), held=held))

    assert len(first.released) + len(first.dropped) == 150
    assert len(outcome.released) + len(outcome.dropped) == 200
    assert outcome.wake.at == NOON


def test_while_a_thousand_effects_are_open_nothing_more_is_begun() -> None:
    others = tuple(an_effect(firing, state="claimed") for firing in parcels(1_000))

    outcome = decided(a_ruleset(a_rule()), a_situation(placed(), waiting=parcels(3), others=others))

    assert outcome.effects == ()
    assert outcome.wake.at == NOON + timedelta(seconds=30)
    assert not outcome.wake.ended


def test_what_a_breaker_holds_takes_nobodys_turn() -> None:
    policies = a_policy(breakers=(a_breaker(tells_team=False),))
    ruleset = a_ruleset(a_rule(), policies=policies)
    waiting = parcels(450, due_at=NOON - HOUR)

    found = rounds(ruleset, a_situation(placed(express=True), waiting=waiting))

    held = [len(one.waits) for one in found]
    assert held == [200, 200, 50]
    assert not any(one.ended_waits for one in found)
    last = found[-1].wake.at
    assert last is not None
    assert NOON < last <= NOON + 2 * DAY


def test_of_an_order_with_very_many_parcels_fewer_are_asked_at_once() -> None:
    arrived = [shipped(parcel=f"P{n}") for n in range(1_000)]
    known = a_situation(placed(), *arrived)
    assert known.subjects.order is not None
    situation = a_situation(
        placed(), waiting=parcels(100), facts=known.subjects.order, subjects=known.subjects
    )

    assert len(decided(a_ruleset(a_rule()), situation).effects) == 20
