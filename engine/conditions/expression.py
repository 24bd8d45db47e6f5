"""The base of every operator: arity, place, type check and the closure it compiles to.

python-jsonlogic parses JsonLogic into a tree of these through its registry, and its type check
walks them. Its own interpreter is not used: it has no unknown value and costs ten times as much.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from jsonlogic.core import Operator
from jsonlogic.evaluation import EvaluationContext
from jsonlogic.json_schema.types import AnyType, ArrayType, BooleanType, JSONSchemaType
from jsonlogic.registry import OperatorRegistry
from jsonlogic.resolving import ParsedReference, resolve_json_schema
from jsonlogic.typechecking import TypecheckContext, get_type
from jsonlogic.typing import OperatorArgument

from engine.conditions.say import say
from engine.conditions.scope import Scope
from engine.conditions.types import type_name

REGISTRY = OperatorRegistry()
# The operands on the way from the root of a condition, counted from 0.
LogicPath = tuple[int, ...]


class Facts(Protocol):
    """Facts by name as conditions read them: typed, None for unknown, never an exception."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of the fact."""


Read = Callable[[Facts], Any]
FactTest = Callable[[Facts], bool | None]


class Check(TypecheckContext):
    """A type check: names with a dot are facts, names without one belong to the element of the list
    at hand.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.schema)
        self.scope = scope
        self.found: list[tuple[LogicPath, str, str]] = []

    def resolve_variable(self, reference: str) -> dict[str, Any]:
        """The schema of a fact; a dotted name is one name, not a path."""
        schema = self.scope.schema if "." in reference else self.current_schema
        return resolve_json_schema(ParsedReference(reference, [reference]), schema)

    def report(self, code: str, path: LogicPath, message: str) -> None:
        """A mistake at the place of an operand."""
        self.found.append((path, code, message))


@dataclass
class Expression(Operator):
    """An operator with its operands and its place in the condition."""

    arguments: list[OperatorArgument]
    path: LogicPath = field(default=(), kw_only=True)
    least: ClassVar[int] = 2
    most: ClassVar[int | None] = 2
    # Whether it is true or false by itself, so that it may stand where a condition is wanted but
    # not as a value.
    is_condition: ClassVar[bool] = False

    @classmethod
    def from_expression(cls, operator: str, arguments: list[OperatorArgument]) -> Self:
        """The operator; that it has the right number of operands was checked with its form."""
        return cls(operator, arguments)

    def evaluate(self, context: EvaluationContext) -> Any:
        """Only compiled conditions are asked."""
        raise NotImplementedError

    def check(self, context: Check) -> JSONSchemaType:
        """The type of the result; mistakes are reported."""
        raise NotImplementedError

    def typecheck(self, context: TypecheckContext) -> JSONSchemaType:
        """The type check as the library calls it."""
        assert isinstance(context, Check)
        return self.check(context)

    def compiled(self, scope: Scope) -> Read:
        """The closure that gives the result for some facts."""
        raise NotImplementedError

    def place(self, index: int) -> LogicPath:
        """Where an operand stands."""
        return (*self.path, index)

    def value_type(self, index: int, context: Check) -> JSONSchemaType:
        """The type of an operand that must be a value, not a condition of its own."""
        argument = self.arguments[index]
        if isinstance(argument, Expression) and argument.is_condition:
            context.report(
                "J09",
                self.place(index),
                f"{spoken(argument)} is a condition; a value is wanted here",
            )
        if argument is None:
            context.report(
                "J09", self.place(index), "nothing is not a value; write `is known` or `is unknown`"
            )
        if isinstance(argument, list):
            context.report(
                "J09",
                self.place(index),
                "a list is not a value; ask it with `contains` or `any … where`",
            )
            return AnyType()
        return kind_of(argument, context)

    def condition(self, index: int, context: Check) -> None:
        """Check that an operand is a condition."""
        argument = self.arguments[index]
        kind = kind_of(argument, context)
        if not isinstance(kind, BooleanType) and type_name(kind) != "a value":
            what = "not a condition; compare it with something"
            context.report(
                "J09", self.place(index), f"{spoken(argument)} is {type_name(kind)}, {what}"
            )


def kind_of(argument: OperatorArgument, context: Check) -> JSONSchemaType:
    """The type of an operand; nothing is in doubt, so that it is told once, and a list is never
    looked into.
    """
    if argument is None:
        return AnyType()
    return ArrayType(AnyType()) if isinstance(argument, list) else get_type(argument, context)


def spoken(argument: OperatorArgument) -> str:
    """An operand as a person would write it."""
    return say(as_logic(argument))


def as_logic(argument: OperatorArgument) -> Any:
    """An operand as JsonLogic again."""
    if isinstance(argument, Expression):
        return {argument.operator: [as_logic(inner) for inner in argument.arguments]}
    if isinstance(argument, list):
        return [as_logic(inner) for inner in argument]
    return argument


def placed(argument: OperatorArgument, path: LogicPath) -> None:
    """Tell every operator of a tree where it stands."""
    if isinstance(argument, Expression):
        argument.path = path
        for index, inner in enumerate(argument.arguments):
            placed(inner, (*path, index))
    elif isinstance(argument, list):
        for index, inner in enumerate(argument):
            placed(inner, (*path, index))


def reader(argument: OperatorArgument, scope: Scope) -> Read:
    """The closure of an operand."""
    if isinstance(argument, Expression):
        return argument.compiled(scope)
    return lambda _: argument


def tester(argument: OperatorArgument, scope: Scope) -> FactTest:
    """The closure of an operand that is a condition: anything but true and false is unknown."""
    read = reader(argument, scope)
    if isinstance(argument, Expression) and argument.is_condition:
        return read

    def test(facts: Facts) -> bool | None:
        value = read(facts)
        return value if value is True or value is False else None

    return test
