"""`and`, `or`, `!` and `known` over three values: unknown (None) stays unknown unless the other
parts decide.
"""

from typing import ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType

from engine.conditions.expression import (
    REGISTRY,
    Check,
    Expression,
    Facts,
    FactTest,
    Read,
    reader,
    tester,
)
from engine.conditions.scope import Scope


class _Connected(Expression):
    least: ClassVar[int] = 1
    most: ClassVar[int | None] = None
    is_condition: ClassVar[bool] = True

    def check(self, context: Check) -> JSONSchemaType:
        """Every part is a condition."""
        for index in range(len(self.arguments)):
            self.condition(index, context)
        return BooleanType()


@REGISTRY.register("and")
class AllOf(_Connected):
    """True if all parts are, false if one is, else unknown."""

    def compiled(self, scope: Scope) -> Read:
        """The first false part ends it."""
        return every([tester(part, scope) for part in self.arguments])


@REGISTRY.register("or")
class AnyOf(_Connected):
    """True if one part is, false if all are, else unknown."""

    def compiled(self, scope: Scope) -> Read:
        """The first true part ends it."""
        return either([tester(part, scope) for part in self.arguments])


@REGISTRY.register("!")
class Not(_Connected):
    """The opposite; unknown stays unknown."""

    most: ClassVar[int | None] = 1

    def compiled(self, scope: Scope) -> Read:
        """Turn the part round."""
        part = tester(self.arguments[0], scope)

        def test(facts: Facts) -> bool | None:
            held = part(facts)
            return None if held is None else not held

        return test


@REGISTRY.register("known")
class IsKnown(Expression):
    """Whether there is a value; never unknown itself."""

    least: ClassVar[int] = 1
    most: ClassVar[int | None] = 1
    is_condition: ClassVar[bool] = True

    def check(self, context: Check) -> JSONSchemaType:
        """Any value may be asked about."""
        self.value_type(0, context)
        return BooleanType()

    def compiled(self, scope: Scope) -> Read:
        """Ask for the value."""
        read = reader(self.arguments[0], scope)
        return lambda facts: read(facts) is not None


def every(parts: list[FactTest]) -> FactTest:
    """The Kleene conjunction; written out for the usual lengths because every event asks hundreds
    of them.
    """
    match parts:
        case [only]:
            return only
        case [first, second]:
            return _both(first, second)
        case [first, second, third]:
            return _three(first, second, third)
        case [first, second, third, fourth]:
            return _four(first, second, third, fourth)
    return _many(tuple(parts))


def either(parts: list[FactTest]) -> FactTest:
    """The Kleene disjunction."""
    if len(parts) == 1:
        return parts[0]
    fixed = tuple(parts)

    def test(facts: Facts) -> bool | None:
        held: bool | None = False
        for part in fixed:
            if now := part(facts):
                return True
            if now is None:
                held = None
        return held

    return test


def _many(parts: tuple[FactTest, ...]) -> FactTest:
    def test(facts: Facts) -> bool | None:
        held: bool | None = True
        for part in parts:
            if not (now := part(facts)):
                if now is False:
                    return False
                held = None
        return held

    return test


def _both(first: FactTest, second: FactTest) -> FactTest:
    def test(facts: Facts) -> bool | None:
        if (one := first(facts)) is False:
            return False
        if (two := second(facts)) is False:
            return False
        return True if one and two else None

    return test


def _three(first: FactTest, second: FactTest, third: FactTest) -> FactTest:
    def test(facts: Facts) -> bool | None:
        if (one := first(facts)) is False:
            return False
        if (two := second(facts)) is False:
            return False
        if (three := third(facts)) is False:
            return False
        return True if one and two and three else None

    return test


def _four(first: FactTest, second: FactTest, third: FactTest, fourth: FactTest) -> FactTest:
    def test(facts: Facts) -> bool | None:
        if (one := first(facts)) is False:
            return False
        if (two := second(facts)) is False:
            return False
        if (three := third(facts)) is False:
            return False
        if (four := fourth(facts)) is False:
            return False
        return True if one and two and three and four else None

    return test
