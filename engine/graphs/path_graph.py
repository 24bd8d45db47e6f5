"""What truly happened to one order as a graph: its events, what each rule made of them, what became
of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.graphs.graph import Graph, Shape


@dataclass(frozen=True, slots=True)
class OrderPath:
    """Everything that is kept of an order."""

    events: Sequence[Logged]
    decisions: Sequence[Decision]
    effects: Sequence[Effect]
    waiting: Sequence[Firing]


def path_graph(path: OrderPath) -> Graph:
    """The events from above to below; behind each what it led to."""
    graph, boxes = Graph(), dict[tuple[str, datetime], str]()
    last = None
    for event in sorted({(one.event.occurred_at, one.event.type) for one in path.events}):
        last = graph.box("start", [event[1], _spelled(event[0])], (last, "") if last else None)
        boxes[event[1], event[0]] = last
    for decision in _latest(path.decisions):
        cause = boxes.get((decision.event, decision.event_at), last)
        _decided(graph, decision, [one for one in path.effects if _is_of(one, decision)], cause)
    for firing in path.waiting:
        cause = boxes.get((firing.event, firing.event_at), last)
        graph.box(
            "nothing",
            [firing.rule_id, f"waits until {_spelled(firing.due_at)}"],
            (cause, "") if cause else None,
        )
    return graph


def _latest(decisions: Iterable[Decision]) -> list[Decision]:
    """The last word on each firing."""
    return list({(one.rule_id, one.occurrence): one for one in decisions if one.rule_id}.values())


def _decided(
    graph: Graph, decision: Decision, effects: Sequence[Effect], cause: str | None
) -> None:
    after = (cause, "") if cause else None
    if decision.reason is not None and not effects:
        graph.box(
            "nothing",
            [decision.rule_id, _why(decision.reason, decision.by), _spelled(decision.at)],
            after,
        )
        return
    rule = graph.box("step", [decision.rule_id, f"due {_spelled(decision.due_at)}"], after)
    for effect in effects:
        shape: Shape = "message" if effect.state in ("sent", "done") else "nothing"
        said = [
            f"{effect.kind} {effect.name}",
            effect.state + (f": {_why(effect.reason, effect.reason_by)}" if effect.reason else ""),
        ]
        when = effect.settled_at or effect.held_until
        graph.box(shape, [*said, *([_spelled(when)] if when else [])], (rule, effect.channel or ""))


def _is_of(effect: Effect, decision: Decision) -> bool:
    return (effect.firing.rule_id, effect.firing.occurrence) == (
        decision.rule_id,
        decision.occurrence,
    )


def _why(reason: str, by: str | None) -> str:
    return f"{reason} {by}" if by else str(reason)


def _spelled(at: datetime) -> str:
    return f"{at:%-d %b %Y %H:%M} UTC"
