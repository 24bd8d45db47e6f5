"""What follows from conditions: whether they can all hold, and whether one holds whenever others
do.

Every term gets the values at and around the constants it is compared with, all of an enum, and
unknown where it can be; the conditions are asked about every combination. Where there are too many,
nothing is claimed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise, product
from math import prod
from typing import Any

from engine.catalog.values import FactType, Money
from engine.conditions.formula import WHOLE_TRUTH, Formula, Sample, Term

# Combinations of values that are tried for one question.
MOST = 4096
# Conditions that are compared with each other: the work grows with their number thrice over.
MOST_PARTS = 40
_MOST_WORK = MOST * MOST_PARTS
# Facts that are counted and never fall below 0.
COUNTED = frozenset(
    {"order.days_late", "shipment.days_late", "order.parcels", "customer.lifetime_orders"}
)
_OTHER_TEXT = ("text", "any other")
_WHOLE = frozenset({"integer"})

Witness = dict[str, Sample | None]


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What is known of facts: their type, and whether they can be unknown where they are asked."""

    type_of: Callable[[str], FactType | None]
    may_be_unknown: Callable[[str], bool]
    _values: dict[tuple[str, Term], tuple[Sample | None, ...]] = field(default_factory=dict)

    def example(self, formulas: Sequence[Formula]) -> Witness | None:
        """A state in which all hold; None if there is none. What is too much to try counts as
        possible.
        """
        found: Witness = {}
        for group in _groups(formulas):
            states = self._states(group)
            if states is None:
                continue
            state = next((one for one in states if all(f.test(one) is True for f in group)), None)
            if state is None:
                return None
            found |= state
        return found

    def clash(self, formulas: Sequence[Formula]) -> list[Formula] | None:
        """Some of them that can never hold together; None if all can."""
        return next((group for group in _groups(formulas) if self.example(group) is None), None)

    def is_implied(self, formula: Formula, by: Iterable[Formula]) -> bool:
        """Whether it holds whenever all the others do."""
        group = next(
            group for group in _groups([formula, *by]) if any(one is formula for one in group)
        )
        states = self._states(group)
        if states is None:
            return False
        first = next(index for index, one in enumerate(group) if one is formula)
        others = [*group[:first], *group[first + 1 :]]
        return all(
            formula.test(one) is True for one in states if all(f.test(one) is True for f in others)
        )

    def _states(self, formulas: Sequence[Formula]) -> Iterator[Witness] | None:
        terms: dict[str, Term] = {}
        for one in formulas:
            for key, term in one.terms.items():
                terms[key] = terms[key].joined(term) if key in terms else term
        values = [self._samples(key, term) for key, term in terms.items()]
        combinations = prod(map(len, values))
        if combinations > MOST or combinations * len(formulas) > _MOST_WORK:
            return None
        return (dict(zip(terms, combination, strict=True)) for combination in product(*values))

    def _samples(self, key: str, term: Term) -> tuple[Sample | None, ...]:
        if (key, term) not in self._values:
            self._values[key, term] = tuple(self._sampled(term))
        return self._values[key, term]

    def _sampled(self, term: Term) -> list[Sample | None]:
        kind = self.type_of(term.name) if term.name else None
        known = _known_values(term, kind)
        can_lack = term.name is None or (not term.has_default and self.may_be_unknown(term.name))
        return [*known, None] if can_lack else [*known]


def _groups(formulas: Sequence[Formula]) -> list[list[Formula]]:
    """The formulas that share terms, directly or through others, each group apart from the rest;
    order is kept.
    """
    groups: list[tuple[set[str], list[Formula]]] = []
    for one in formulas:
        keys = set(one.terms)
        linked = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        members = [member for _, found in linked for member in found]
        groups.append((keys.union(*(found for found, _ in linked)), [*members, one]))
    return [members for _, members in groups]


def _known_values(term: Term, kind: FactType | None) -> list[Sample]:
    if term.is_whole or (kind is not None and kind.kind == "boolean"):
        return [(WHOLE_TRUTH, True), (WHOLE_TRUTH, False)]
    if kind is not None and kind.kind == "enum":
        return [("text", value) for value in kind.values]
    by_kind: dict[str, list[Any]] = {}
    for name, value in sorted(term.constants, key=str):
        by_kind.setdefault(name, []).append(value)
    least = 0 if term.is_count or term.name in COUNTED else None
    is_whole = term.is_count or (kind is not None and kind.kind in _WHOLE)
    found = [
        one
        for name, values in by_kind.items()
        for one in _around(name, values, least, is_whole=is_whole)
    ]
    return found or [_OTHER_TEXT]


def _around(kind: str, constants: list[Any], least: int | None, *, is_whole: bool) -> list[Sample]:
    """The constants and a value in every gap between and around them."""
    if kind == "text":
        return [*((kind, value) for value in constants), _OTHER_TEXT]
    if kind == WHOLE_TRUTH:
        return [(kind, True), (kind, False)]
    values = (
        _gapless(constants)
        if kind != "number"
        else _whole(constants)
        if is_whole
        else _real(constants)
    )
    if kind == "duration":
        values = _real(constants)
    return [(kind, value) for value in sorted(set(values)) if least is None or value >= least]


def _gapless(constants: list[int]) -> list[Any]:
    return [value + step for value in constants for step in (-1, 0, 1)]


def _whole(constants: list[Decimal]) -> list[Any]:
    ends = {
        int(value.to_integral_value(rounding))
        for value in constants
        for rounding in (ROUND_FLOOR, ROUND_CEILING)
    }
    return [Decimal(value) for value in _gapless(sorted(ends))]


def _real(constants: list[Decimal]) -> list[Any]:
    ordered = sorted(constants)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return [ordered[0] - 1, *ordered, *between, ordered[-1] + 1]


def spoken(example: Witness, names: dict[str, str]) -> str:
    """A state in words, as far as people can follow it: `customer.tier = gold, order.total = 80.00
    EUR`.
    """
    told = [
        f"{names[key]} {_sample_words(value)}" for key, value in example.items() if key in names
    ]
    return ", ".join(told) or "whatever is known"


def _sample_words(sample: Sample | None) -> str:
    if sample is None:
        return "is unknown"
    kind, value = sample
    if kind.startswith("money:"):
        return f"= {Money(value, kind.partition(':')[2])}"
    if kind == "date":
        return f"= {date.fromordinal(value)}"
    if kind == "duration":
        return f"= {value / 3600:.4g} hours"
    return f"= {str(value).lower() if kind == WHOLE_TRUTH else value}"
