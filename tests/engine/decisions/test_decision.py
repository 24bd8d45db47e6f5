import json

from engine.decisions.effects import COUNTED, OPEN
from engine.decisions.firing import Firing
from tests.engine.builders import NOON, a_firing, a_silence, an_effect


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
