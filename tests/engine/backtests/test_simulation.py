from datetime import timedelta
from typing import Any

from engine.backtests.simulation import Simulation
from engine.simulation.simulator import Simulator
from store.memory.streamed_log import StreamingStore
from tests.store.shop import NAMING, NOON, an_event, placed, the_rules

DAY = timedelta(days=1)


def simulated(*events: Any) -> dict[str, Any]:
    """The report of a shop whose rules are `tests.store.shop`'s."""
    simulation = Simulation(the_rules())
    store = StreamingStore(
        simulation.ruleset, NAMING, frozenset({"email"}), simulation.tally.decided
    )
    simulator = Simulator(store, simulation.hands)
    for event in events:
        simulation.note_event(event)
        simulator.play([event])
    simulator.pass_time(NOON + 90 * DAY)
    return simulation.to_json()


def test_messages_are_counted_by_category_and_day() -> None:
    report = simulated(
        placed(), an_event("shipment.shipped", at=NOON + DAY, things={"shipment": "P1"})
    )

    assert report["messages"] == {"delivery": 1}
    assert report["messages_per_customer_and_day"] == {"1": 1}
    assert (report["from"], report["to"]) == (
        "2026-03-02T12:00:00.000000Z",
        "2026-03-03T12:00:00.000000Z",
    )


def test_what_was_never_sent_is_no_message() -> None:
    report = simulated(placed("A1", None), an_event("order.delivered", 2, at=NOON + DAY))

    assert report["messages"] == {}
    assert report["rules"]["review"]["fired"] == 1


def test_a_log_without_events_is_an_empty_report() -> None:
    report = Simulation(the_rules()).to_json()

    assert (report["events"], report["from"], report["messages"]) == (0, None, {})
    assert report["wrong_review_requests"] == {"before_delivery": 0, "never_delivered": 0}
