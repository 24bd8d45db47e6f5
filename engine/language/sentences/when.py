"""What each form of a `when` sentence means; names are not asked yet."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any, Literal, cast

from lark import Token, Transformer, v_args

from engine.catalog.calendar import WEEKDAYS
from engine.catalog.values import UNITS, Duration
from engine.language.sentences.parts import EventPhrase, Fault, SentencePart
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Silence

Period = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event as it stands in a sentence."""

    listened: Listened
    offset: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """Lengths of time, or the name of one, and where they stand."""

    lengths: tuple[Duration | str, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day and where it stands."""

    at: time
    offset: int


@v_args(inline=True)
class WhenReader(Transformer[Token, Any]):
    """The forms of `when`; the parser calls each as soon as it has read one."""

    def event(self, name: Token, by_customer: Token | None = None) -> NamedEvent:
        """`shipment.shipped`, perhaps `by the customer`"""
        return NamedEvent(Listened(str(name), by_customer is not None), _place(name))

    def amount(self, said: SentencePart | Token) -> Amounts:
        """`48 hours` or `answer.review_wait`"""
        if isinstance(said, Token):
            return Amounts((str(said),), _place(said))
        number, unit = said.logic["duration"]
        return Amounts((Duration(Decimal(str(number)), unit),), said.offset)

    def several(self, *said: Token) -> Amounts:
        """`30, 14 and 3 days`"""
        *numbers, unit = said
        known = UNITS[" ".join(unit.split())]
        return Amounts(
            tuple(Duration(Decimal(number), known) for number in numbers), _place(numbers[0])
        )

    def at(self, clock: Token) -> TimeOfDay:
        """`at 10:00`"""
        return TimeOfDay(time.fromisoformat(clock), _place(clock))

    def on_event(self, event: NamedEvent) -> EventPhrase:
        """`shipment.shipped`"""
        return EventPhrase(
            OnEvent(event.listened.event, event.listened.by_customer), {"name": event.offset}
        )

    def after(self, amount: Amounts, event: NamedEvent, at: TimeOfDay | None = None) -> EventPhrase:
        """`2 days after review.received`"""
        told = event.listened
        trigger = After(amount.lengths[0], told.event, told.by_customer, _time(at))
        return EventPhrase(trigger, _places(event.offset, amount, at))

    def near_after(self, amounts: Amounts, date: Token, at: TimeOfDay | None = None) -> EventPhrase:
        """`3 and 7 days after loyalty.tier_ends_at`"""
        return _near(amounts, date, at, before=False)

    def before(self, amounts: Amounts, date: Token, at: TimeOfDay | None = None) -> EventPhrase:
        """`3 days before loyalty.points_expire_at`"""
        return _near(amounts, date, at, before=True)

    def on_date(self, date: Token, at: TimeOfDay | None = None) -> EventPhrase:
        """`on subscription.renews_at`"""
        return _near(Amounts((Duration(Decimal(0), "day"),), 0), date, at, before=False)

    def silence(self, amount: Amounts, of: NamedEvent, since: NamedEvent) -> EventPhrase:
        """`48 hours without shipment.scanned since shipment.shipped`"""
        trigger = Silence(amount.lengths[0], of.listened, since.listened)
        return EventPhrase(
            trigger, {"name": of.offset, "amount": amount.offset, "since": since.offset}
        )

    def every(self, *said: Token | TimeOfDay | None) -> EventPhrase | Fault:
        """`every 2 weeks on tuesday at 10:00`"""
        tokens = {token.type: token for token in said if isinstance(token, Token)}
        (clock,) = (one for one in said if isinstance(one, TimeOfDay))
        period = cast("Period", tokens["PERIOD"].removesuffix("s"))
        count = tokens.get("INT")
        if count is not None and not 1 <= int(count[:9]) <= _MOST:
            return Fault(_place(count), "J09", f"every 1 to {_MOST} {period}s")
        day = tokens.get("DAY")
        number = None if day is None else _day(day, period)
        if isinstance(number, Fault):
            return number
        places = {"name": _place(tokens["PERIOD"]), "at": clock.offset}
        return EventPhrase(Every(int(count or 1), period, number, clock.at), places)


_MOST = 1000


def _day(said: Token, period: Period) -> int | Fault:
    spelled = said.lower()
    if spelled in WEEKDAYS and period == "week":
        return WEEKDAYS.index(spelled)
    if spelled not in WEEKDAYS and period == "month":
        return int(spelled.split()[1])
    fitting = {
        "day": "a day of its own",
        "week": "a weekday such as tuesday",
        "month": "a day such as day 1",
    }[period]
    message = "every day takes no `on`" if period == "day" else f"every {period} comes on {fitting}"
    return Fault(_place(said), "J09", message)


def _near(amounts: Amounts, date: Token, at: TimeOfDay | None, *, before: bool) -> EventPhrase:
    return EventPhrase(
        Near(amounts.lengths, before, str(date), _time(at)), _places(_place(date), amounts, at)
    )


def _place(token: Token) -> int:
    return token.start_pos or 0


def _time(at: TimeOfDay | None) -> time | None:
    return at.at if at else None


def _places(name: int, amounts: Amounts, at: TimeOfDay | None) -> dict[str, int]:
    return {"name": name, "amount": amounts.offset} | ({"at": at.offset} if at else {})
