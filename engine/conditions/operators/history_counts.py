"""`count` and `happened`: how often an event was, and how many elements of a list a condition is
true of.
"""

from collections.abc import Callable
from typing import ClassVar

from jsonlogic.json_schema.types import BooleanType, IntegerType, JSONSchemaType
from jsonlogic.typing import OperatorArgument

from engine.catalog.values import Duration
from engine.conditions.condition import CountedEvent
from engine.conditions.expression import REGISTRY, Check, Expression, Facts, Read
from engine.conditions.operators.lists import check_elements, element_tests
from engine.conditions.operators.references import DurationLiteral, Variable, literal, named_like
from engine.conditions.scope import Scope

BY_CUSTOMER = "customer"
# How often an event happened, in the words of `View.count`.
Count = Callable[[Facts], int | None]


class HistoryCount(Expression):
    """An event, how long back it counts, and whether for every thing of the customer."""

    least: ClassVar[int] = 1
    most: ClassVar[int | None] = 3

    @property
    def event(self) -> str | None:
        """The event that is asked for; None where a list is counted."""
        first = self.arguments[0]
        return first if isinstance(first, str) else None

    def check_event(self, context: Check) -> None:
        """The operands are an event of the catalog, then perhaps a duration, then perhaps
        `customer`.
        """
        if not isinstance(self.event, str):
            context.report("J09", self.place(0), f"{self.operator} asks for an event by its name")
        elif self.event not in context.scope.catalog.events:
            context.report("J07", self.place(0), _unknown(self.event, context))
        for index, operand in enumerate(self.arguments[1:], 1):
            is_length = index == 1 and isinstance(operand, DurationLiteral)
            is_whose = index == len(self.arguments) - 1 and operand == BY_CUSTOMER
            if not is_length and not is_whose:
                operands = '["return.requested", {"duration": [90, "day"]}, "customer"]'
                form = f'{{"{self.operator}": {operands}}}'
                context.report("J09", self.place(index), f"{self.operator} is written {form}")
            elif is_length and _is_business(operand):
                context.report("J09", self.place(index), "business days are counted in `when` only")

    @property
    def by_customer(self) -> bool:
        """Whether it counts for every thing of the customer."""
        return self.arguments[-1] == BY_CUSTOMER

    @property
    def within(self) -> Duration | None:
        """How long back it counts; None for ever."""
        if len(self.arguments) > 1 and isinstance(length := literal(self.arguments[1]), Duration):
            return length
        return None

    def counter(self) -> Count:
        """How often the event happened; unknown for facts that have no history."""
        event, within, by_customer = self.event, self.within, self.by_customer

        def counted(facts: Facts) -> int | None:
            count = getattr(facts, "count", None)
            found = None if count is None else count(event, within, by_customer=by_customer)
            return found if isinstance(found, int) else None

        return counted


@REGISTRY.register("count")
class Counted(HistoryCount):
    """`number of return.requested within 90 days`, `number of order.items where (…)`"""

    least: ClassVar[int] = 2

    def check(self, context: Check) -> JSONSchemaType:
        """A whole number, of an event or of elements."""
        if not isinstance(self.arguments[0], Variable):
            self.check_event(context)
            if not isinstance(self.arguments[1], DurationLiteral):
                context.report(
                    "J09",
                    self.place(1),
                    "`number of` an event takes `within`, such as within 90 days",
                )
        elif len(self.arguments) > 2:  # noqa: PLR2004  # the list and its condition
            context.report("J05", self.path, "count takes a list and one condition")
        else:
            check_elements(self, context)
        return IntegerType()

    def compiled(self, scope: Scope) -> Read:
        """The history of the facts, or the elements of a list."""
        if isinstance(self.arguments[0], Variable):
            return _elements(element_tests(self, scope))
        return self.counter()


@REGISTRY.register("happened")
class Happened(HistoryCount):
    """`order.placed happened by the customer within 90 days`"""

    is_condition: ClassVar[bool] = True

    def check(self, context: Check) -> JSONSchemaType:
        """True or false."""
        self.check_event(context)
        return BooleanType()

    def compiled(self, scope: Scope) -> Read:
        """Whether it was at least once."""
        del scope
        counted = self.counter()
        return lambda facts: None if (found := counted(facts)) is None else found > 0


def counted_in(argument: OperatorArgument) -> frozenset[CountedEvent]:
    """Every event whose history a condition asks for."""
    own = set[CountedEvent]()
    if isinstance(argument, HistoryCount) and argument.event:
        own = {CountedEvent(argument.event, argument.within, argument.by_customer)}
    inner = (
        argument.arguments
        if isinstance(argument, Expression)
        else argument
        if isinstance(argument, list)
        else ()
    )
    return frozenset(own).union(*map(counted_in, inner))


def _elements(tests: Callable[[Facts], list[bool | None] | None]) -> Count:
    def counted(facts: Facts) -> int | None:
        held = tests(facts)
        return None if held is None or None in held else held.count(True)

    return counted


def _is_business(operand: OperatorArgument) -> bool:
    length = literal(operand)
    return isinstance(length, Duration) and length.unit == "business day"


def _unknown(name: str, context: Check) -> str:
    catalog = context.scope.catalog
    if name in catalog.facts:
        return f"{name} is a fact, not an event"
    meant = named_like(name, sorted(catalog.events))
    return f"unknown event {name}, did you mean {meant}?" if meant else f"unknown event {name}"
