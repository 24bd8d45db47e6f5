"""Comparisons without coercion: values of two kinds, or of two currencies, compare as unknown."""

import operator
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType, StringType
from jsonlogic.typing import OperatorArgument

from engine.catalog.values import Duration, Money, zone_of
from engine.conditions.expression import (
    REGISTRY,
    Check,
    Expression,
    Facts,
    FactTest,
    Read,
    reader,
    spoken,
)
from engine.conditions.operators.references import Variable, literal
from engine.conditions.problems import unknown
from engine.conditions.scope import Scope
from engine.conditions.types import Choice, are_comparable, result_of, type_name

Compare = Callable[[Any, Any], bool]
NUMBERS = frozenset({int, float, Decimal})


class _Comparison(Expression):
    is_condition: ClassVar[bool] = True
    compare: ClassVar[Compare]

    def check(self, context: Check) -> JSONSchemaType:
        """All operands are of one kind."""
        kinds = [self.value_type(index, context) for index in range(len(self.arguments))]
        for index in range(1, len(kinds)):
            self._check_pair(index, kinds[index - 1], kinds[index], context)
        return BooleanType()

    def _check_pair(
        self, index: int, left: JSONSchemaType, right: JSONSchemaType, context: Check
    ) -> None:
        raise NotImplementedError

    def compiled(self, scope: Scope) -> Read:
        """A closure for a fact beside a constant, which most comparisons are, else the
        general one.
        """
        match self.arguments:
            case [Variable(arguments=[str(name)]), right] if (
                constant := literal(right)
            ) is not None:
                return with_constant(name, type(self).compare, constant)
            case [left, right]:
                return _pair(type(self).compare, reader(left, scope), reader(right, scope))
        return _chain(type(self).compare, [reader(argument, scope) for argument in self.arguments])


class _Equality(_Comparison):
    def _check_pair(
        self, index: int, left: JSONSchemaType, right: JSONSchemaType, context: Check
    ) -> None:
        check_equal(
            (self.arguments[0], self.arguments[1]), (left, right), self.place(index), context
        )


class _Ordering(_Comparison):
    most: ClassVar[int | None] = 3

    def _check_pair(
        self, index: int, left: JSONSchemaType, right: JSONSchemaType, context: Check
    ) -> None:
        if result_of(left, right, "<") is not None:
            return
        one, other = spoken(self.arguments[index - 1]), spoken(self.arguments[index])
        if isinstance(left, StringType) and isinstance(right, StringType):
            message = f"text has no order: {one} and {other}; write `in [gold, platinum]`"
        else:
            message = f"{one} is {type_name(left)}, {other} is {type_name(right)}"
        context.report("J09", self.place(index), message)


@REGISTRY.register("===")
class Equal(_Equality):
    """`=`"""

    compare = operator.eq


@REGISTRY.register("!==")
class Unequal(_Equality):
    """`!=`"""

    compare = operator.ne


@REGISTRY.register("<")
class Less(_Ordering):
    """`<`"""

    compare = operator.lt


@REGISTRY.register("<=")
class AtMost(_Ordering):
    """`<=`, or with three operands `between`, both ends included."""

    compare = operator.le


@REGISTRY.register(">")
class Greater(_Ordering):
    """`>`"""

    most: ClassVar[int | None] = 2
    compare = operator.gt


@REGISTRY.register(">=")
class AtLeast(_Ordering):
    """`>=`"""

    most: ClassVar[int | None] = 2
    compare = operator.ge


def check_equal(
    pair: tuple[OperatorArgument, OperatorArgument],
    kinds: tuple[JSONSchemaType, JSONSchemaType],
    path: tuple[int, ...],
    context: Check,
) -> None:
    """That two operands can be equal: of one kind, and a word among those of its enum."""
    left, right = pair
    if not are_comparable(*kinds):
        context.report(
            "J09",
            path,
            f"{spoken(left)} is {type_name(kinds[0])}, {spoken(right)} is {type_name(kinds[1])}",
        )
        return
    for kind, word, choice in ((kinds[0], right, left), (kinds[1], left, right)):
        if isinstance(kind, Choice) and isinstance(word, str) and word not in kind.values:
            context.report("J09", path, unknown(f"value of {spoken(choice)}:", word, kind.values))


