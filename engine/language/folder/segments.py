"""Segments of catalog.yaml, read as `segment.NAME`, and the circles that answers and segments may
run in.
"""

from collections.abc import Iterable, Mapping

from engine.conditions.condition import Condition, Position
from engine.conditions.problems import Problems
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.plain_values import is_name, no_name
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.ruleset import Answer

Segments = Mapping[str, tuple[Condition, ...]]


def segment_nodes(node: Node | None, problems: Problems) -> dict[str, Node]:
    """The segments of the file by name."""
    told = node.entries.get("segments") if node else None
    if told is None:
        return {}
    if not isinstance(told.value, dict):
        problems.add("J09", told, "segments is a mapping from name to conditions")
    for name, at in told.keys.items():
        if not is_name(name, problems):
            problems.add("J05", at, no_name(name))
    return {name: item for name, item in told.entries.items() if is_name(name, problems)}


def read_segments(nodes: Mapping[str, Node], known: Known) -> Segments:
    """The conditions of each segment, all of which must hold of a customer."""
    scope = known.scope("customer")
    return {name: read_conditions(item, scope, known.problems) for name, item in nodes.items()}


def check_circles(answers: Mapping[str, Answer], segments: Segments, known: Known) -> None:
    """That no answer or segment reads itself, through whatever others."""
    reads: dict[str, frozenset[str]] = {}
    places: dict[str, Position] = {}
    for name, answer in answers.items():
        lines = (
            condition for line in (*answer.first, *answer.plus) for condition in line.conditions
        )
        reads[f"answer.{name}"] = _read_by(lines) | (
            {_whole(answer.starts)} if answer.starts else frozenset()
        )
        places[f"answer.{name}"] = answer.position
    for name, conditions in segments.items():
        reads[f"segment.{name}"] = _read_by(conditions)
        places.update({f"segment.{name}": condition.position for condition in conditions[:1]})
    for name in sorted(places):
        if (path := _circle(name, reads)) and name == min(path):
            known.problems.add("J17", places[name], f"a circle: {' reads '.join([*path, name])}")


def _read_by(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset(_whole(name) for condition in conditions for name in condition.reads)


def _whole(name: str) -> str:
    """The answer that `answer.return_window.open` is a part of."""
    return ".".join(name.split(".")[:2])


def _circle(start: str, reads: Mapping[str, frozenset[str]]) -> list[str]:
    """The shortest way from a name back to itself; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for name in sorted(reads.get(way[-1], ())):
            if name == start:
                return way
            if name in reads and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
