"""The tables of Olist as a log: what each column becomes, and what is said of a table that is
broken.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.catalog import builtin
from engine.facts.events import parse_event
from operations.cannot_run import CannotRun
from operations.logs.import_olist import UnreadableTables, events_of, write_log
from tests.paths import SHARED

REAL = SHARED / "olist"
ORDERS, PEOPLE, REVIEWS = (
    f"olist_{name}_dataset.csv" for name in ("orders", "customers", "order_reviews")
)
HEADS = {
    ORDERS: "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
    PEOPLE: "customer_id,customer_unique_id,customer_state",
    REVIEWS: "order_id,review_score,review_answer_timestamp",
}
NO_TIME = " is not a date and time"
BOUGHT = "o1,c1,delivered,2018-06-01 10:00:00"
WHOLE = f"{BOUGHT},2018-06-01 11:00:00,2018-06-02 09:00:00,2018-06-05 16:00:00,2018-06-10 00:00:00"


def tables(folder: Path, *orders: str, people: str = "c1,ana,SP", reviews: str = "") -> Path:
    for name, rows in ((ORDERS, "\n".join(orders)), (PEOPLE, people), (REVIEWS, reviews)):
        (folder / name).write_text(f"{HEADS[name]}\n{rows}\n")
    return folder


def told(folder: Path) -> list[tuple[str, str]]:
    return [(event["type"], event["time"]) for event in events_of(folder)]


def facts(folder: Path, kind: str) -> dict[str, Any]:
    (event,) = (event for event in events_of(folder) if event["type"] == kind)
    return dict(event["data"])


def test_an_order_becomes_its_steps_in_universal_time(tmp_path: Path) -> None:
    assert told(tables(tmp_path, WHOLE, reviews="o1,4,2018-06-08 12:00:00")) == [
        ("consent.given", "2018-06-01T13:00:00Z"),
        ("order.placed", "2018-06-01T13:00:00Z"),
        ("order.confirmed", "2018-06-01T14:00:00Z"),
        ("shipment.shipped", "2018-06-02T12:00:00Z"),
        ("shipment.delivered", "2018-06-05T19:00:00Z"),
        ("review.received", "2018-06-08T15:00:00Z"),
    ]


def test_summer_time_of_those_years_is_heeded(tmp_path: Path) -> None:
    row = "o1,c1,created,2018-01-10 10:00:00,,,,"

    assert told(tables(tmp_path, row))[0] == ("consent.given", "2018-01-10T12:00:00Z")


def test_what_was_promised_and_what_was_thought_is_told(tmp_path: Path) -> None:
    folder = tables(tmp_path, WHOLE, reviews="o1,1,2018-06-08 12:00:00")

    assert facts(folder, "order.placed")["order"] == {
        "id": "o1",
        "country": "BR",
        "promised_on": "2018-06-10",
    }
    assert facts(folder, "shipment.shipped")["shipment"] == {"id": "o1-1", "eta": "2018-06-10"}
    assert facts(folder, "review.received")["review"] == {"stars": 1}


def test_an_order_that_only_was_placed_says_no_more(tmp_path: Path) -> None:
    folder = tables(tmp_path, f"{BOUGHT},,,,")

    assert [kind for kind, _ in told(folder)] == ["consent.given", "order.placed"]
    assert facts(folder, "order.placed")["order"] == {"id": "o1", "country": "BR"}


@pytest.mark.parametrize(
    ("status", "reason"), [("canceled", "other"), ("unavailable", "out_of_stock")]
)
def test_an_order_that_was_called_off_is_cancelled_after_its_last_step(
    tmp_path: Path, status: str, reason: str
) -> None:
    folder = tables(tmp_path, f"o1,c1,{status},2018-06-01 10:00:00,2018-06-01 11:00:00,,,")

    assert told(folder)[-1] == ("order.cancelled", "2018-06-01T14:01:00Z")
    assert facts(folder, "order.cancelled")["order"]["cancel_reason"] == reason


@pytest.mark.parametrize("status", ["delivered", "shipped", "processing", "invoiced"])
def test_any_other_order_is_not_cancelled(tmp_path: Path, status: str) -> None:
    assert "order.cancelled" not in dict(
        told(tables(tmp_path, BOUGHT.replace("delivered", status) + ",,,,"))
    )


@pytest.mark.parametrize(
    ("people", "customer"),
    [
        (
            "c1,ana,SP",
            {"id": "ana", "email": "ana@olist.example", "time_zone": "America/Sao_Paulo"},
        ),
        ("c1,ana,AM", {"id": "ana", "email": "ana@olist.example", "time_zone": "America/Manaus"}),
        ("c9,ben,AM", {"id": "c1", "email": "c1@olist.example", "time_zone": "America/Sao_Paulo"}),
    ],
)
def test_the_customer_is_a_person_at_home_somewhere(
    tmp_path: Path, people: str, customer: dict[str, str]
) -> None:
    assert facts(tables(tmp_path, WHOLE, people=people), "consent.given")["customer"] == customer


def test_two_orders_of_one_person_are_told_in_order_of_time(tmp_path: Path) -> None:
    earlier = WHOLE.replace("o1,c1", "o2,c2").replace("2018-06", "2018-05")
    events = events_of(tables(tmp_path, WHOLE, earlier, people="c1,ana,SP\nc2,ana,SP"))

    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert {event["data"]["customer"]["id"] for event in events} == {"ana"}


def test_a_table_with_a_mark_at_its_head_is_read(tmp_path: Path) -> None:
    folder = tables(tmp_path, WHOLE)
    (folder / ORDERS).write_text((folder / ORDERS).read_text(), "utf-8-sig")

    assert told(folder)


@pytest.mark.parametrize(
    ("table", "right", "wrong", "sentence"),
    [
        (ORDERS, "order_status", "status", f"{ORDERS}: the column order_status is missing"),
        (PEOPLE, "customer_state", "state", f"{PEOPLE}: the column customer_state is missing"),
        (ORDERS, "2018-06-02 09:00:00", "02/06",
        f"{ORDERS}:2: order_delivered_carrier_date: '02/06'{NO_TIME}"),
        (ORDERS, "2018-06-10 00:00:00", "10/06",
        f"{ORDERS}:2: order_estimated_delivery_date: '10/06'{NO_TIME}"),
        (ORDERS, "2018-06-01 10:00:00", "", f"{ORDERS}:2: order_purchase_timestamp: is missing"),
        (ORDERS, "o1,", ",", f"{ORDERS}:2: order_id: is missing"),
        (ORDERS, WHOLE, "o1", f"{ORDERS}:2: order_purchase_timestamp: is missing"),
        (REVIEWS, "2018-06-08 12:00:00", "soon",
        f"{REVIEWS}:2: review_answer_timestamp: 'soon'{NO_TIME}"),
        (REVIEWS, "o1,4,", "o1,6,", f"{REVIEWS}:2: review_score: '6' is no number from 1 to 5"),
        (REVIEWS, "o1,4,", "o1,,", f"{REVIEWS}:2: review_score: '' is no number from 1 to 5"),
    ],
)  # fmt: skip
def test_a_broken_table_is_named_with_line_and_column(
    tmp_path: Path, table: str, right: str, wrong: str, sentence: str
) -> None:
    folder = tables(tmp_path, WHOLE, reviews="o1,4,2018-06-08 12:00:00")
    (folder / table).write_text((folder / table).read_text().replace(right, wrong))

    with pytest.raises(UnreadableTables) as caught:
        events_of(folder)
    assert str(caught.value) == f"{folder}/{sentence}"


@pytest.mark.parametrize(
    ("missing", "are"),
    [((ORDERS, PEOPLE, REVIEWS), "are"), ((PEOPLE, REVIEWS), "are"), ((ORDERS,), "is")],
)
def test_every_table_that_is_missing_is_named_with_its_folder(
    tmp_path: Path, missing: tuple[str, ...], are: str
) -> None:
    tables(tmp_path, WHOLE)
    for name in missing:
        (tmp_path / name).unlink()

    with pytest.raises(UnreadableTables) as caught:
        events_of(tmp_path)
    said = (
        f"{tmp_path} is no folder of Olist's tables: {', '.join(missing)} {are} missing (from "
        f"the Brazilian"
    )
    assert str(caught.value).startswith(said)


def test_a_folder_that_is_not_there_is_named_with_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableTables,
        match=f"nowhere is no folder; it should hold the tables {ORDERS}, {PEOPLE}",
    ):
        events_of(tmp_path / "nowhere")


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tables(tmp_path, WHOLE) / ORDERS).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableTables, match=f"{ORDERS}: the file is not UTF-8 text$"):
        events_of(tmp_path)


def test_a_log_is_replaced_as_a_whole(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("old")
    write_log([{"a": "é"}, {"b": 1}], log)

    assert log.read_text("utf-8") == '{"a": "é"}\n{"b": 1}\n'
    assert list(tmp_path.iterdir()) == [log]


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for log in (tmp_path / "nowhere" / "log.jsonl", tmp_path):
        with pytest.raises(CannotRun, match=f"^{log} cannot be written: "):
            write_log([], log)


@pytest.mark.skipif(not REAL.is_dir(), reason="the Olist tables are not on this machine")
def test_the_real_tables_become_events_that_the_ingest_takes() -> None:
    told = events_of(REAL)
    catalog, now = builtin(), datetime(2026, 5, 1, tzinfo=UTC)
    events = [parse_event(json.loads(json.dumps(event)), catalog, now) for event in told]

    kinds = Counter(event.type for event in events)
    assert (
        len(events),
        kinds["order.placed"],
        len({event.order for event in events if event.order}),
    ) == (
        29785,
        5000,
        5000,
    )
    assert len({(event.source, event.id) for event in events}) == len(events)
    assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(events))
