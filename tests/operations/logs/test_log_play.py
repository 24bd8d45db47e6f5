from dataclasses import replace
from datetime import timedelta

from engine.backtests.simulation import Simulation
from engine.facts.events import Event
from operations.logs.event_log import LogLine
from operations.logs.log_play import LogPlay
from tests.operations.providers import a_provider_of
from tests.store.shop import NOON, an_event, the_rules

CALLED = {"customer.phone": "+33612345678"}


def messages(*events: Event) -> object:
    simulation = Simulation(the_rules("send: hello", "send: hello, by: [sms]"))
    play = LogPlay(simulation.ruleset, simulation.hands, simulation.tally.decided)
    for event in events:
        simulation.note_event(event)
        play.play_event(event, LogLine("log:1", {}))
    play.end()
    return simulation.to_json()["messages"]


def story() -> list[Event]:
    placed = an_event("order.placed", "placed", customer="C1", data=CALLED)
    shipped = an_event("shipment.shipped", at=NOON + timedelta(days=1), things={"shipment": "P1"})
    return [placed, replace(shipped, customer="C1")]


def test_nobody_carries_text_messages_here() -> None:
    assert messages(*story()) == {}


def test_a_provider_of_the_shops_own_counts_in_a_simulation_as_in_the_worker() -> None:
    with a_provider_of("sms"):
        assert messages(*story()) == {"delivery": 1}
