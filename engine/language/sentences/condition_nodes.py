"""Where a rule file has a condition: a sentence, a list of them, `any_of` and its kin, or raw
JsonLogic.
"""

from collections.abc import Callable, Iterable

from engine.conditions import Scope, Written, compile_condition
from engine.conditions.condition import Condition, Position
from engine.conditions.operators.references import named_like
from engine.conditions.problems import Problems
from engine.conditions.shape import KNOWN
from engine.language.nodes import Node
from engine.language.sentences.parser import Fault, SentencePart, parse_condition

OperandPath = tuple[int, ...]


def read_conditions(node: Node | None, scope: Scope, problems: Problems) -> tuple[Condition, ...]:
    """The conditions of an `if`, all of which must hold; those with mistakes are left out."""
    if node is None:
        return ()
    if not node.items:
        problems.add("J05", node, "a condition is missing here")
    written = [
        found
        for item in node.items
        if (found := written_condition(item, scope, problems)) is not None
    ]
    return tuple(c for w in written if (c := compile_condition(w, scope, problems)) is not None)


def written_condition(node: Node, scope: Scope, problems: Problems) -> Written | None:
    """The JsonLogic of one condition; None after a problem."""
    if isinstance(node.value, list):
        return _grouped("and", node, scope, problems)
    if isinstance(node.value, dict):
        return _mapped(node, scope, problems)
    if node.value is None:
        problems.add("J05", node, "a condition is missing here")
        return None
    return _sentence(node, scope, problems)


def _sentence(node: Node, scope: Scope, problems: Problems) -> Written | None:
    part = parse_condition(node.text)
    if isinstance(part, Fault):
        report(part, node, problems)
        return None
    for fault in part.faults:
        meant = named_like(fault.word, scope.names) if fault.word else None
        report(fault, node, problems, f", did you mean {meant}?" if meant else "")
    return None if part.faults else _placed(part, node)


def _placed(part: SentencePart, node: Node) -> Written:
    places = {path: node.within(offset) for path, offset in part.places.items()}
    return Written(part.logic, node.within(part.offset), places, node.text.strip())


def report(fault: Fault, node: Node, problems: Problems, more: str = "") -> None:
    """A fault of a sentence as a problem at its place in the file."""
    at = node.within(fault.offset)
    problems.add(fault.code, at, f"{fault.message}{more}{_cut_off(fault, node)}")


def _cut_off(fault: Fault, node: Node) -> str:
    if "write `" in fault.message:
        return ""
    stopped = fault.offset >= len(node.text.rstrip()) and not node.source.startswith(('"', "'"))
    return (
        "; if YAML cut it at a # or a comma, put the sentence in quotes"
        if stopped and fault.code == "J05"
        else ""
    )


def _mapped(node: Node, scope: Scope, problems: Problems) -> Written | None:
    if len(node.entries) == 1:
        key, inner = next(iter(node.entries.items()))
        if (group := _GROUPS.get(key)) is not None:
            return group(inner, scope, problems)
    return Written(node.plain, node.position, dict(_raw_places(node, ())))


def _raw_places(node: Node, path: OperandPath) -> Iterable[tuple[OperandPath, Position]]:
    """The place of every operand of raw JsonLogic; an operand without a list around it is the
    first.
    """
    if path:
        yield path, node.position
    inner = (
        node.value
        if isinstance(node.value, list)
        else [o for e in node.entries.values() for o in e.items]
    )
    for index, operand in enumerate(inner):
        yield from _raw_places(operand, (*path, index))


def _grouped(operator: str, node: Node, scope: Scope, problems: Problems) -> Written | None:
    if not node.items:
        problems.add("J05", node, "a condition is missing here")
        return None
    parts = [written_condition(item, scope, problems) for item in node.items]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else _joined(operator, node, whole)


def _joined(operator: str, node: Node, parts: list[Written]) -> Written:
    places: dict[OperandPath, Position] = {}
    for index, part in enumerate(parts):
        places |= {(index,): part.position} | {
            (index, *path): at for path, at in part.places.items()
        }
    return Written({operator: [part.logic for part in parts]}, node.position, places)


def _none_of(node: Node, scope: Scope, problems: Problems) -> Written | None:
    inner = _grouped("or", node, scope, problems)
    if inner is None:
        return None
    return _joined_bare("!", node, inner)


def _joined_bare(operator: str, node: Node, part: Written) -> Written:
    joined = _joined(operator, node, [part])
    return Written({operator: part.logic}, joined.position, joined.places)


_GROUPS: dict[str, Callable[[Node, Scope, Problems], Written | None]] = {
    "all_of": lambda node, scope, problems: _grouped("and", node, scope, problems),
    "any_of": lambda node, scope, problems: _grouped("or", node, scope, problems),
    "none_of": _none_of,
}
# What a mapping with one key is a condition by.
OPERATORS = frozenset({*_GROUPS, *KNOWN})