def compared(compare: Compare, left: Any, right: Any, facts: Facts) -> bool | None:
    """How two values compare, or None for unknown."""
    if left is None or right is None:
        return None
    one, other = type(left), type(right)
    if one in NUMBERS:
        return compare(left, right) if other in NUMBERS else None
    if one is not other:
        return _by_day(compare, left, right, facts)
    return _SAME[one](compare, left, right) if one in _SAME else None


def _by_day(compare: Compare, left: Any, right: Any, facts: Facts) -> bool | None:
    days = (day_of(left, facts), day_of(right, facts))
    return None if None in days else compare(*days)


def day_of(value: Any, facts: Facts) -> date | None:
    """A date as it is, a moment as the customer's day; None for all else."""
    if type(value) is date:
        return value
    if not isinstance(value, datetime):
        return None
    try:
        return value.astimezone(zone_of(facts["zone"])).date()
    except OverflowError:  # the first and the last day there is
        return None


def _money(compare: Compare, left: Money, right: Money) -> bool | None:
    return compare(left.minor, right.minor) if left.currency == right.currency else None


def _plain(compare: Compare, left: Any, right: Any) -> bool | None:
    try:
        return compare(left, right)
    except TypeError:  # a moment without a zone
        return None


def _lengths(compare: Compare, left: Duration, right: Duration) -> bool | None:
    try:
        return compare(left.nominal, right.nominal)
    except OverflowError:  # longer than a timedelta can be
        return None


def _only_equal(compare: Compare, left: Any, right: Any) -> bool | None:
    return compare(left, right) if compare in (operator.eq, operator.ne) else None


_SAME: dict[type, Callable[[Compare, Any, Any], bool | None]] = {
    str: _only_equal,
    bool: _only_equal,
    date: _plain,
    datetime: _plain,
    Money: _money,
    Duration: _lengths,
}


def _pair(compare: Compare, left: Read, right: Read) -> FactTest:
    return lambda facts: compared(compare, left(facts), right(facts), facts)


def _chain(compare: Compare, reads: list[Read]) -> FactTest:
    def test(facts: Facts) -> bool | None:
        values = [read(facts) for read in reads]
        held = [compared(compare, a, b, facts) for a, b in pairwise(values)]
        if False in held:
            return False
        return None if None in held else True

    return test


def with_constant(name: str, compare: Compare, constant: Any) -> FactTest:
    """A closure that compares a fact with a constant, of as few steps as its kind allows."""
    kind = type(constant)
    if kind in NUMBERS:
        return _NUMBER_TESTS[compare](name, constant)
    if kind is str or kind is bool:
        return _word_test(name, compare, constant)
    if kind is Money:
        return _money_test(name, compare, constant)
    return lambda facts: compared(compare, facts[name], constant, facts)


def _word_test(name: str, compare: Compare, constant: str | bool) -> FactTest:  # noqa: FBT001  # a fact's value, not a switch
    kind = type(constant)
    if compare is operator.eq:
        return lambda facts: value == constant if (value := facts[name]).__class__ is kind else None
    if compare is operator.ne:
        return lambda facts: value != constant if (value := facts[name]).__class__ is kind else None
    return lambda _: None


def _money_test(name: str, compare: Compare, constant: Money) -> FactTest:
    minor, currency = constant.minor, constant.currency

    def test(facts: Facts) -> bool | None:
        value = facts[name]
        if value.__class__ is Money and value.currency == currency:
            return compare(value.minor, minor)
        return None

    return test


# One closure per sign: calling `operator.le` from a shared one costs as much again as the
# comparison itself.
_NUMBER_TESTS: dict[Compare, Callable[[str, Any], FactTest]] = {
    operator.eq: lambda n, c: (
        lambda facts: v == c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
    operator.ne: lambda n, c: (
        lambda facts: v != c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
    operator.lt: lambda n, c: (
        lambda facts: v < c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
    operator.le: lambda n, c: (
        lambda facts: v <= c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
    operator.gt: lambda n, c: (
        lambda facts: v > c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
    operator.ge: lambda n, c: (
        lambda facts: v >= c if (k := (v := facts[n]).__class__) is int or k is float else None
    ),
}
