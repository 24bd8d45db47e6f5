from typing import Any

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect, EffectState, Message
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.graphs.graph import Graph
from engine.graphs.path_graph import OrderPath, path_graph
from tests.engine.builders import DAY, HOUR, NOON, a_firing, delivered, placed, shipped

FIRING = a_firing("hello", occurrence="P1")


def logged(*events: Any) -> list[Logged]:
    return [
        Logged(number, event, "r1", stale=False, known_at=event.occurred_at)
        for number, event in enumerate(events)
    ]


def a_decision(reason: Reason | None = None, by: str | None = None) -> Decision:
    return Decision(
        "order:shop/A1", "hello", "P1", "r1", NOON, "shipment.shipped", NOON, NOON, reason, by
    )


def an_effect(state: EffectState, **changes: Any) -> Effect:
    return Message("key", "welcome", FIRING).now(state=state, **changes)


def drawn(
    *decisions: Decision, effects: tuple[Effect, ...] = (), waiting: tuple[Firing, ...] = ()
) -> Graph:
    events = logged(placed(NOON - DAY), shipped(NOON), delivered(NOON + DAY))
    return path_graph(OrderPath(events, decisions, effects, waiting))


def behind(graph: Graph, text: str) -> list[str]:
    named = {box.name: box for box in graph.boxes}
    start = next(box.name for box in graph.boxes if box.lines[0] == text)
    return [" · ".join(named[arrow.end].lines) for arrow in graph.arrows if arrow.start == start]


def test_events_follow_each_other_in_their_own_time() -> None:
    graph = drawn()

    assert [box.lines[0] for box in graph.boxes] == [
        "order.placed",
        "shipment.shipped",
        "shipment.delivered",
    ]
    assert behind(graph, "order.placed") == ["shipment.shipped · 2 Mar 2026 12:00 UTC"]


def test_a_message_stands_behind_its_rule_and_that_behind_its_event() -> None:
    graph = drawn(
        a_decision(), effects=(an_effect("sent", channel="email", settled_at=NOON + HOUR),)
    )

    assert "hello · due 2 Mar 2026 12:00 UTC" in behind(graph, "shipment.shipped")
    assert behind(graph, "hello") == ["send welcome · sent · 2 Mar 2026 13:00 UTC"]


def test_a_message_that_a_gate_stopped_says_why() -> None:
    dropped = an_effect("dropped", reason=Reason.SUPPRESSED_BY, reason_by="quiet")

    assert behind(drawn(a_decision(), effects=(dropped,)), "hello") == [
        "send welcome · dropped: suppressed_by quiet"
    ]


def test_a_rule_that_kept_silent_says_why() -> None:
    found = behind(drawn(a_decision(Reason.STOPPED_BY, "order.cancelled")), "shipment.shipped")

    assert "hello · stopped_by order.cancelled · 2 Mar 2026 12:00 UTC" in found


def test_of_several_decisions_about_a_firing_the_last_counts() -> None:
    found = behind(drawn(a_decision(), a_decision(Reason.CONDITION_FALSE)), "shipment.shipped")

    assert [one.split(" · ")[1] for one in found if one.startswith("hello")] == ["condition_false"]


def test_what_waits_is_drawn_too() -> None:
    waits = behind(drawn(waiting=(FIRING,)), "shipment.shipped")

    assert "hello · waits until 2 Mar 2026 12:00 UTC" in waits


def test_a_cause_that_the_order_does_not_know_is_its_last_event() -> None:
    far = Decision(
        "customer:x", "hello", "P1", "r1", NOON, "loyalty.joined", NOON, NOON, Reason.OFF
    )

    assert behind(drawn(far), "shipment.delivered") == ["hello · off · 2 Mar 2026 12:00 UTC"]


def test_an_order_of_which_nothing_is_kept_is_an_empty_graph() -> None:
    assert path_graph(OrderPath([], [a_decision(Reason.OFF)], [], [])).arrows == []
