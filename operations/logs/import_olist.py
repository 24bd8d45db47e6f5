"""The public Olist tables as a log of events, JSON Lines, in order of time.

The tables are those of the Brazilian E-Commerce Public Dataset by Olist; times are local to Brazil,
to the minute.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from engine.backtests.review_requests import SHOP_ASKED_AT
from operations.cannot_run import CannotRun, unusable

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

# Which column tells when each step of an order was done.
_STEPS = {
    "order.confirmed": "order_approved_at",
    "shipment.shipped": "order_delivered_carrier_date",
    "shipment.delivered": "order_delivered_customer_date",
}
_STARS = ("1", "2", "3", "4", "5")


class UnreadableTables(CannotRun):
    """A table that is missing or not what it should be; the text names file and place."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; what cannot be read in it is `UnreadableTables`."""

    place: str
    cells: Mapping[str, str | None]

    def __getitem__(self, column: str) -> str:
        """The text of a column, empty if there is none."""
        return self.cells.get(column) or ""

    def needed(self, column: str) -> str:
        """The text of a column that has to have one."""
        return self[column] or self.fails(column, "is missing")

    def local(self, column: str) -> datetime | None:
        """A local date and time, None if there is none."""
        try:
            return (
                datetime.fromisoformat(self[column]).replace(tzinfo=_BRASILIA)
                if self[column]
                else None
            )
        except ValueError:
            return self.fails(column, f"{self[column]!r} is not a date and time")

    def instant(self, column: str) -> datetime | None:
        """The instant of a local date and time."""
        local = self.local(column)
        return local.astimezone(UTC) if local else None

    def fails(self, column: str, why: str) -> NoReturn:
        """Say what is wrong with a column."""
        raise UnreadableTables(f"{self.place}: {column}: {why}")


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """What has been written where."""

    events: int
    orders: int
    log: Path

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"events": self.events, "orders": self.orders, "log": str(self.log)}


def import_olist(folder: Path, log: Path) -> ImportedLog:
    """Write the tables of a folder as a log; `UnreadableTables` says where one cannot be read."""
    events = events_of(folder)
    write_log(events, log)
    orders = {event["data"]["order"]["id"] for event in events if "order" in event["data"]}
    return ImportedLog(len(events), len(orders), log)


def events_of(folder: Path) -> list[dict[str, Any]]:
    """Every event of the tables as CloudEvents, in order of time."""
    _all_there(folder)
    people = {row["customer_id"]: row for row in _table(folder, "olist_customers_dataset.csv")}
    reviews: dict[str, list[Row]] = defaultdict(list)
    for row in _table(folder, "olist_order_reviews_dataset.csv"):
        reviews[row["order_id"]].append(row)
    found = [
        event
        for order in _table(folder, "olist_orders_dataset.csv")
        for event in _events(
            order, people.get(order["customer_id"]), reviews.get(order["order_id"], ())
        )
    ]
    return sorted(found, key=lambda event: (event["time"], event["id"]))


def write_log(events: list[dict[str, Any]], to: Path) -> None:
    """The log as JSON Lines; an older file is replaced only once the new one is whole."""
    part = to.with_name(to.name + ".part")
    try:
        part.write_text(
            "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events), "utf-8"
        )
        part.replace(to)
    except OSError as error:
        raise CannotRun(f"{to} cannot be written: {error.strerror}") from None


def _all_there(folder: Path) -> None:
    if not folder.is_dir():
        raise UnreadableTables(
            f"{folder} is no folder; it should hold the tables {', '.join(_COLUMNS)}"
        )
    if missing := [name for name in _COLUMNS if not (folder / name).exists()]:
        are = "is" if len(missing) == 1 else "are"
        raise UnreadableTables(
            f"{folder} is no folder of Olist's tables: {', '.join(missing)} {are} missing "
            "(from the Brazilian E-Commerce Public Dataset by Olist, unpacked, under the names they"
            " have there)"
        )


def _table(folder: Path, name: str) -> Iterator[Row]:
    path = folder / name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [
                column for column in _COLUMNS[name] if column not in (reader.fieldnames or ())
            ]
            if missing:
                raise UnreadableTables(f"{path}: the column {missing[0]} is missing")
            for cells in reader:
                yield Row(f"{path}:{reader.line_num}", cells)
    except OSError as error:
        raise UnreadableTables(unusable(error)) from None
    except UnicodeDecodeError:
        raise UnreadableTables(f"{path}: the file is not UTF-8 text") from None
    except csv.Error as error:
        raise UnreadableTables(f"{path}: {error}") from None


def _events(order: Row, person: Row | None, reviews: Sequence[Row]) -> Iterator[dict[str, Any]]:
    placed = order.instant("order_purchase_timestamp")
    if placed is None:
        order.fails("order_purchase_timestamp", "is missing")
    customer = _customer(order, person)
    promised = order.local("order_estimated_delivery_date")
    day = promised.date().isoformat() if promised else None
    yield _event(
        order, customer, "order.placed", placed, order={"country": "BR"} | _known(promised_on=day)
    )
    yield _event(order, customer, "consent.given", placed, consent={"category": "review"})
    times = {kind: at for kind, column in _STEPS.items() if (at := order.instant(column))}
    parcel = {"shipment": {"id": f"{order['order_id']}-1"} | _known(eta=day)}
    for kind, at in times.items():
        yield _event(order, customer, kind, at, **(parcel if kind.startswith("shipment.") else {}))
    if order["order_status"] in ("canceled", "unavailable"):
        reason = "out_of_stock" if order["order_status"] == "unavailable" else "other"
        last = max((placed, *times.values()))
        yield _event(
            order, customer, "order.cancelled", last + _MINUTE, order={"cancel_reason": reason}
        )
    if reviews and (at := reviews[-1].instant("review_answer_timestamp")):
        received = _event(
            order, customer, "review.received", at, review={"stars": _stars(reviews[-1])}
        )
        yield received | _asked_at(reviews)


def _asked_at(reviews: Sequence[Row]) -> dict[str, str]:
    """When the shop itself had asked for a review, as an attribute beside the data: no rule reads
    it.
    """
    times = [at for review in reviews if (at := review.instant("review_creation_date"))]
    return {SHOP_ASKED_AT: " ".join(map(_spelled, times))} if times else {}


def _known(**facts: str | None) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}


def _stars(review: Row) -> int:
    score = review["review_score"]
    return (
        int(score)
        if score in _STARS
        else review.fails("review_score", f"{score!r} is no number from 1 to 5")
    )


def _event(
    row: Row, customer: Mapping[str, str], kind: str, at: datetime, **things: Mapping[str, Any]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "shop": SHOP,
        "order": {"id": row.needed("order_id")},
        "customer": dict(customer),
    }
    for thing, told in things.items():
        data[thing] = {**data.get(thing, {}), **told}
    if kind == "consent.given":
        del data["order"]
    return {
        "specversion": "1.0",
        "id": f"{row['order_id']}:{kind}",
        "source": SOURCE,
        "type": kind,
        "time": _spelled(at),
        "data": data,
    }


def _spelled(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _customer(order: Row, person: Row | None) -> dict[str, str]:
    """The person behind an order; the tables hold no address, so one is made that leads nowhere."""
    identity = (person["customer_unique_id"] if person else "") or order.needed("customer_id")
    zone = _ZONE_OF_STATE.get(person["customer_state"] if person else "", "America/Sao_Paulo")
    return {"id": identity, "email": f"{identity}@olist.example", "time_zone": zone}
