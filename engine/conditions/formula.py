"""A condition as a formula over terms: what is compared with constants, and what can only hold or
not hold.

A term is a fact, or anything else that is reckoned from facts, beside the constants it is compared
with. All that has another form (lists, `contains`, two facts beside each other) is one whole that
is true, false or unknown. So a formula knows more states of the world than there are; what is true
in all of them is true.
"""

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from engine.catalog.values import Duration, Money

# A kind and a value of it; two kinds never compare.
Sample = tuple[str, Any]
TermState = Mapping[str, Sample | None]
TermTest = Callable[[TermState], bool | None]

WHOLE_TRUTH = "truth"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "===": operator.eq,
    "!==": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUALITY = frozenset({"===", "!=="})
_ORDERED = frozenset({"number", "duration", "date", "money"})


@dataclass(frozen=True, slots=True)
class Term:
    """What constants are compared with. `name` is its fact if it is one; `is_whole` if it only
    holds or does not.
    """

    name: str | None = None
    constants: frozenset[Sample] = frozenset()
    is_whole: bool = False
    is_count: bool = False
    has_default: bool = False

    def joined(self, other: "Term") -> "Term":
        """The same term with the constants of both."""
        constants = self.constants | other.constants
        return Term(self.name, constants, self.is_whole, self.is_count, self.has_default)


