"""Operators that give a value: facts, money, durations, dates, now and today."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any, ClassVar

from jsonlogic.json_schema.types import AnyType, JSONSchemaType
from jsonlogic.resolving import Unresolvable
from jsonlogic.typing import OperatorArgument

from engine.catalog.catalog import closest
from engine.catalog.values import Duration, Money, zone_of
from engine.conditions.expression import REGISTRY, Check, Expression, Facts, Read, reader, spoken
from engine.conditions.problems import unknown
from engine.conditions.scope import Scope
from engine.conditions.types import (
    Day,
    Length,
    MomentType,
    MoneyType,
    are_comparable,
    type_name,
    type_of,
)

# How alike the last parts of two names are that mean the same.
_ALIKE = 0.4
MINUTES_LENGTH = len("2026-03-05 10:00")


@REGISTRY.register("var")
class Variable(Expression):
    """A fact by its dotted name, an element's fact by its bare one; the second operand stands in
    for unknown.
    """

    least: ClassVar[int] = 1

    @property
    def name(self) -> str:
        """The name that is read."""
        return str(self.arguments[0])

    def check(self, context: Check) -> JSONSchemaType:
        """The type of the fact."""
        try:
            kind = type_of(context.resolve_variable(self.name))
        except Unresolvable:
            context.report("J07", self.path, _unknown(self.name, context))
            return AnyType()
        if "." in self.name and (why := context.scope.unavailable(self.name)):
            context.report("J08", self.path, why)
        if len(self.arguments) > 1:
            default = self.value_type(1, context)
            if not are_comparable(kind, default):
                other = f"{spoken(self.arguments[1])} is {type_name(default)}"
                message = f"{self.name} is {type_name(kind)}, {other}"
                context.report("J09", self.place(1), message)
        return kind

    def compiled(self, scope: Scope) -> Read:
        """Read the fact, or else the default."""
        name = self.name
        if len(self.arguments) == 1:
            return lambda facts: facts[name]
        default = reader(self.arguments[1], scope)
        return lambda facts: default(facts) if (value := facts[name]) is None else value


class _Constant(Expression):
    """A value that depends on no name: one type, and one way to read it."""

    kind: ClassVar[JSONSchemaType]

    def read(self) -> Read:
        """The closure that gives the value."""
        return _always(literal(self))

    def check(self, context: Check) -> JSONSchemaType:
        """The type of the value; its form was checked."""
        del context
        return self.kind

    def compiled(self, scope: Scope) -> Read:
        """The same for every scope."""
        del scope
        return self.read()


@REGISTRY.register("money")
class MoneyLiteral(_Constant):
    """`{"money": [80, "EUR"]}`"""

    kind = MoneyType()


@REGISTRY.register("duration")
class DurationLiteral(_Constant):
    """`{"duration": [2, "day"]}`"""

    kind = Length()


@REGISTRY.register("date")
class DateLiteral(_Constant):
    """`{"date": "2026-03-05"}`, or with a time of day in the customer's zone."""

    least: ClassVar[int] = 1
    most: ClassVar[int | None] = 1

    def check(self, context: Check) -> JSONSchemaType:
        """A date, or a date and time."""
        del context
        return MomentType() if len(str(self.arguments[0])) == MINUTES_LENGTH else Day()

    def read(self) -> Read:
        """A date as it is, a time of day in the zone of the facts."""
        spelled = str(self.arguments[0])
        if len(spelled) != MINUTES_LENGTH:
            return _always(literal(self))
        local = datetime.fromisoformat(spelled)
        return lambda facts: local.replace(tzinfo=zone_of(facts["zone"]))


class _Clock(_Constant):
    least: ClassVar[int] = 0
    most: ClassVar[int | None] = 0

    def read(self) -> Read:
        """Part of the facts, so that a decision can be replayed."""
        name = self.operator
        return lambda facts: facts[name]


@REGISTRY.register("now")
class NowOperator(_Clock):
    """The moment the condition is asked."""

    kind = MomentType()


@REGISTRY.register("today")
class Today(_Clock):
    """The customer's day at that moment."""

    kind = Day()


def literal(argument: OperatorArgument) -> Any:
    """The value of an operand that is always the same; None if it depends on facts."""
    match argument:
        case MoneyLiteral(arguments=[amount, currency]):
            return Money.of(Decimal(str(amount)), str(currency))
        case DurationLiteral(arguments=[amount, unit]):
            return Duration(Decimal(str(amount)), unit)  # type: ignore[arg-type]  # the unit was checked with the form
        case DateLiteral(arguments=[spelled]) if len(str(spelled)) != MINUTES_LENGTH:
            return date.fromisoformat(str(spelled))
        case str() | bool() | int() | float():
            return argument
        case _:
            return None


def _always(value: Any) -> Read:
    def read(_: Facts) -> Any:
        return value

    return read


def _unknown(name: str, context: Check) -> str:
    if name in context.scope.catalog.events:
        return f"{name} is an event, not a fact; its time is {name}_at"
    if "." not in name and (element := context.current_schema) is not context.scope.schema:
        return unknown("fact of an element:", name, element["properties"])
    return unknown_fact(name, context.scope.names)


def unknown_fact(name: str, names: Sequence[str]) -> str:
    """The message for a fact that does not exist: which was meant, else where one's own stand."""
    if meant := named_like(name, names):
        return f"unknown fact {name}, did you mean {meant}?"
    return f"unknown fact {name}; facts of your own stand in catalog.yaml"


def named_like(name: str, names: Sequence[str]) -> str | None:
    """The name a person meant: one spelled nearly the same, or one whose last part is; the first of
    equals.
    """
    last = name.rpartition(".")[2]
    if "." in name and (meant := closest(name, names)) and _is_near(last, meant):
        return meant
    by_last = {known.rpartition(".")[2]: known for known in reversed(names)}
    return by_last.get(last) or by_last.get(closest(last, by_last) or "")


def _is_near(last: str, meant: str) -> bool:
    """Whether the last parts are alike too: a common prefix makes no likeness."""
    return SequenceMatcher(None, last, meant.rpartition(".")[2]).ratio() >= _ALIKE
