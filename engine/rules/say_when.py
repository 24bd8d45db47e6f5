"""Triggers said back as the sentences of `when`, so that they read the same again."""

from datetime import time

from engine.catalog.calendar import WEEKDAYS
from engine.catalog.values import Duration
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Silence, Trigger


def say_when(trigger: Trigger) -> str:
    """The sentence of a trigger."""
    match trigger:
        case OnEvent():
            return _event(trigger)
        case After(delay=delay, at=at):
            return f"{_length(delay)} after {_event(trigger)}{_at(at)}"
        case Near(offsets=(Duration(amount=0),), before=False, fact=name, at=at):
            return f"on {name}{_at(at)}"
        case Near(offsets=offsets, before=before, fact=name, at=at):
            return f"{_lengths(offsets)} {'before' if before else 'after'} {name}{_at(at)}"
        case Silence(lasting=lasting, of=of, since=since, at=at):
            return f"{_length(lasting)} without {_event(of)} since {_event(since)}{_at(at)}"
        case Every(count=count, period=period, day=day, at=at):
            often = period if count == 1 else f"{count} {period}s"
            spelled = (
                "" if day is None else f" on {WEEKDAYS[day] if period == 'week' else f'day {day}'}"
            )
            return f"every {often}{spelled}{_at(at)}"


def _event(told: OnEvent | After | Listened) -> str:
    return f"{told.event}{' by the customer' if told.by_customer else ''}"


def _at(clock: time | None) -> str:
    return f" at {clock:%H:%M}" if clock else ""


def _length(length: Duration | str) -> str:
    return str(length)


def _lengths(lengths: tuple[Duration | str, ...]) -> str:
    *others, last = lengths
    amounts = [f"{one.amount:f}" for one in others if isinstance(one, Duration)]
    return f"{', '.join(amounts)} and {_length(last)}" if amounts else _length(last)
