"""JsonLogic and triggers said back as sentences. What a sentence was read into is said so that it
reads the same again.

Only raw JsonLogic can give a fact a default (`else`) or hold a text with both kinds of quotes; such
a sentence is for people and cannot be read.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

# How tightly a phrase binds; one that binds less than its place asks for stands in brackets.
_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _VALUE = range(7)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
KEYWORDS = frozenset(
    "after and any at before between by contains every false happened in is known no not now "  # noqa: SIM905  # a list of words reads best so
    "number of on or since today true unknown where within without".split()
)
_SIGNS = {"===": "=", "!==": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_QUANTIFIERS = {"some": "any", "all": "every", "none": "no"}
_ELEMENT = "item."

Phrase = tuple[str, int]


def say(logic: Any) -> str:
    """The sentence of a JsonLogic condition or value."""
    return _phrase(logic)[0]


def _phrase(logic: Any) -> Phrase:
    if not isinstance(logic, dict):
        return _literal(logic), _VALUE
    operator, operands = next(iter(logic.items()))
    known = _PHRASES.get(operator)
    listed = operands if isinstance(operands, list) else [operands]
    return known(operator, listed) if known else (f"{operator}(…)", _VALUE)


def _bound(logic: Any, least: int) -> str:
    text, binding = _phrase(logic)
    return text if binding >= least else f"({text})"


def _literal(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return f"[{', '.join(_bound(item, _VALUE) for item in value)}]"
    if _WORD.fullmatch(value) and value.lower() not in KEYWORDS:
        return str(value)
    return f"'{value}'" if '"' in value else f'"{value}"'


def _number(value: float) -> str:
    return f"{Decimal(str(value)):f}"


def _joined(word: str, binding: int) -> Callable[[str, list[Any]], Phrase]:
    def phrase(_: str, operands: list[Any]) -> Phrase:
        if len(operands) == 1:
            return _phrase(operands[0])
        return f" {word} ".join(_bound(operand, binding + 1) for operand in operands), binding

    return phrase


def _negated(_: str, operands: list[Any]) -> Phrase:
    inner = operands[0]
    if isinstance(inner, dict) and "in" in inner:
        return _member("not in", inner["in"])
    if isinstance(inner, dict) and "known" in inner:
        return _phrase(inner)[0].removesuffix("known") + "unknown", _COMPARISON
    return f"not {_bound(inner, _NOT)}", _NOT


def _compared(operator: str, operands: list[Any]) -> Phrase:
    said = [_bound(operand, _SUM) for operand in operands]
    if operator == "<=" and len(said) == 3:  # noqa: PLR2004  # low, value, high
        return f"{said[1]} between {said[0]} and {said[2]}", _COMPARISON
    if len(said) > 2:  # noqa: PLR2004  # a chain of comparisons
        return " and ".join(f"{a} {_SIGNS[operator]} {b}" for a, b in pairwise(said)), _AND
    return f" {_SIGNS[operator]} ".join(said), _COMPARISON


def _quantified(operator: str, operands: list[Any]) -> Phrase:
    return (
        f"{_QUANTIFIERS[operator]} {_phrase(operands[0])[0]} where {_bound(operands[1], _NOT)}",
        _NOT,
    )


def _member(word: str, operands: list[Any]) -> Phrase:
    return f"{_bound(operands[0], _SUM)} {word} {_phrase(operands[1])[0]}", _COMPARISON


def _history(operator: str, operands: list[Any]) -> Phrase:
    """An event's: happened, or how many; of a list: how many of its elements."""
    first, *more = operands
    if isinstance(first, dict):
        return f"number of {_phrase(first)[0]} where ({_phrase(more[0])[0]})", _VALUE
    whose = " by the customer" if "customer" in more else ""
    within = "".join(f" within {_phrase(length)[0]}" for length in more if isinstance(length, dict))
    if operator == "happened":
        return f"{first} happened{whose}{within}", _COMPARISON
    return f"number of {first}{whose}{within}", _VALUE


def _variable(_: str, operands: list[Any]) -> Phrase:
    name = str(operands[0])
    spelled = name if "." in name else _ELEMENT + name
    if len(operands) > 1:
        return f"{spelled} (else {_bound(operands[1], _SUM)})", _VALUE
    return spelled, _VALUE


def _sum(operator: str, operands: list[Any]) -> Phrase:
    first, *others = operands
    return f" {operator} ".join(
        [_bound(first, _SUM), *(_bound(other, _PRODUCT) for other in others)]
    ), _SUM


def _product(_: str, operands: list[Any]) -> Phrase:
    return " * ".join(_bound(operand, _VALUE) for operand in operands), _PRODUCT


def _duration(_: str, operands: list[Any]) -> Phrase:
    amount, unit = operands
    return f"{_number(amount)} {unit}{'' if amount == 1 else 's'}", _VALUE


_PHRASES: dict[str, Callable[[str, list[Any]], Phrase]] = {
    "or": _joined("or", _OR),
    "and": _joined("and", _AND),
    "!": _negated,
    **dict.fromkeys(_SIGNS, _compared),
    **dict.fromkeys(_QUANTIFIERS, _quantified),
    "in": _member,
    "contains": lambda _, operands: (
        " contains ".join(_bound(o, _SUM) for o in operands),
        _COMPARISON,
    ),
    "known": lambda _, operands: (f"{_bound(operands[0], _SUM)} is known", _COMPARISON),
    "var": _variable,
    **dict.fromkeys(("count", "happened"), _history),
    "+": _sum,
    "-": _sum,
    "*": _product,
    "money": lambda _, operands: (f"{_number(operands[0])} {operands[1]}", _VALUE),
    "duration": _duration,
    "date": lambda _, operands: (str(operands[0]), _VALUE),
    "now": lambda *_: ("now", _VALUE),
    "today": lambda *_: ("today", _VALUE),
}
