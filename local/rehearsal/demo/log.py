"""A log of events for a demo: read, cut to a number of orders, and moved by whole weeks so that it
starts now.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.catalog.catalog import Catalog
from engine.catalog.values import instant
from engine.facts.events import Event, InvalidEvent, parse_event
from operations.cannot_run import CannotRun, unusable

_WEEK = timedelta(weeks=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def read_log(path: Path, orders: int | None) -> list[dict[str, Any]]:
    """The CloudEvents of a JSON Lines file, of its first `orders` orders and what their customers
    did.
    """
    try:
        lines = path.read_text("utf-8").split("\n")  # a text may hold other ends of lines
    except OSError as error:
        raise CannotRun(unusable(error)) from None
    except UnicodeDecodeError:
        raise CannotRun(f"{path} is not UTF-8 text") from None
    told = [_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not told:
        raise CannotRun(f"{path} holds no events")
    return told if orders is None else list(_first(told, orders))


def moved(told: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The log with every instant and every date moved by the same whole weeks, its first event not
    before `now`.
    """
    first = min(datetime.fromisoformat(event["time"]) for event in told)
    weeks = -((first - now) // _WEEK)  # rounded up
    return [_later(event, weeks * _WEEK) for event in told]


def parsed(told: Iterable[dict[str, Any]], catalog: Catalog, now: datetime) -> list[Event]:
    """The events as the ingest reads them; `CannotRun` names the one that it would refuse."""
    return [_parsed(event, catalog, now) for event in told]


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(line)
        has_zone = datetime.fromisoformat(event["time"]).tzinfo is not None
        dict.get(event["data"], "shop")
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CannotRun(f"{path}:{number}: no CloudEvent with `time` and `data`") from None
    if not has_zone:
        raise CannotRun(f"{path}:{number}: `time` has no zone: 2026-03-02T10:00:00Z has one")
    return event


def _parsed(event: dict[str, Any], catalog: Catalog, now: datetime) -> Event:
    try:
        return parse_event(event, catalog, now)
    except InvalidEvent as invalid:
        raise CannotRun(f"event {event.get('id')}: {invalid}") from None


def _first(told: list[dict[str, Any]], orders: int) -> Iterator[dict[str, Any]]:
    """Events of the first orders to appear, and those of their customers that name no order."""
    chosen: dict[str, str] = {}
    for event in told:
        order, customer = _id(event, "order"), _id(event, "customer")
        if order and order not in chosen and len(chosen) < orders:
            chosen[order] = customer or ""
    people = set(chosen.values()) - {""}
    for event in told:
        order = _id(event, "order")
        if order in chosen if order else _id(event, "customer") in people:
            yield event


def _id(event: dict[str, Any], thing: str) -> str | None:
    told = event["data"].get(thing)
    name = told.get("id") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _later(event: dict[str, Any], shift: timedelta) -> dict[str, Any]:
    at = _shifted(datetime.fromisoformat(event["time"]), shift)
    return {**event, "time": instant(at), "data": _later_dates(event["data"], shift)}


def _later_dates(told: Any, shift: timedelta) -> Any:
    match told:
        case dict():
            return {key: _later_dates(value, shift) for key, value in told.items()}
        case list():
            return [_later_dates(value, shift) for value in told]
        case str() if _DATE.match(told):
            return _later_date(told, shift)
        case _:
            return told


def _later_date(text: str, shift: timedelta) -> str:
    try:
        later = _shifted(datetime.fromisoformat(text), shift)
    except ValueError:
        return text
    return later.date().isoformat() if len(text) == len("2026-03-05") else later.isoformat()


def _shifted(at: datetime, shift: timedelta) -> datetime:
    """The year 9999 stands for never, and stays."""
    try:
        return at + shift
    except OverflowError:
        return at
