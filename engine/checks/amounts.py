"""Amounts that are not what they look like: money in a currency that the shop does not reckon in
(J50), and lengths whose unit sticks to the number (J51).
"""

import re
from collections.abc import Iterator
from typing import Any

from engine.checks.checked_folder import Checks, Folder, walk
from engine.conditions.problems import Problem
from engine.language.nodes import Node

# `48h` and `30m` are short on purpose; `2days` is a sentence in which a blank is missing.
_GLUED = re.compile(r"(?<![\w.:-])(\d+)(business days?|minutes?|hours?|days?|weeks?|months?)\b")
# Keys whose text is for people.
_PROSE = frozenset({"name", "owner", "title", "meaning"})


def check_currencies(folder: Folder) -> Checks:
    """J50: money in two currencies compares as unknown, so the condition is silent."""
    own = folder.ruleset.policies.shop.currency
    if own is None:
        return
    for condition, _ in folder.every_condition():
        used = set(_currencies(condition.logic))
        if used and own not in used:
            other = min(used)
            message = (
                f"{other} is never compared with {own}, the currency of policies.yaml: "
                f"an amount in {own} is neither more nor less"
            )
            yield Problem(condition.position, message, "J50")


def _currencies(logic: Any) -> Iterator[str]:
    match logic:
        case {"money": [_, str(currency)]}:
            yield currency
        case dict():
            for inner in logic.values():
                yield from _currencies(inner)
        case list():
            for inner in logic:
                yield from _currencies(inner)


def check_glued(folder: Folder) -> Checks:
    """J51: it is read as it is meant, but only here."""
    for root in folder.nodes.values():
        for node in walk(root):
            yield from (problem for one in _texts(node) for problem in _glued(one))


def _texts(node: Node) -> Iterator[Node]:
    listed = node.value if isinstance(node.value, list) else []
    values = [item for key, item in node.entries.items() if key not in _PROSE]
    yield from (one for one in (*listed, *values) if isinstance(one.value, str))


def _glued(node: Node) -> Checks:
    for found in _GLUED.finditer(node.text):
        message = f"write `{found[1]} {found[2]}` with a blank between the number and its unit"
        yield Problem(node.within(found.start()), message, "J51")
