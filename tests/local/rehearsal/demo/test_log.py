"""A log of events: read, cut to some orders, and moved to begin now."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.catalog import builtin
from local.rehearsal.demo.log import moved, parsed, read_log
from operations.cannot_run import CannotRun
from process.shipped import SAMPLES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_line(
    kind: str = "order.placed", time: str = "2026-03-02T10:00:00Z", **data: Any
) -> dict[str, Any]:
    data = {"shop": "s", "order": {"id": "A1"}, "customer": {"id": "ana"}, **data}
    return {
        "id": f"{kind} {time} {data}"[:200],
        "source": "t",
        "type": kind,
        "time": time,
        "data": data,
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def write(log: Path, *lines: Any) -> Path:
    log.write_text(
        "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    )
    return log


def test_a_log_is_read_in_its_order_and_empty_lines_are_passed_over(log: Path) -> None:
    one, other = a_line(), a_line("order.confirmed")

    assert read_log(write(log, one, "", other, "  "), None) == [one, other]


def test_a_text_may_hold_a_line_separator(log: Path) -> None:
    line = a_line(review={"text": "one\u2028two"})
    log.write_text(json.dumps(line, ensure_ascii=False) + "\r\n")

    assert read_log(log, None) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "not json", "[]", '"text"', "7", "null", "{}", '{"time": "2026-03-02T10:00:00Z"}',
        '{"time": 7, "data": {}}',
        '{"time": "soon", "data": {}}', '{"time": "2026-03-02T10:00:00Z", "data": []}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_broken_line_is_named_by_its_number(log: Path, line: str) -> None:
    with pytest.raises(CannotRun, match=r"log\.jsonl:2: no CloudEvent with `time` and `data`$"):
        read_log(write(log, a_line(), line), None)


def test_a_time_without_a_zone_is_refused(log: Path) -> None:
    with pytest.raises(CannotRun, match=r"log\.jsonl:1: `time` has no zone"):
        read_log(write(log, a_line(time="2026-03-02T10:00:00")), None)


@pytest.mark.parametrize("content", ["", "\n\n", " \n"])
def test_a_log_of_no_events_is_refused(log: Path, content: str) -> None:
    log.write_text(content)

    with pytest.raises(CannotRun, match="holds no events"):
        read_log(log, None)


def test_a_log_that_is_not_there_or_no_text_is_refused(log: Path) -> None:
    with pytest.raises(CannotRun, match=r"log\.jsonl: No such file or directory$"):
        read_log(log, None)
    log.write_bytes(b"\xff\xfe")
    with pytest.raises(CannotRun, match="is not UTF-8 text"):
        read_log(log, None)


def test_the_first_orders_are_kept_with_what_their_customers_did(log: Path) -> None:
    profile, other = (
        a_line("customer.created", order=None),
        a_line(order={"id": "A2"}, customer={"id": "ben"}),
    )
    consent = a_line("consent.given", order=None, customer={"id": "ben"})
    late = a_line("order.confirmed")

    assert read_log(write(log, profile, a_line(), other, consent, late), 1) == [
        profile,
        a_line(),
        late,
    ]


def test_an_order_that_names_no_customer_is_kept_alone(log: Path) -> None:
    nobody = a_line(customer=None)

    assert read_log(write(log, nobody, a_line("consent.given", order=None)), 1) == [nobody]


def test_more_orders_than_there_are_is_all_of_them(log: Path) -> None:
    lines = [a_line(), a_line(order={"id": "A2"})]

    assert read_log(write(log, *lines), 9) == lines


@pytest.mark.parametrize("odd", ["A1", ["A1"], {"id": ["A1"]}, {"id": 7}, None])
def test_a_thing_that_is_no_thing_belongs_to_no_order(log: Path, odd: Any) -> None:
    assert read_log(write(log, a_line(order=odd, customer=None)), 1) == []


def test_a_log_is_moved_by_whole_weeks_so_that_it_begins_now_or_in_the_week_after() -> None:
    first, second = moved(
        [a_line(time="2026-03-02T10:00:00Z"), a_line(time="2026-03-03T10:00:00Z")], NOW
    )

    at = datetime.fromisoformat(first["time"])
    assert NOW <= at < NOW + timedelta(weeks=1)
    assert (at.weekday(), at.hour) == (0, 10)
    assert datetime.fromisoformat(second["time"]) - at == timedelta(days=1)


def test_the_earliest_event_counts_wherever_it_stands() -> None:
    later, first = moved(
        [a_line(time="2026-03-20T10:00:00Z"), a_line(time="2026-03-02T10:00:00Z")], NOW
    )

    assert NOW <= datetime.fromisoformat(first["time"]) < datetime.fromisoformat(later["time"])


def test_a_log_of_the_future_is_moved_back() -> None:
    (event,) = moved([a_line(time="2030-03-02T10:00:00Z")], NOW)

    assert NOW <= datetime.fromisoformat(event["time"]) < NOW + timedelta(weeks=1)


def test_dates_and_times_inside_move_with_it_and_keep_their_form() -> None:
    told = {
        "eta": "2026-03-05", "at": "2026-03-05T10:00:00+07:00", "local": "2026-03-05T10:00:00",
        "items": [{"from": "2026-03-05"}],
    }  # fmt: skip
    (event,) = moved([a_line(shipment=told)], datetime(2026, 3, 9, 10, tzinfo=UTC))

    assert event["data"]["shipment"] == {
        "eta": "2026-03-12", "at": "2026-03-12T10:00:00+07:00", "local": "2026-03-12T10:00:00",
        "items": [{"from": "2026-03-12"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-99",
        "2026-03-05 is late",
        "call 2026-03-05",
        "12.50 EUR",
        "",
        20260305,
        1.5,
        True,
        None,
    ],
)
def test_what_is_no_date_stays(value: Any) -> None:
    (event,) = moved([a_line(review={"text": value})], NOW)

    assert event["data"]["review"]["text"] == value


def test_never_stays_never() -> None:
    (event,) = moved([a_line(loyalty={"points_expire_at": "9999-12-31"})], NOW)

    assert event["data"]["loyalty"]["points_expire_at"] == "9999-12-31"


def test_moving_changes_nothing_but_times() -> None:
    line = a_line(shipment={"id": "P1", "eta": "2026-03-05"})
    before = json.dumps(line)
    (event,) = moved([line], NOW)

    assert json.dumps(line) == before
    assert {**event, "time": line["time"], "data": line["data"]} == line


def test_an_event_that_the_ingest_would_refuse_is_named() -> None:
    with pytest.raises(
        CannotRun,
        match=r"^event .*: type: unknown event 'order.plced', did you mean 'order.placed'\?",
    ):
        parsed([a_line(), a_line("order.plced")], builtin(), NOW)


def test_the_sample_orders_are_twelve_and_the_ingest_takes_them() -> None:
    events = parsed(moved(read_log(SAMPLES, None), NOW), builtin(), NOW)

    assert len({event.order for event in events if event.order}) == 12
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
