"""Events: something that happened, in the past tense, CloudEvents-shaped (CloudEvents 1.0, JSON
format).
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.catalog.catalog import DATA_NAME, NAMES, PERSON_NAMES, Catalog, closest
from engine.catalog.rows import changed, row
from engine.catalog.values import WrongValue, canonical, instant, parse_moment

# A shop, a source there, and the id that the source has given.
EventKey = tuple[str, str, str]

MAX_ID = 200
ID_FORM = f"must be 1 to {MAX_ID} printable characters"
# The source of derived and emitted events, which nobody else may use: their ids are made of those
# of their causes.
OWN_SOURCE = "purna"
# How the sources of our own pages begin: nobody else reports what customers do there.
OWN_PAGES = f"{OWN_SOURCE}/"
# An event further ahead than this is a slip of the pen, such as a year of five digits; a demo plays
# months ahead.
MAX_AHEAD = timedelta(days=3650)
# How far ahead of its arrival an event may be dated, where nobody says otherwise; beyond it its
# sender's clock is wrong.
ALLOWANCE = timedelta(minutes=2)
# By how much one event is newer than another, at least.
MOMENT = timedelta(microseconds=1)
# Nothing was sold online before; year 1 and 1970 are what a sender writes who forgot to set the
# time.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NAMES = tuple((thing, DATA_NAME.get(thing, thing), keys) for thing, keys in NAMES.items())
# The facts by which things and people are known.
_NAMING = frozenset(PERSON_NAMES.values()).union(
    f"{name}.{key}" for _, name, keys in _NAMES for key in keys
)


# The attribute of a CloudEvent, and of a stored one, that says it is history.
HISTORY = "history"
# The attribute of a stored one that gives the time its sender stated, where it counts from another.
TOLD_AT = "told_at"
# The attribute of a stored one whose sender's clock nobody doubts.
TRUSTED = "trusted"
# The attribute of a stored one that gives the allowance of its shop in seconds, where it is not the
# usual one.
ALLOWED_AHEAD = "allowed_ahead"
_OF_ORIGIN = frozenset({"derived", "depth", HISTORY, TOLD_AT, TRUSTED, ALLOWED_AHEAD})


class InvalidEvent(ValueError):
    """An event that cannot be accepted: `field` names the place, `reason` says what was expected
    there.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.field, self.reason = place, reason
        super().__init__(f"{place}: {reason}")


@row
class Origin:
    """How an event came to be in a log.

    A `derived` one follows from another and says nothing new; `depth` counts the rules whose `emit`
    led to it. One that `is_history` was imported as such: it is known and counted, and fires
    nothing. `told_at` is the time its sender stated, where it counts from another; the clock of one
    that `is_trusted` is right whatever ours shows, as in a demo. Every other one was
    `allowed` to be so far ahead of its arrival.
    """

    derived: bool = False
    depth: int = 0
    is_history: bool = False
    told_at: datetime | None = None
    is_trusted: bool = False
    allowed: timedelta = ALLOWANCE


# By far most events are of one of these.
_REPORTED, _HISTORICAL, _DERIVED = Origin(), Origin(is_history=True), Origin(derived=True)


