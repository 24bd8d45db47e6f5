"""Sentences as JSON and back, for `purna expand` and `purna say`.

A condition is JsonLogic. A trigger is one operator in the same manner: `{"after": [{"duration": [2,
"day"]}, "review.received", {"at": "10:00"}]}`; `"customer"` stands behind an event of any order,
several amounts are a list. The parser is imported where it is needed: a condition's JSON is said
without it, and its library takes long to load.
"""

from collections.abc import Callable
from datetime import time
from typing import Any

from engine.catalog.calendar import WEEKDAYS
from engine.catalog.values import Duration
from engine.conditions.say import say
from engine.conditions.shape import LogicForm
from engine.language.sentences.parts import Fault
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Silence, Trigger
from engine.rules.say_when import say_when


class UnreadableSentence(ValueError):
    """A sentence or JSON that is not of the language; the text says why, and in a
    sentence where.
    """


def expand(text: str) -> Any:
    """The JSON of a sentence: a condition if it reads as one, else a trigger. `UnreadableSentence`
    if it is neither.

    A name alone is a condition: an event alone is its own JSON.
    """
    from engine.language.sentences.parser import parse_condition, parse_when

    part = parse_condition(text)
    faults = (part,) if isinstance(part, Fault) else part.faults
    if not isinstance(part, Fault) and not faults:
        return part.logic
    heard = parse_when(text)
    if not isinstance(heard, Fault):
        return expand_trigger(heard.trigger)
    # The reading that came further is the one that was meant.
    fault = max(faults[0], heard, key=lambda one: one.offset)
    raise UnreadableSentence(f"{text}\n{' ' * fault.offset}^ {fault.message} [{fault.code}]")


def sentence(logic: Any) -> str:
    """The sentence of what `expand` gave, or of any JsonLogic; `UnreadableSentence` if
    it is none.
    """
    operator, operands = (
        next(iter(logic.items())) if isinstance(logic, dict) and len(logic) == 1 else ("", None)
    )
    if operator in _TRIGGERS:
        return _trigger(operator, operands)
    form = LogicForm()
    canonical = form.canonical(logic)
    if form.faults:
        raise UnreadableSentence("; ".join(message for _, _, message in form.faults))
    return say(canonical)


def expand_trigger(trigger: Trigger) -> dict[str, Any]:
    """A trigger as JSON."""
    match trigger:
        case OnEvent():
            return {"event": _event(trigger)}
        case After(delay=delay, at=at):
            return {"after": [_length(delay), *_event(trigger), *_clock(at)]}
        case Near(offsets=(Duration(amount=0),), before=False, fact=name, at=at):
            return {"on": [name, *_clock(at)]}
        case Near(offsets=offsets, before=before, fact=name, at=at):
            lengths: Any = [_length(one) for one in offsets]
            amount = lengths if len(lengths) > 1 else lengths[0]
            return {"before" if before else "after": [amount, name, *_clock(at)]}
        case Silence(lasting=lasting, of=of, since=since, at=at):
            return {"without": [_length(lasting), _event(of), _event(since), *_clock(at)]}
        case Every(count=count, period=period, day=day, at=at):
            on = [] if day is None else [WEEKDAYS[day] if period == "week" else f"day {day}"]
            return {"every": [count, period, *on, *_clock(at)]}


def _event(told: OnEvent | After | Listened) -> list[str]:
    return [told.event, *(["customer"] if told.by_customer else [])]


def _length(length: Duration | str) -> dict[str, Any]:
    if isinstance(length, str):
        return {"var": length}
    amount = int(length.amount) if length.amount % 1 == 0 else float(length.amount)
    return {"duration": [amount, length.unit]}


def _clock(at: time | None) -> list[dict[str, str]]:
    return [{"at": f"{at:%H:%M}"}] if at else []


def _trigger(operator: str, operands: Any) -> str:
    """The sentence of a trigger's JSON, read once so that what is said can be read."""
    *told, last = operands if isinstance(operands, list) and operands else [None]
    clock = f" at {last['at']}" if isinstance(last, dict) and set(last) == {"at"} else ""
    try:
        text = _TRIGGERS[operator](told if clock else [*told, last]) + clock
    except (ValueError, TypeError, AttributeError, LookupError):
        raise UnreadableSentence(f"{operator} is not written so; `expand` shows how") from None
    from engine.language.sentences.parser import parse_when

    heard = parse_when(text)
    if isinstance(heard, Fault):
        raise UnreadableSentence(f"{operator} is not written so: {heard.message}")
    return say_when(heard.trigger)


def _after(operands: list[Any]) -> str:
    return f"{_amounts(operands[0])} after {_event_phrase(operands[1:])}"


def _before(operands: list[Any]) -> str:
    amounts, name = operands
    return f"{_amounts(amounts)} before {name}"


def _without(operands: list[Any]) -> str:
    amount, of, since = operands
    return f"{_amounts(amount)} without {_event_phrase(of)} since {_event_phrase(since)}"


def _every(operands: list[Any]) -> str:
    count, period, *day = operands
    return f"every {count} {period}{''.join(f' on {one}' for one in day)}"


def _event_phrase(told: list[Any]) -> str:
    name, *whose = told
    return f"{name} by the customer" if whose == ["customer"] else " ".join([name, *whose])


def _amounts(told: Any) -> str:
    *others, last = told if isinstance(told, list) else [told]
    if any(one["duration"][1] != last["duration"][1] for one in others):
        raise ValueError("several amounts share one unit")
    numbers = ", ".join(str(one["duration"][0]) for one in others)
    return f"{numbers} and {say(last)}" if numbers else say(last)


_TRIGGERS: dict[str, Callable[[list[Any]], str]] = {
    "event": _event_phrase,
    "after": _after,
    "before": _before,
    "on": lambda operands: f"on {_event_phrase(operands)}",
    "without": _without,
    "every": _every,
}
