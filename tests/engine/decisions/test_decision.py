import json
from dataclasses import replace
from typing import Any

from engine.decisions.decision import WaitMove
from engine.decisions.effects import COUNTED, OPEN
from engine.decisions.firing import Firing
from tests.engine.builders import DAY, NOON, a_firing, a_silence, a_situation, an_effect, shipped


def test_a_firing_survives_its_way_through_json() -> None:
    firing = a_firing(data={"payment.reason": "expired"})

    assert Firing.from_json(json.loads(json.dumps(firing.to_json()))) == firing


def test_the_holder_of_a_key_is_journey_and_occurrence() -> None:
    assert a_firing().holder == "order:shop/A1/shipment:P1"


def test_an_effect_changes_by_a_copy() -> None:
    effect = an_effect()

    assert effect.now(state="sent", settled_at=NOON).state == "sent"
    assert effect.state == "wanted"


def test_what_counts_under_a_cap_is_sent_about_to_be_or_perhaps_sent() -> None:
    assert {"claimed", "leaving", "sent", "uncertain"} == COUNTED
    assert {"wanted", "claimed", "leaving"} == OPEN


def test_two_rows_of_the_same_silence_are_equal() -> None:
    assert a_silence(about=("review", "R1")) == a_silence()


def _moves_to_follow(*days: float, **changes: Any) -> list[int]:
    """The numbers of the activations on these days that a journey has to follow."""
    moves = tuple(
        WaitMove(number, f"r{number}", NOON + DAY * day) for number, day in enumerate(days, 1)
    )
    situation = a_situation(**{"events": (), **changes})
    own = replace(situation.own, revision=changes.pop("revision", "r0"), moves=moves)
    return [one.number for one in replace(situation, own=own).moves_to_follow]


WAITS = a_firing(due_at=NOON + 9 * DAY)


def test_a_journey_follows_what_may_move_its_waits_and_whatever_came_after() -> None:
    assert _moves_to_follow(-1, 1, 20, waiting=(WAITS,)) == [2, 3]
    assert _moves_to_follow(-1, 9, waiting=(WAITS,)) == []


def test_a_journey_in_which_nothing_waits_follows_nothing() -> None:
    assert _moves_to_follow(1, 2) == []
    assert _moves_to_follow(1, waiting=(WAITS.now(redecided=1),)) == []
    assert _moves_to_follow(1, waiting=(WAITS,), more=True) == []


def test_what_an_event_begins_that_was_known_before_is_moved_too() -> None:
    unread = a_situation(shipped()).events

    assert _moves_to_follow(1, events=unread) == [1]
    assert _moves_to_follow(-1, events=unread) == []
