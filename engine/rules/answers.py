"""Answers: decision tables that every channel asks, and the proof of each answer."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.catalog.calendar import add, at_local, local_day
from engine.catalog.rows import row
from engine.catalog.values import Duration, Money, Value
from engine.conditions.condition import Finding
from engine.rules.ruleset import Answer, AnswerLine


@row
class ProofLine:
    """A line of the table that counted: what it says, where it stands, what it gave and the facts
    it read.
    """

    text: str
    place: str
    gave: Value
    findings: tuple[Finding, ...]


@row
class Answered:
    """The value of an answer; with `starts` also the last day that counts and whether it has not
    passed yet.
    """

    value: Value
    ends_on: date | None
    open: bool | None
    proof: tuple[ProofLine, ...]


def ask(answer: Answer, facts: Mapping[str, Any]) -> Answered:
    """The first line that holds, and every line of `plus` that holds; a line that is unknown is
    passed over.
    """
    lines = [line for line in answer.first if _holds(line, facts)][:1]
    lines += [line for line in answer.plus if _holds(line, facts)]
    value = _sum([line.then for line in lines])
    ends_on = _ends_on(answer, value, facts)
    proof = tuple(
        ProofLine(line.text, str(line.position), line.then, _findings(line, facts))
        for line in lines
    )
    return Answered(value, ends_on, None if ends_on is None else facts["today"] <= ends_on, proof)


def _holds(line: AnswerLine, facts: Mapping[str, Any]) -> bool:
    return all(condition.holds(facts) is True for condition in line.conditions)


def _findings(line: AnswerLine, facts: Mapping[str, Any]) -> tuple[Finding, ...]:
    return tuple(finding for condition in line.conditions for finding in condition.explain(facts))


def _sum(values: list[Value]) -> Value:
    if not values:
        return None
    total = values[0]
    for value in values[1:]:
        total = _added(total, value)
    return total


def _added(one: Value, other: Value) -> Value:
    """Their sum; unknown where there is none, as of two currencies."""
    match one, other:
        case Duration(), Duration() if one.unit == other.unit:
            return Duration(one.amount + other.amount, one.unit)
        case Duration(), Duration() if {one.unit, other.unit} == {"day", "week"}:
            return Duration(_days(one) + _days(other), "day")
        case Money(), Money() if one.currency == other.currency:
            return Money(one.minor + other.minor, one.currency)
        case int(), int():
            return one + other
        case _:
            return None


def _days(length: Duration) -> Decimal:
    return length.amount * (7 if length.unit == "week" else 1)


def _ends_on(answer: Answer, value: Value, facts: Mapping[str, Any]) -> date | None:
    """The last day that counts, in the customer's zone: the start's day plus the days answered."""
    if answer.starts is None or not isinstance(value, Duration):
        return None
    start, zone = facts[answer.starts], facts["zone"]
    if isinstance(start, datetime):
        start = local_day(start, zone)
    if not isinstance(start, date):
        return None
    return local_day(add(at_local(start, time(12), zone), value, zone), zone)
