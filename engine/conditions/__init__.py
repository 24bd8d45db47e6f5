"""Conditions: strict JsonLogic, parsed by python-jsonlogic, checked against the catalog, compiled
to closures.

Three values: a comparison with something unknown is unknown (None), and so is whatever it leaves
undecided. Nothing is coerced and nothing is truthy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonlogic.core import JSONLogicExpression, Operator
from jsonlogic.json_schema.types import AnyType, BooleanType
from jsonlogic.typing import OperatorArgument

from engine.conditions.condition import Condition, Finding, Position
from engine.conditions.expression import (
    REGISTRY,
    Check,
    Expression,
    Facts,
    FactTest,
    LogicPath,
    as_logic,
    kind_of,
    placed,
    spoken,
    tester,
)
from engine.conditions.operators import (  # noqa: F401  # each fills the registry
    arithmetic,
    comparisons,
    history_counts,
    lists,
    logical,
)
from engine.conditions.operators.history_counts import counted_in
from engine.conditions.operators.references import Variable
from engine.conditions.problems import Problems
from engine.conditions.say import say
from engine.conditions.scope import AnswerShape, Scope
from engine.conditions.shape import LogicForm
from engine.conditions.types import type_name

__all__ = ["AnswerShape", "Scope", "Written", "compile_condition"]


@dataclass(frozen=True, slots=True)
class Written:
    """JsonLogic as it was read: where it begins, where its operands stand, and its sentence if it
    was one.
    """

    logic: Any
    position: Position
    places: Mapping[LogicPath, Position] = field(default_factory=dict)
    text: str | None = None

    def place(self, path: LogicPath) -> Position:
        """The place of an operand, or of the nearest operator around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.position)


def compile_condition(written: Written, scope: Scope, problems: Problems) -> Condition | None:
    """The condition, or None if it has mistakes, which are then among the problems (J05, J07, J08,
    J09).
    """
    form = LogicForm()
    logic = form.canonical(written.logic)
    faults = form.faults
    root: OperatorArgument = None
    if not faults:
        root = _tree(logic)
        faults = _checked(root, scope)
    for path, code, message in faults:
        problems.add(code, written.place(path), message)
    if faults:
        return None
    text = written.text if written.text is not None else say(logic)
    return Condition(
        text=text,
        logic=logic,
        holds=tester(root, scope),
        explain=_explainer(root, scope),
        reads=_names_in(root),
        position=written.position,
        counted=counted_in(root),
    )


def _tree(logic: Any) -> OperatorArgument:
    if not isinstance(logic, dict):
        return logic  # type: ignore[no-any-return]  # JSON
    root: Operator = JSONLogicExpression.from_json(logic).as_operator_tree(REGISTRY)
    placed(root, ())
    return root


def _checked(root: OperatorArgument, scope: Scope) -> list[tuple[LogicPath, str, str]]:
    if root is None:
        return [((), "J05", "a condition is missing here")]
    check = Check(scope)
    kind = kind_of(root, check)
    if not check.found and not isinstance(kind, BooleanType | AnyType):
        check.report(
            "J09",
            (),
            f"{spoken(root)} is {type_name(kind)}, not a condition; compare it with something",
        )
    return check.found


def _names_in(root: OperatorArgument) -> frozenset[str]:
    if isinstance(root, Variable) and "." in root.name:
        return frozenset({root.name}).union(*map(_names_in, root.arguments[1:]))
    inner = (
        root.arguments if isinstance(root, Expression) else root if isinstance(root, list) else ()
    )
    return frozenset().union(*map(_names_in, inner))


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    test: FactTest
    reads: tuple[str, ...]

    def finding(self, facts: Facts) -> Finding:
        return Finding(
            self.text, self.test(facts), tuple((name, facts[name]) for name in self.reads)
        )


def _explainer(root: OperatorArgument, scope: Scope) -> "_Explain":
    operands = root.arguments if isinstance(root, logical.AllOf) else [root]
    return _Explain(tuple(operands), scope)


class _Explain:
    """Judges each part of a condition by itself; the parts are compiled when they are first asked
    for.
    """

    __slots__ = ("_operands", "_parts", "_scope")

    def __init__(self, operands: tuple[OperatorArgument, ...], scope: Scope) -> None:
        self._operands, self._scope = operands, scope
        self._parts: tuple[_Part, ...] | None = None

    def __call__(self, facts: Facts) -> tuple[Finding, ...]:
        if self._parts is None:
            self._parts = tuple(self._part(operand) for operand in self._operands)
        return tuple(part.finding(facts) for part in self._parts)

    def _part(self, operand: OperatorArgument) -> _Part:
        return _Part(
            say(as_logic(operand)), tester(operand, self._scope), tuple(sorted(_names_in(operand)))
        )
