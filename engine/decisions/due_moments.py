"""When a rule is due: each form of `when` as a moment, from the facts of its thing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from engine.catalog.calendar import add, at_local, local_day
from engine.catalog.values import Duration, as_instant, parse_duration
from engine.decisions.firing import Firing
from engine.facts import things
from engine.facts.events import Event
from engine.facts.state import State
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.rule import After, Every, Near, Rule, Silence, Trigger

# How long a finished order stays open for late news.
KEEPS_OPEN = timedelta(days=30)
_WEEK = 7
_MIDNIGHT = time()
T = TypeVar("T", After, Silence)


@dataclass(frozen=True, slots=True)
class Approach:
    """One offset of a rule near a date: the day of the date, the offset from it, when it is due,
    the date itself.
    """

    day: str
    offset: str
    due_at: datetime
    date_at: datetime

    @property
    def label(self) -> str:
        """How the firing is called."""
        return self.day + self.offset


def begins_at(event: Event, view: View) -> datetime:
    """From when a firing counts: the time of its event; where that happens once, of its first
    report.
    """
    if view.ruleset.catalog.events[event.type].repeats:
        return event.occurred_at
    times = things.happened(*view.holder(view.about.kind), event.type)
    return times[0] if times else event.occurred_at


def line_of(rule: Rule, firing: Firing, form: type[T]) -> T | None:
    """The line of `when` a firing waits for; where the rule reads otherwise by now, the first of
    the same form.
    """
    lines = (*rule.triggers[firing.line : firing.line + 1], *rule.triggers)
    return next((one for one in lines if isinstance(one, form)), None)


def silent_since(trigger: Silence, rule: Rule, view: View) -> View | None:
    """The view of the thing whose silence it is, None while its clock has not been started."""
    thing = view.holder(rule.about)[2]
    if thing is None or things.happened(*view.holder(rule.about), trigger.since.event) is None:
        return None
    if (rule.about, thing) == (view.about.kind, view.about.id):
        return view
    return View(
        view.ruleset,
        view.subjects,
        About(rule.about, thing, view.about.data),
        view["now"],
        view.history,
    )


def due_after(
    trigger: After, begins_at: datetime, view: View, length: str | None = None
) -> datetime | None:
    """So long after an event, at a clock time of that day where one is given; None if the length is
    unknown. A wait that began keeps its `length`.
    """
    delay = parse_duration(length) if length else _length(trigger.delay, view)
    if delay is None:
        return None
    due_at = add(begins_at, delay, view["zone"], view.ruleset.policies.shop.calendar)
    return (
        due_at
        if trigger.at is None
        else at_local(local_day(due_at, view["zone"]), trigger.at, view["zone"])
    )


def due_in_silence(lasting: Duration | str, since: datetime, view: View) -> datetime | None:
    """When it has been silent for so long; None if the length is unknown."""
    length = _length(lasting, view)
    return add(since, length, view["zone"], view.ruleset.policies.shop.calendar) if length else None


def measure(trigger: Trigger, view: View) -> tuple[str | None, str | None]:
    """The zone by whose days a firing is due, None where none matters, and how long it waits."""
    match trigger:
        case After(delay=amount, at=at) | Silence(lasting=amount, at=at):
            length = _length(amount, view)
            by_days = at is not None or (length is not None and length.elapsed is None)
            return view["zone"] if by_days else None, str(length) if length else None
        case Near() | Every():
            return view["zone"], None
        case _:
            return None, None


def approaches(trigger: Near, view: View) -> Iterator[Approach]:
    """Every offset of a date as it now stands; none if the date is unknown. A date without time is
    midnight there.
    """
    value, zone = view[trigger.fact], view["zone"]
    if value is None:
        return
    date_at = value if isinstance(value, datetime) else at_local(value, _MIDNIGHT, zone)
    day = local_day(date_at, zone)
    for amount in trigger.offsets:
        length = _length(amount, view)
        if length is None:
            continue
        away = Duration(-length.amount if trigger.before else length.amount, length.unit)
        due_at = add(date_at, away, zone, view.ruleset.policies.shop.calendar)
        if trigger.at is not None:
            due_at = at_local(local_day(due_at, zone), trigger.at, zone)
        offset = f"{'-' if trigger.before else '+'}{length}".replace(" ", "-")
        yield Approach(day.isoformat(), offset, due_at, date_at)


def next_slot(trigger: Every, starts_on: date | None, after: datetime, zone: str) -> datetime:
    """The first slot of a schedule after a moment; weeks and months count from the
    rule's `from`.
    """
    day = local_day(after, zone)
    while True:
        at = at_local(day, trigger.at, zone)
        if at > after and _is_slot(trigger, day, starts_on or date(1970, 1, 5)):
            return at
        day += timedelta(days=1)


def _is_slot(trigger: Every, day: date, origin: date) -> bool:
    match trigger.period:
        case "day":
            return (day - origin).days % trigger.count == 0
        case "week":
            weeks = (_monday(day) - _monday(origin)).days // _WEEK
            return weeks % trigger.count == 0 and day.weekday() == (trigger.day or 0)
        case "month":
            months = (day.year - origin.year) * 12 + day.month - origin.month
            return months % trigger.count == 0 and day.day == min(trigger.day or 1, _last_day(day))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _last_day(day: date) -> int:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - timedelta(days=1)).day


def _length(amount: Duration | str, view: View) -> Duration | None:
    if isinstance(amount, Duration):
        return amount
    value = view[amount]
    return value if isinstance(value, Duration) else None


def is_in_season(starts_on: date | None, ends_on: date | None, at: datetime, zone: str) -> bool:
    """Whether a moment's day lies from `from` to `until`, both included."""
    if starts_on is None and ends_on is None:
        return True
    day = local_day(at, zone)
    return (starts_on is None or day >= starts_on) and (ends_on is None or day <= ends_on)


def order_ends_at(own: State, subjects: Subjects) -> datetime | None:
    """When a finished order's journey ends."""
    if subjects.order is None or "things" not in own:
        return None
    final = things.is_final(own)
    return as_instant(final) + KEEPS_OPEN if final else None
