"""Sums and products: of numbers, money, durations, and of dates and moments in the
customer's zone.
"""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, ClassVar

from jsonlogic.json_schema.types import AnyType, BinaryOp, JSONSchemaType
from jsonlogic.typing import OperatorArgument

from engine.catalog.values import Duration, Money, zone_of
from engine.conditions.expression import REGISTRY, Check, Expression, Facts, Read, reader, spoken
from engine.conditions.operators.comparisons import NUMBERS, day_of
from engine.conditions.operators.references import literal
from engine.conditions.scope import Scope
from engine.conditions.types import Day, MomentType, result_of, type_name

Combine = Callable[[Any, Any, Facts], Any]


class _Arithmetic(Expression):
    most: ClassVar[int | None] = None
    sign: ClassVar[BinaryOp]
    combine: ClassVar[Combine]

    def check(self, context: Check) -> JSONSchemaType:
        """The types go together; what they give."""
        kind = self.value_type(0, context)
        for index in range(1, len(self.arguments)):
            kind = self._joined(kind, self.value_type(index, context), index, context)
        return kind

    def _joined(
        self, kind: JSONSchemaType, other: JSONSchemaType, index: int, context: Check
    ) -> JSONSchemaType:
        joined = result_of(kind, other, self.sign)
        if joined is None and self.sign == "*":
            joined = result_of(other, kind, self.sign)
        operands = self.arguments
        if joined is None:
            message = (
                f"{spoken(operands[index - 1])} is {type_name(kind)}, "
                f"{spoken(operands[index])} is {type_name(other)}"
            )
            context.report("J09", self.place(index), f"{message}: no `{self.sign}` for these")
            return AnyType()
        lengths = (operands[index], operands[index - 1])
        if isinstance(joined, Day) and any(_has_clock(length) for length in lengths):
            context.report(
                "J09",
                self.place(index),
                "hours and minutes need a date and time; a date takes whole days",
            )
        if any(_is_business(length) for length in lengths) and isinstance(joined, Day | MomentType):
            context.report("J09", self.place(index), "business days are counted in `when` only")
        return joined

    def compiled(self, scope: Scope) -> Read:
        """From left to right; an unknown operand makes the result unknown."""
        combine = type(self).combine
        reads = [reader(argument, scope) for argument in self.arguments]
        result = reads[0]
        for read in reads[1:]:
            result = _combined(combine, result, read)
        return result


def _has_clock(argument: OperatorArgument) -> bool:
    length = literal(argument)
    return isinstance(length, Duration) and length.elapsed is not None


def _is_business(argument: OperatorArgument) -> bool:
    length = literal(argument)
    return isinstance(length, Duration) and length.unit == "business day"


def _combined(combine: Combine, left: Read, right: Read) -> Read:
    def read(facts: Facts) -> Any:
        one, other = left(facts), right(facts)
        if one is None or other is None:
            return None
        try:
            return combine(one, other, facts)
        except (OverflowError, ValueError, TypeError, DecimalException):  # past the year 9999, say
            return None

    return read


def plus(one: Any, other: Any, facts: Facts) -> Any:
    """The sum, or None where there is none."""
    if type(one) in NUMBERS and type(other) in NUMBERS:
        return one + other
    match one, other:
        case Money(), Money() if one.currency == other.currency:
            return Money(one.minor + other.minor, one.currency)
        case Duration(), Duration():
            return _longer(one, other)
        case Duration(), date():
            return moved(other, one, facts)
        case date(), Duration():
            return moved(one, other, facts)
    return None


def minus(one: Any, other: Any, facts: Facts) -> Any:
    """The difference: days between dates, elapsed time between moments."""
    match one, other:
        case datetime(), datetime():
            return _elapsed(one - other)
        case date(), date():
            return _days(one, other, facts)
        case _, Money():
            return plus(one, Money(-other.minor, other.currency), facts)
        case _, Duration():
            return plus(one, Duration(-other.amount, other.unit), facts)
    return one - other if type(one) in NUMBERS and type(other) in NUMBERS else None


def times(one: Any, other: Any, facts: Facts) -> Any:
    """The product of numbers, or so many times the money or duration; half a cent is rounded up."""
    if type(other) not in NUMBERS:
        return times(other, one, facts) if type(one) in NUMBERS else None
    factor = Decimal(str(other))
    match one:
        case Money():
            return Money(
                int((one.minor * factor).quantize(Decimal(1), ROUND_HALF_UP)), one.currency
            )
        case Duration():
            return Duration(one.amount * factor, one.unit)
    return one * other if type(one) in NUMBERS else None


def moved(start: date, by: Duration, facts: Facts) -> date | None:
    """A date or moment moved by a duration: hours elapse, days and longer keep the customer's
    clock.
    """
    if by.unit == "business day" or (
        not isinstance(start, datetime) and (by.elapsed is not None or by.amount % 1)
    ):
        return None
    if not isinstance(start, datetime):
        return _moved_day(start, by)
    if by.elapsed is not None:
        return start + by.elapsed
    zone = zone_of(facts["zone"])
    local = start.astimezone(zone)
    return datetime.combine(_moved_day(local.date(), by), local.time(), tzinfo=zone).astimezone(UTC)


def _moved_day(day: date, by: Duration) -> date:
    if by.unit != "month":
        return day + by.nominal
    months = day.year * 12 + day.month - 1 + int(by.amount)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _longer(one: Duration, other: Duration) -> Duration:
    if one.unit == other.unit:
        return Duration(one.amount + other.amount, one.unit)
    return _elapsed(one.nominal + other.nominal)


def _elapsed(length: timedelta) -> Duration:
    return Duration(Decimal(length // timedelta(microseconds=1)) / Decimal(60_000_000), "minute")


def _days(one: date, other: date, facts: Facts) -> Duration | None:
    left, right = day_of(one, facts), day_of(other, facts)
    return None if left is None or right is None else Duration(Decimal((left - right).days), "day")


@REGISTRY.register("+")
class Plus(_Arithmetic):
    """`+`"""

    sign = "+"
    combine = plus


@REGISTRY.register("-")
class Minus(_Arithmetic):
    """`-`"""

    most: ClassVar[int | None] = 2
    sign = "-"
    combine = minus


@REGISTRY.register("*")
class Times(_Arithmetic):
    """`*`"""

    sign = "*"
    combine = times
