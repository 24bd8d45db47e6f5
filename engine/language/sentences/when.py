"""What each form of a `when` sentence means; names are not asked yet."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any, Literal, cast

from lark import Token, Transformer, v_args

from engine.catalog.calendar import WEEKDAYS
from engine.catalog.values import UNITS, Duration
from engine.language.sentences.parts import Fault, Heard, Part
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Silence

Period = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Named:
    """An event as it stands in a sentence."""

    listened: Listened
    offset: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """Lengths of time, or the name of one, and where they stand."""

    lengths: tuple[Duration | str, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day and where it stands."""

    at: time
    offset: int


@v_args(inline=True)
class WhenReader(Transformer[Token, Any]):
    """The forms of `when`; the parser calls each as soon as it has read one."""

    def event(self, name: Token, by_customer: Token | None = None) -> Named:
        """`shipment.shipped`, perhaps `by the customer`"""
        return Named(Listened(str(name), by_customer is not None), _place(name))

    def amount(self, said: Part | Token) -> Amounts:
        """`48 hours` or `answer.review_wait`"""
        if isinstance(said, Token):
            return Amounts((str(said),), _place(said))
        number, unit = said.logic["duration"]
        return Amounts((Duration(Decimal(str(number)), unit),), said.offset)

    def several(self, *said: Token) -> Amounts:
        """`30, 14 and 3 days`"""
        *numbers, unit = said
        known = UNITS[" ".join(unit.split())]
        return Amounts(tuple(Duration(Decimal(number), known) for number in numbers), _place(numbers[0]))

    def at(self, clock: Token) -> Clock:
        """`at 10:00`"""
        return Clock(time.fromisoformat(clock), _place(clock))

    def on_event(self, event: Named) -> Heard:
        """`shipment.shipped`"""
        return Heard(OnEvent(event.listened.event, event.listened.by_customer), {"name": event.offset})

    def after(self, amount: Amounts, event: Named, at: Clock | None = None) -> Heard:
        """`2 days after review.received`"""
        told = event.listened
        trigger = After(amount.lengths[0], told.event, told.by_customer, _time(at))
        return Heard(trigger, _places(event.offset, amount, at))

    def near_after(self, amounts: Amounts, date: Token, at: Clock | None = None) -> Heard:
        """`3 and 7 days after loyalty.tier_ends_at`"""
        return _near(amounts, date, at, before=False)

    def before(self, amounts: Amounts, date: Token, at: Clock | None = None) -> Heard:
        """`3 days before loyalty.points_expire_at`"""
        return _near(amounts, date, at, before=True)

    def on_date(self, date: Token, at: Clock | None = None) -> Heard:
        """`on subscription.renews_at`"""
        return _near(Amounts((Duration(Decimal(0), "day"),), 0), date, at, before=False)

    def silence(self, amount: Amounts, of: Named, since: Named) -> Heard:
        """`48 hours without shipment.scanned since shipment.shipped`"""
        trigger = Silence(amount.lengths[0], of.listened, since.listened)
        return Heard(trigger, {"name": of.offset, "amount": amount.offset, "since": since.offset})

    def every(self, *said: Token | Clock | None) -> Heard | Fault:
        """`every 2 weeks on tuesday at 10:00`"""
        tokens = {token.type: token for token in said if isinstance(token, Token)}
        (clock,) = (one for one in said if isinstance(one, Clock))
        period = cast("Period", tokens["PERIOD"].removesuffix("s"))
        count = tokens.get("INT")
        if count is not None and not 1 <= int(count[:9]) <= _MOST:
            return Fault(_place(count), "J09", f"every 1 to {_MOST} {period}s")
        day = tokens.get("DAY")
        number = None if day is None else _day(day, period)
        if isinstance(number, Fault):
            return number
        places = {"name": _place(tokens["PERIOD"]), "at": clock.offset}
        return Heard(Every(int(count or 1), period, number, clock.at), places)


_MOST = 1000


def _day(said: Token, period: Period) -> int | Fault:
    spelled = said.lower()
    if spelled in WEEKDAYS and period == "week":
        return WEEKDAYS.index(spelled)
    if spelled not in WEEKDAYS and period == "month":
        return int(spelled.split()[1])
    fitting = {"day": "a day of its own", "week": "a weekday such as tuesday", "month": "a day such as day 1"}[period]
    message = "every day takes no `on`" if period == "day" else f"every {period} comes on {fitting}"
    return Fault(_place(said), "J09", message)


def _near(amounts: Amounts, date: Token, at: Clock | None, *, before: bool) -> Heard:
    return Heard(Near(amounts.lengths, before, str(date), _time(at)), _places(_place(date), amounts, at))


def _place(token: Token) -> int:
    return token.start_pos or 0


def _time(at: Clock | None) -> time | None:
    return at.at if at else None


def _places(name: int, amounts: Amounts, at: Clock | None) -> dict[str, int]:
    return {"name": name, "amount": amounts.offset} | ({"at": at.offset} if at else {})
