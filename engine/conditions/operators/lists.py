"""Operators about lists and texts: `in`, `contains`, and `some`, `all`, `none` over the elements of
a list.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from jsonlogic.json_schema.types import AnyType, ArrayType, BooleanType, JSONSchemaType, StringType

from engine.catalog.values import loosely
from engine.conditions.expression import (
    REGISTRY,
    Check,
    Expression,
    Facts,
    FactTest,
    Read,
    kind_of,
    reader,
    spoken,
    tester,
)
from engine.conditions.operators.comparisons import check_equal, compared
from engine.conditions.operators.references import Variable
from engine.conditions.scope import Scope
from engine.conditions.types import type_name

_OF_CONDITION = frozenset({"now", "today", "zone"})


@REGISTRY.register("in")
class In(Expression):
    """`customer.tier in [gold, platinum]`"""

    is_condition: ClassVar[bool] = True

    def check(self, context: Check) -> JSONSchemaType:
        """Every item of the list may be equal to the value."""
        kind = self.value_type(0, context)
        items = self.arguments[1]
        if not isinstance(items, list) or not items:
            context.report(
                "J09",
                self.place(1),
                "`in` takes a list in square brackets; ask a fact with `contains`",
            )
            return BooleanType()
        for index, item in enumerate(items):
            check_equal(
                (self.arguments[0], item),
                (kind, kind_of(item, context)),
                (*self.place(1), index),
                context,
            )
        return BooleanType()

    def compiled(self, scope: Scope) -> Read:
        """One look-up where all items are words, else a comparison each."""
        items = self.arguments[1]
        assert isinstance(items, list)
        value = self.arguments[0]
        words = [item for item in items if isinstance(item, str)]
        if isinstance(value, Variable) and len(value.arguments) == 1 and len(words) == len(items):
            return _word_in(value.name, frozenset(words))
        return _any_equal(reader(value, scope), [reader(item, scope) for item in items])


@REGISTRY.register("contains")
class Contains(Expression):
    """A list has the element, a text the words; texts are compared without regard to case."""

    is_condition: ClassVar[bool] = True

    def check(self, context: Check) -> JSONSchemaType:
        """The first operand is a list or a text."""
        kind, sought = self.value_type(0, context), self.value_type(1, context)
        if isinstance(kind, AnyType | ArrayType):
            return BooleanType()
        if not isinstance(kind, StringType):
            what = f"{spoken(self.arguments[0])} is {type_name(kind)}"
            message = f"{what}; `contains` asks a list or a text"
            context.report("J09", self.place(0), message)
        elif not isinstance(sought, AnyType | StringType):
            context.report(
                "J09",
                self.place(1),
                f"a text contains text, {spoken(self.arguments[1])} is {type_name(sought)}",
            )
        return BooleanType()

    def compiled(self, scope: Scope) -> Read:
        """Look for the second operand in the first."""
        within, sought = reader(self.arguments[0], scope), reader(self.arguments[1], scope)
        return lambda facts: _contains(within(facts), sought(facts))


class _Quantified(Expression):
    is_condition: ClassVar[bool] = True
    judge: ClassVar[Callable[[list[bool | None]], bool | None]]

    def check(self, context: Check) -> JSONSchemaType:
        """The first operand is a list of things, the second a condition about one of them."""
        check_elements(self, context)
        return BooleanType()

    def compiled(self, scope: Scope) -> Read:
        """Judge the condition of every element."""
        tests, judge = element_tests(self, scope), type(self).judge
        return lambda facts: None if (held := tests(facts)) is None else judge(held)


def check_elements(asked: Expression, context: Check) -> None:
    """That the first operand is a list of things and the second a condition about one of them."""
    named = asked.arguments[0]
    kind = asked.value_type(0, context)
    if not isinstance(named, Variable) or not isinstance(kind, AnyType | ArrayType):
        context.report("J09", asked.place(0), f"{spoken(named)} is {type_name(kind)}, not a list")
        return
    element = context.scope.element_of(named.name)
    if element is None:
        context.report(
            "J09", asked.place(0), f"{named.name} is a list of words; ask it with `contains`"
        )
        return
    with context.data_stack.push(context.scope.element_schema(element)):
        asked.condition(1, context)


def element_tests(asked: Expression, scope: Scope) -> Callable[[Facts], list[bool | None] | None]:
    """What the condition says of every element; None where there is no list."""
    named = asked.arguments[0]
    assert isinstance(named, Variable)
    read, test = reader(named, scope), tester(asked.arguments[1], scope)
    kind = scope.element_of(named.name) or ""

    def held(facts: Facts) -> list[bool | None] | None:
        elements = read(facts)
        if not isinstance(elements, list):
            return None
        return [test(_Element(scope, kind, element, facts)) for element in elements]

    return held


def _some(held: Iterable[bool | None]) -> bool | None:
    answers = list(held)
    return True if True in answers else (None if None in answers else False)


def _all(held: Iterable[bool | None]) -> bool | None:
    """As in JsonLogic, `all` of an empty list is false: a rule about every item needs one."""
    answers = list(held)
    return False if not answers or False in answers else (None if None in answers else True)


def _none(held: Iterable[bool | None]) -> bool | None:
    some = _some(held)
    return None if some is None else not some


@REGISTRY.register("some")
class Some(_Quantified):
    """`any order.items where …`"""

    judge = _some


@REGISTRY.register("all")
class EveryElement(_Quantified):
    """`every order.items where …`"""

    judge = _all


@REGISTRY.register("none")
class NoElement(_Quantified):
    """`no order.items where …`"""

    judge = _none


class _Element:
    """The facts of one element of a list, and behind them all others; what is not of its type is
    unknown.
    """

    __slots__ = ("_element", "_facts", "_kind", "_scope")

    def __init__(self, scope: Scope, kind: str, element: Any, facts: Facts) -> None:
        self._scope, self._kind, self._element, self._facts = scope, kind, element, facts

    @property
    def count(self) -> Any:
        """How the facts around it count events; None if they do not."""
        return getattr(self._facts, "count", None)

    def __getitem__(self, name: str, /) -> Any:
        if "." in name or name in _OF_CONDITION:
            return self._facts[name]
        fact = self._scope.catalog.facts.get(f"{self._kind}.{name}")
        raw = self._element.get(name) if isinstance(self._element, dict) else None
        if fact is None or raw is None:
            return None if fact is None or not isinstance(self._element, dict) else fact.default
        return loosely(fact.type, raw, self._facts["zone"])


def _word_in(name: str, words: frozenset[str]) -> FactTest:
    return lambda facts: value in words if (value := facts[name]).__class__ is str else None


def _any_equal(read: Read, items: list[Read]) -> FactTest:
    def test(facts: Facts) -> bool | None:
        value = read(facts)
        return _some(compared(operator.eq, value, item(facts), facts) for item in items)

    return test


def _contains(within: Any, sought: Any) -> bool | None:
    if sought is None:
        return None
    if isinstance(within, list):
        return any(type(element) is type(sought) and element == sought for element in within)
    if isinstance(within, str) and isinstance(sought, str):
        return sought.casefold() in within.casefold()
    return None