@dataclass(frozen=True, slots=True)
class Formula:
    """A condition that can be asked about states of its terms."""

    logic: Any = field(hash=False)
    terms: Mapping[str, Term] = field(hash=False)
    test: TermTest = field(compare=False)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that are terms by themselves."""
        return frozenset(term.name for term in self.terms.values() if term.name)


def formula(logic: Any) -> Formula:
    """The formula of JsonLogic in its canonical spelling."""
    return _formula(json.dumps(logic, sort_keys=True))


@lru_cache(maxsize=8192)
def _formula(spelled: str) -> Formula:
    logic = json.loads(spelled)
    maker = _Maker()
    test = maker.test(logic)
    return Formula(logic, maker.terms, test)


def parts_of(logic: Any) -> list[Any]:
    """What must hold for the condition to hold, one by one."""
    if isinstance(logic, dict) and "and" in logic:
        return [part for inner in logic["and"] for part in parts_of(inner)]
    return [logic]


def negated(logic: Any) -> Any:
    """The condition that holds when this one is known not to."""
    return {"!": logic}


class _Maker:
    """Reads logic into closures, and notes the terms on the way."""

    def __init__(self) -> None:
        self.terms: dict[str, Term] = {}

    def test(self, logic: Any) -> TermTest:
        """The closure of a condition."""
        if isinstance(logic, bool):
            return lambda _: logic
        if not isinstance(logic, dict):
            return lambda _: None
        name, operands = _opened(logic)
        match name:
            case "and":
                return _every([self.test(part) for part in operands])
            case "or":
                return _either([self.test(part) for part in operands])
            case "!":
                return _opposite(self.test(operands[0]))
        return self._atom(logic, name, operands)

    def _atom(self, logic: Any, name: str, operands: list[Any]) -> TermTest:
        match name:
            case "known":
                return self._known(logic, operands[0])
            case "var":
                return self._equal(logic, (WHOLE_TRUTH, True))
            case "in" if isinstance(operands[1], list):
                return self._member(logic, operands[0], operands[1])
            case _ if name in _COMPARE:
                return self._compared(logic, name, operands)
        return self._whole(logic)

    def _note(self, logic: Any, term: Term) -> str:
        key = json.dumps(logic, sort_keys=True)
        self.terms[key] = self.terms[key].joined(term) if key in self.terms else term
        return key

    def _whole(self, logic: Any) -> TermTest:
        key = self._note(logic, Term(is_whole=True))
        return lambda state: None if (held := state[key]) is None else bool(held[1])

    def _equal(self, logic: Any, told: Sample) -> TermTest:
        key = self._note(logic, _term(logic, told))
        return _beside(key, operator.eq, told)

    def _known(self, logic: Any, asked: Any) -> TermTest:
        if _fact_of(asked) is None:
            return self._whole(logic)
        key = self._note(asked, _term(asked))
        return lambda state: state[key] is not None

    def _member(self, logic: Any, asked: Any, listed: list[Any]) -> TermTest:
        constants = [constant(item) for item in listed]
        known = [one for one in constants if one is not None]
        if len(known) < len(constants) or not _is_term(asked):
            return self._whole(logic)
        key = self._note(asked, _term(asked, *known))
        return _either([_beside(key, operator.eq, one) for one in known])

    def _compared(self, logic: Any, name: str, operands: list[Any]) -> TermTest:
        tests = [self._pair(name, left, right) for left, right in pairwise(operands)]
        whole = [test for test in tests if test is not None]
        return _every(whole) if len(whole) == len(tests) else self._whole(logic)

    def _pair(self, name: str, left: Any, right: Any) -> TermTest | None:
        if (told := constant(right)) is not None and _is_term(left):
            return self._noted(left, name, told)
        if (told := constant(left)) is not None and _is_term(right):
            return self._noted(right, _TURNED.get(name, name), told)
        return None

    def _noted(self, asked: Any, name: str, told: Sample) -> TermTest | None:
        if name not in _EQUALITY and told[0].partition(":")[0] not in _ORDERED:
            return None
        key = self._note(asked, _term(asked, told))
        return _beside(key, _COMPARE[name], told)


def _opened(logic: dict[str, Any]) -> tuple[str, list[Any]]:
    name, operands = next(iter(logic.items()))
    return name, operands if isinstance(operands, list) else [operands]


def _is_term(logic: Any) -> bool:
    return isinstance(logic, dict) and constant(logic) is None


def _fact_of(logic: Any) -> str | None:
    told = logic.get("var") if isinstance(logic, dict) else None
    name = told[0] if isinstance(told, list) else told
    return name if isinstance(name, str) else None


def _term(logic: Any, *constants: Sample) -> Term:
    name, operands = _opened(logic)
    has_default = name == "var" and len(operands) > 1
    return Term(
        _fact_of(logic), frozenset(constants), is_count=name == "count", has_default=has_default
    )


def constant(logic: Any) -> Sample | None:
    """The value that a piece of logic always has; None for terms, and for moments, which depend on
    the zone.
    """
    match logic:
        case bool():
            return WHOLE_TRUTH, logic
        case int() | float():
            return "number", Decimal(str(logic))
        case str():
            return "text", logic
        case {"money": [amount, currency]}:
            return f"money:{currency}", Money.of(Decimal(str(amount)), currency).minor
        case {"duration": [amount, unit]}:
            return "duration", Decimal(
                str(Duration(Decimal(str(amount)), unit).nominal.total_seconds())
            )
        case {"date": str(spelled)} if len(spelled) == len("2026-03-05"):
            return "date", date.fromisoformat(spelled).toordinal()
    return None


def _beside(key: str, compare: Callable[[Any, Any], bool], told: Sample) -> TermTest:
    kind, value = told

    def test(state: TermState) -> bool | None:
        held = state[key]
        return compare(held[1], value) if held is not None and held[0] == kind else None

    return test


def _opposite(inner: TermTest) -> TermTest:
    def test(state: TermState) -> bool | None:
        held = inner(state)
        return None if held is None else not held

    return test


def _every(tests: list[TermTest]) -> TermTest:
    def test(state: TermState) -> bool | None:
        held: bool | None = True
        for one in tests:
            if (now := one(state)) is False:
                return False
            if now is None:
                held = None
        return held

    return tests[0] if len(tests) == 1 else test


def _either(tests: list[TermTest]) -> TermTest:
    def test(state: TermState) -> bool | None:
        held: bool | None = False
        for one in tests:
            if (now := one(state)) is True:
                return True
            if now is None:
                held = None
        return held

    return tests[0] if len(tests) == 1 else test
