"""The form of JsonLogic: one known operator per object with the right operands, before any name or
type is asked.

The library's parser drops all keys of an object but the first and takes any operand, so this is
checked here.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog.currencies import CURRENCIES
from engine.catalog.values import UNITS, Money, WrongValue
from engine.conditions.expression import REGISTRY, Expression, LogicPath
from engine.conditions.problems import unknown

MAX_DEPTH = 48
# Standard JsonLogic's loose comparisons are read as the strict ones.
_ALIASES = {"==": "===", "!=": "!=="}
_CURRENCY = re.compile("[A-Z]{3}")
# More than any amount of money, and as minutes less than the years there are.
_LARGEST = 1e9
# No fact can be so large a number.
_WIDEST = 2**63
_DATE = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?")
# Operators whose single operand is written without a list.
_BARE = frozenset({"var", "!", "known", "date"})
KNOWN = (
    *(
        "and",
        "or",
        "!",
        "===",
        "!==",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "contains",
        "known",
        "some",
        "all",
        "none",
        "var",
    ),
    *("count", "happened"),
    *("+", "-", "*", "money", "duration", "date", "now", "today"),
)


@dataclass(slots=True)
class LogicForm:
    """The canonical spelling of a condition, with every mistake of form by its place."""

    faults: list[tuple[LogicPath, str, str]] = field(default_factory=list)

    def canonical(self, logic: Any, path: LogicPath = ()) -> Any:
        """The same logic in the one spelling that sentences are read into."""
        if len(path) > MAX_DEPTH:
            return self._wrong(path, "J05", "a condition nested too deeply")
        if isinstance(logic, list):
            return [self.canonical(item, (*path, index)) for index, item in enumerate(logic)]
        if isinstance(logic, dict):
            return self._operator(logic, path)
        if isinstance(logic, int | float) and not abs(logic) < _WIDEST:
            return self._wrong(
                path, "J09", "this number is too large: numbers lie between -2^63 and 2^63"
            )
        return logic

    def _wrong(self, path: LogicPath, code: str, message: str) -> None:
        self.faults.append((path, code, message))

    def _operator(self, logic: dict[str, Any], path: LogicPath) -> Any:
        if len(logic) != 1:
            return self._wrong(
                path,
                "J05",
                f"one operator at a time, not {len(logic)}: {', '.join(map(str, logic))}",
            )
        spelled, operands = next(iter(logic.items()))
        name = _ALIASES.get(spelled, spelled)
        if name not in KNOWN:
            return self._wrong(path, "J07", unknown("operator", str(spelled), KNOWN))
        listed = operands if isinstance(operands, list) else [operands]
        if not self._has_right_number(name, listed, path):
            return None
        if (literal := _LITERALS.get(name)) is not None:
            if message := literal(listed):
                return self._wrong(path, "J09", message)
            return {name: listed[0] if name in _BARE and len(listed) == 1 else listed}
        if name == "var" and not isinstance(listed[0], str):
            return self._wrong(path, "J09", "var takes the name of a fact")
        inner = [self.canonical(operand, (*path, index)) for index, operand in enumerate(listed)]
        # A list as the only operand keeps its own brackets, or it would be taken for the operands.
        is_bare = name in _BARE and len(inner) == 1 and not isinstance(inner[0], list)
        return {name: inner[0] if is_bare else inner}

    def _has_right_number(self, name: str, operands: list[Any], path: LogicPath) -> bool:
        wanted = REGISTRY.get(name)
        assert issubclass(wanted, Expression)
        least, most = wanted.least, wanted.most
        if len(operands) >= least and (most is None or len(operands) <= most):
            return True
        count = (
            f"{least}"
            if most == least
            else f"at least {least}"
            if most is None
            else f"{least} or {most}"
        )
        self._wrong(path, "J05", f"{name} takes {count} operands, not {len(operands)}")
        return False


def _money(operands: list[Any]) -> str | None:
    amount, currency = operands
    if (
        not _is_number(amount)
        or amount < 0
        or not isinstance(currency, str)
        or not _CURRENCY.fullmatch(currency)
    ):
        return 'money is written {"money": [80, "EUR"]}'
    if currency not in CURRENCIES:
        return unknown("currency", currency, CURRENCIES)
    try:
        Money.of(amount, currency)
    except WrongValue as wrong:
        return str(wrong)
    return None


def _duration(operands: list[Any]) -> str | None:
    amount, unit = operands
    if not _is_number(amount) or amount < 0 or not isinstance(unit, str) or UNITS.get(unit) != unit:
        return 'a duration is written {"duration": [2, "day"]}'
    return None


def _date(operands: list[Any]) -> str | None:
    spelled = operands[0]
    if isinstance(spelled, str) and _DATE.fullmatch(spelled):
        try:
            datetime.fromisoformat(spelled)
        except ValueError:
            return f"{spelled} is not in the calendar"
        return None
    return 'a date is written {"date": "2026-03-05"}'


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value < _LARGEST
    )


_LITERALS: dict[str, Callable[[list[Any]], str | None]] = {
    "money": _money,
    "duration": _duration,
    "date": _date,
}
