"""How facts that list things, such as an order's parcels, read in a terminal: a line for each."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.values import Value
from engine.catalog.values import spelled as spelled_value
from operations.instants import spelled

_PARCELS, _AT = "order.shipments", "_at"


def value_lines(name: str, value: Value, zone: str) -> list[str]:
    """The value of a fact as rules spell it, but moments as everywhere else here, and each of what
    it lists on a line of its own.
    """
    if isinstance(value, datetime):
        return [spelled(value, zone)]
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [_listed(name, one, zone) for one in value]
    return [spelled_value(value)]


def _listed(name: str, one: Value, zone: str) -> str:
    if not isinstance(one, dict):
        return spelled_value(one)
    if name == _PARCELS:
        return " · ".join(_parcel(one, zone))
    return " · ".join(f"{field}: {spelled_value(known)}" for field, known in one.items())


def _parcel(one: Mapping[str, Any], zone: str) -> Iterator[str]:
    """Its name, carrier, what happened last and when, and how late it is."""
    yield str(one.get("id") or f"parcel {one['number']}")
    if carrier := one.get("carrier"):
        yield str(carrier)
    times = {field: _moment(known) for field, known in one.items() if field.endswith(_AT)}
    happened = {field: at for field, at in times.items() if at is not None}
    if happened:
        last = max(happened, key=lambda field: happened[field])
        yield f"{last.removesuffix(_AT).replace('_', ' ')} {spelled(happened[last], zone)}"
    if (eta := one.get("eta")) and "delivered_at" not in happened:
        yield f"expected {spelled_value(eta)}"
    if (days := one.get("days_late")) is not None:
        yield "on time" if not days else f"{days} day{'' if days == 1 else 's'} late"


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
