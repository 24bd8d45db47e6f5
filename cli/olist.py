"""`purna import olist DIR`: the public Olist tables as a log of events, JSON Lines, in order of time.

The tables are those of the Brazilian E-Commerce Public Dataset by Olist; times are local to Brazil, to the minute.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SHOP = "olist"
SOURCE = "olist"
_BRASILIA = ZoneInfo("America/Sao_Paulo")
_MINUTE = timedelta(minutes=1)
# States whose clock differs from Brasília's (IANA zone of the state's capital).
_ZONE_OF_STATE = {
    "AC": "America/Rio_Branco",
    "AM": "America/Manaus",
    "MS": "America/Campo_Grande",
    "MT": "America/Cuiaba",
    "RO": "America/Porto_Velho",
    "RR": "America/Boa_Vista",
}
_COLUMNS = {
    "olist_orders_dataset.csv": (
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    "olist_customers_dataset.csv": ("customer_id", "customer_unique_id", "customer_state"),
    "olist_order_reviews_dataset.csv": ("order_id", "review_score", "review_answer_timestamp"),
}

Row = Mapping[str, str]


class Unreadable(Exception):
    """A table that is missing or not what it should be; the text names file and place."""


def events_of(folder: Path) -> list[dict[str, Any]]:
    """Every event of the tables as CloudEvents, in order of time."""
    people = {row["customer_id"]: row for row in _table(folder, "olist_customers_dataset.csv")}
    reviews = {row["order_id"]: row for row in _table(folder, "olist_order_reviews_dataset.csv")}
    found = [
        event
        for order in _table(folder, "olist_orders_dataset.csv")
        for event in _events(order, people.get(order["customer_id"], {}), reviews.get(order["order_id"]))
    ]
    return sorted(found, key=lambda event: (event["time"], event["id"]))


def write_log(events: list[dict[str, Any]], to: Path) -> None:
    """The log as JSON Lines; an older file is replaced only once the new one is whole."""
    part = to.with_name(to.name + ".part")
    part.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events), "utf-8")
    part.replace(to)


def _table(folder: Path, name: str) -> Iterator[Row]:
    path = folder / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in _COLUMNS[name] if column not in (reader.fieldnames or ())]
            if missing:
                raise Unreadable(f"{path}: the column {missing[0]} is missing")
            yield from reader
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path}: {error}") from None


def _events(order: Row, person: Row, review: Row | None) -> Iterator[dict[str, Any]]:
    placed = _instant(order["order_purchase_timestamp"])
    if placed is None:
        raise Unreadable(f"order {order['order_id']}: order_purchase_timestamp is missing")
    customer = _customer(order, person)
    promised = order["order_estimated_delivery_date"][:10]
    told = {"promised_on": promised, "country": "BR"} if promised else {"country": "BR"}
    yield _event(order, customer, "order.placed", placed, order=told)
    yield _event(order, customer, "consent.given", placed, consent={"category": "review"})
    times = {
        "order.confirmed": _instant(order["order_approved_at"]),
        "shipment.shipped": _instant(order["order_delivered_carrier_date"]),
        "shipment.delivered": _instant(order["order_delivered_customer_date"]),
    }
    parcel = {"shipment": {"id": f"{order['order_id']}-1"} | ({"eta": promised} if promised else {})}
    for kind, at in times.items():
        if at is not None:
            yield _event(order, customer, kind, at, **(parcel if kind.startswith("shipment.") else {}))
    if order["order_status"] in ("canceled", "unavailable"):
        last = max(at for at in (placed, *times.values()) if at is not None)
        reason = "out_of_stock" if order["order_status"] == "unavailable" else "other"
        yield _event(order, customer, "order.cancelled", last + _MINUTE, order={"cancel_reason": reason})
    if review and (at := _instant(review["review_answer_timestamp"])):
        yield _event(order, customer, "review.received", at, review={"stars": int(review["review_score"])})


def _event(
    row: Row, customer: Mapping[str, str], kind: str, at: datetime, **things: Mapping[str, Any]
) -> dict[str, Any]:
    data: dict[str, Any] = {"shop": SHOP, "order": {"id": row["order_id"]}, "customer": dict(customer)}
    for thing, told in things.items():
        data[thing] = {**data.get(thing, {}), **told}
    if kind == "consent.given":
        del data["order"]
    return {
        "specversion": "1.0",
        "id": f"{row['order_id']}:{kind}",
        "source": SOURCE,
        "type": kind,
        "time": at.isoformat().replace("+00:00", "Z"),
        "data": data,
    }


def _customer(order: Row, person: Row) -> dict[str, str]:
    """The person behind an order; the tables hold no address, so one is made that leads nowhere."""
    identity = person.get("customer_unique_id") or order["customer_id"]
    zone = _ZONE_OF_STATE.get(person.get("customer_state", ""), "America/Sao_Paulo")
    return {"id": identity, "email": f"{identity}@olist.example", "time_zone": zone}


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_BRASILIA).astimezone(UTC)
    except ValueError:
        raise Unreadable(f"{text!r} is not a date and time") from None