@row
class Event:
    """One event. `order` and `customer` are ids within `shop`; `things` the ids of the other things
    it names.

    `data` holds the canonical JSON value of every fact it states, by dotted name; they hold `until`
    an instant where a rule has set them for a time.
    """

    source: str
    id: str
    type: str
    occurred_at: datetime
    shop: str
    order: str | None = None
    customer: str | None = None
    things: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    until: str | None = None
    origin: Origin = _REPORTED

    @property
    def derived(self) -> bool:
        """Whether it follows from another event."""
        return self.origin.derived

    @property
    def depth(self) -> int:
        """How many rules led to it, one after the other."""
        return self.origin.depth

    @property
    def is_history(self) -> bool:
        """Whether it was imported as history, and fires nothing."""
        return self.origin.is_history

    @property
    def told_at(self) -> datetime:
        """When its sender says that it happened."""
        return self.origin.told_at or self.occurred_at

    @property
    def key(self) -> EventKey:
        """What tells it from every other event: two shops may have a source of one name."""
        return self.shop, self.source, self.id

    def to_json(self) -> dict[str, Any]:
        """Every field as JSON, for a log; `from_json` reads it back."""
        return {
            "source": self.source,
            "id": self.id,
            "type": self.type,
            "occurred_at": instant(self.occurred_at),
            "shop": self.shop,
            "order": self.order,
            "customer": self.customer,
            "things": dict(self.things),
            "data": dict(self.data),
            "derived": self.derived,
            "until": self.until,
            "depth": self.depth,
            **({HISTORY: True} if self.is_history else {}),
            **({TOLD_AT: instant(self.told_at)} if self.origin.told_at else {}),
            **({TRUSTED: True} if self.origin.is_trusted else {}),
            **_allowed_ahead(self.origin),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Event":
        """The event that `to_json` wrote."""
        return cls(
            **{name: value for name, value in stored.items() if name not in _OF_ORIGIN}
            | {
                "occurred_at": datetime.fromisoformat(stored["occurred_at"]),
                "origin": _origin(stored),
            }
        )


def _origin(stored: Mapping[str, Any]) -> Origin:
    """How a stored event came to be; those that senders report, almost all, share one row."""
    told_at = stored.get(TOLD_AT)
    origin = Origin(
        stored.get("derived", False),
        stored.get("depth", 0),
        stored.get(HISTORY, False),
        datetime.fromisoformat(told_at) if told_at else None,
        stored.get(TRUSTED, False),
        timedelta(seconds=stored[ALLOWED_AHEAD]) if ALLOWED_AHEAD in stored else ALLOWANCE,
    )
    return _REPORTED if origin == _REPORTED else origin


def _allowed_ahead(origin: Origin) -> dict[str, float]:
    seconds = origin.allowed.total_seconds()
    return {ALLOWED_AHEAD: seconds} if origin.allowed != ALLOWANCE else {}


def counted_from(event: Event, latest: datetime) -> Event:
    """The event at its own time, but not after `latest`; what its sender said is kept beside it."""
    if event.occurred_at <= latest:
        return event
    origin = changed(event.origin, told_at=event.told_at)
    return changed(event, occurred_at=latest, origin=origin)


def derived_from(origin: Origin) -> Origin:
    """The origin of an event that follows from another one."""
    return _DERIVED if origin is _REPORTED else changed(origin, derived=True)


def just_after(newest: datetime | None, now: datetime) -> datetime:
    """Now, or just after the newest of what it must be newer than."""
    return now if newest is None else max(now, newest + MOMENT)


def trusted(event: Event) -> Event:
    """The event at the time its sender says, whatever our clock shows."""
    return changed(event, origin=changed(event.origin, is_trusted=True))


def parse_event(
    raw: Any, catalog: Catalog, now: datetime, allowance: timedelta | None = None
) -> Event:
    """A CloudEvent in structured JSON; `InvalidEvent` names the field that is wrong.

    It counts from its own time, but from `allowance` after `now`, its arrival, at the latest; None
    trusts every clock. Facts the catalog does not know are passed over: a sender may say more than
    the shop has a use for.
    """
    if not isinstance(raw, dict):
        raise InvalidEvent("event", "must be a JSON object")
    data = raw.get("data")
    if not isinstance(data, dict):
        raise InvalidEvent("data", "must be a mapping with one key for each thing")
    kind = _identifier(raw, "type")
    if kind not in catalog.events:
        near = closest(kind, catalog.events)
        raise InvalidEvent(
            "type", f"unknown event {kind!r}" + (f", did you mean {near!r}?" if near else "")
        )
    shop = _identifier(data, "shop", "data.shop")
    things = _things(data)
    source = _identifier(raw, "source")
    if source == OWN_SOURCE or source.startswith(OWN_PAGES):
        raise InvalidEvent(
            "source",
            f"{source} is our own source, of what follows from other events; take another name",
        )
    event = Event(
        source=source,
        id=_identifier(raw, "id"),
        type=kind,
        occurred_at=_occurred_at(raw, now),
        shop=shop,
        order=things.pop("order", None),
        customer=things.pop("customer", None),
        things=things,
        data=dict(_facts(data, catalog)),
        origin=_HISTORICAL if _is_history(raw) else _REPORTED,
    )
    if allowance is None:
        return event
    if allowance != ALLOWANCE:
        event = changed(event, origin=changed(event.origin, allowed=allowance))
    return counted_from(event, now + allowance)


def _is_history(raw: Mapping[str, Any]) -> bool:
    said = raw.get(HISTORY, False)
    if not isinstance(said, bool):
        raise InvalidEvent(HISTORY, "must be true or false")
    return said


def _identifier(raw: Mapping[str, Any], key: str, place: str | None = None) -> str:
    value = raw.get(key)
    place = place or key
    if not isinstance(value, str) or not is_id(value):
        raise InvalidEvent(place, ID_FORM)
    return value


def is_id(text: str) -> bool:
    """Whether a thing can be named so."""
    return 1 <= len(text) <= MAX_ID and text.isprintable()


def _occurred_at(raw: Mapping[str, Any], now: datetime) -> datetime:
    text = raw.get("time")
    try:
        at = parse_moment(text) if isinstance(text, str) else None
        at = at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise InvalidEvent(
            "time", "must be an RFC 3339 time with a zone, such as 2026-03-02T10:00:00Z"
        )
    if at < EARLIEST:
        raise InvalidEvent("time", "lies before 1990")
    if at > now + MAX_AHEAD:
        raise InvalidEvent("time", "lies more than ten years in the future")
    return at


def _things(data: Mapping[str, Any]) -> dict[str, str]:
    """The id of each thing the event names, without blanks around it; a parcel may be known by its
    tracking number alone.
    """
    found: dict[str, str] = {}
    for thing, name, keys in _NAMES:
        if (stated := data.get(name)) is None:
            continue
        if not isinstance(stated, dict):
            raise InvalidEvent(f"data.{name}", "must be a mapping")
        told = {key: _trimmed(stated[key]) for key in keys if stated.get(key) is not None}
        if told:
            key = next((key for key, text in told.items() if text), next(iter(told)))
            found[thing] = _identifier(told, key, f"data.{name}.{key}")
    return found


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _facts(data: Mapping[str, Any], catalog: Catalog) -> Any:
    for thing, stated in data.items():
        known = catalog.facts_of.get(thing)
        if known is None or not isinstance(stated, dict):
            continue
        for key, value in stated.items():
            fact = known.get(key)
            if fact is None or value is None:
                continue
            if fact.name in _NAMING and not (value := _trimmed(value)):
                continue
            try:
                yield fact.name, canonical(fact.type, value)
            except WrongValue as wrong:
                raise InvalidEvent(f"data.{fact.name}", f"must be {wrong}") from None
