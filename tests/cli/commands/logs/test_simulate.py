from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.backtests.review_requests import SHOP_ASKED_AT, ShopsRequests, Wrong
from engine.catalog.catalog import builtin
from operations.logs.event_log import lines_of
from operations.logs.import_olist import events_of, write_log
from tests.cli.telling import JOURNEYS, a_folder, a_log, an_order, answer, said, told
from tests.paths import SHARED

REAL = SHARED / "olist"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return a_folder(tmp_path / "rules")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    big = {"total": "120 EUR", "express": False}
    reviewed = told("review.received", "B", timedelta(days=5), review={"stars": 5})
    cancelled = told("order.cancelled", "C", timedelta(hours=1))
    return a_log(
        tmp_path / "log.jsonl",
        [
            *an_order("A", **big),
            *an_order("B"),
            reviewed,
            told("order.placed", "C", order={}),
            cancelled,
        ],
    )


def test_each_rule_is_told_with_what_fired_and_what_blocked_it(
    capsys: Captured, rules: Path, log: Path
) -> None:
    report = answer(capsys, "simulate", log, "--rules", rules)

    assert report["events"] == 11
    assert report["rules"]["parcel-shipped"]["done"] == {"shipped": 2}
    assert report["rules"]["review-request"]["done"] == {"review_request": 1}
    assert report["rules"]["review-request"]["blocked"] == {"stopped_by": 1}
    assert report["never_fired"] == ["big-spender"]


def test_one_condition_short_is_a_near_miss(capsys: Captured, rules: Path, log: Path) -> None:
    spender = answer(capsys, "simulate", log, "--rules", rules)["rules"]["big-spender"]

    assert spender["near_misses"] == {"order.express = true": 1}
    assert spender["blocked"] == {"fact_unknown": 2, "condition_false": 1}


def test_messages_are_counted_by_customer_and_day(capsys: Captured, rules: Path, log: Path) -> None:
    assert answer(capsys, "simulate", log, "--rules", rules)["messages_per_customer_and_day"] == {
        "1": 3
    }


def test_a_request_for_a_review_before_delivery_is_a_finding(
    capsys: Captured, tmp_path: Path, log: Path
) -> None:
    hasty = a_folder(
        tmp_path / "hasty", ("7 days after order.delivered", "1 days after order.placed")
    )
    report = answer(capsys, "simulate", log, "--rules", hasty, code=1)

    assert report["wrong_review_requests"] == {"before_delivery": 2, "never_delivered": 0}


def test_the_shops_own_requests_stand_beside_ours(
    capsys: Captured, rules: Path, tmp_path: Path
) -> None:
    asked = {SHOP_ASKED_AT: "2026-03-03T10:00:00Z 2026-03-20T10:00:00Z"}
    review = told("review.received", "A", timedelta(days=20), review={"stars": 5}, beside=asked)
    log = a_log(tmp_path / "asked.jsonl", [*an_order("A"), review])
    text = said(capsys, "simulate", log, "--rules", rules, "--compare-reviews")

    assert "before delivery                0          1" in text
    assert "never delivered                0          0" in text


def test_a_log_that_does_not_tell_when_the_shop_asked_says_so(
    capsys: Captured, rules: Path, log: Path
) -> None:
    assert "does not tell" in said(capsys, "simulate", log, "--rules", rules, "--compare-reviews")


def test_late_news_is_known_late(capsys: Captured, rules: Path, tmp_path: Path) -> None:
    placed, consent, shipped, delivered = an_order("A")
    log = tmp_path / "late.jsonl"
    a_log(log, [placed, consent, shipped, delivered])
    late = a_log(tmp_path / "first.jsonl", [told("order.placed", "Z", timedelta(days=2), order={})])
    late.write_text(late.read_text() + log.read_text())

    assert answer(capsys, "simulate", late, "--rules", rules)["rules"]["parcel-shipped"][
        "done"
    ] == {"shipped": 1}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds no events"),
        ("{", ":1: no JSON"),
        ("[]", ":1: no CloudEvent"),
        ('\n{"type": "order.placd"}', ":2: data: must be a mapping"),
        ('{"type": "order.placd", "data": {}}', "did you mean 'order.placed'"),
        (('{"id": "1", "source": "t", "time": "2026-03-02T10:00:00Z", "type": "order.placed",'
         ' "data": {"shop": "m"}}'),
         ":1: names neither an order"),
        ("\xff", ":1: no"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_event_is_named(
    capsys: Captured, rules: Path, tmp_path: Path, content: str, why: str
) -> None:
    log = tmp_path / "bad.jsonl"
    log.write_bytes(content.encode("latin-1"))

    assert why in said(capsys, "simulate", log, "--rules", rules, code=2)


def test_a_log_that_is_not_there_is_named(capsys: Captured, rules: Path, tmp_path: Path) -> None:
    assert "No such file" in said(
        capsys, "simulate", tmp_path / "no.jsonl", "--rules", rules, code=2
    )


def test_rules_with_a_mistake_are_not_simulated(
    capsys: Captured, tmp_path: Path, log: Path
) -> None:
    wrong = a_folder(
        tmp_path / "wrong", (JOURNEYS, JOURNEYS.replace("order.placed", "order.placd"))
    )

    assert said(capsys, "simulate", log, "--rules", wrong, code=1) == ""


@pytest.mark.skipif(not REAL.is_dir(), reason="the Olist tables are not on this machine")
def test_the_olist_shop_asked_too_early_and_for_parcels_that_never_came(tmp_path: Path) -> None:
    log = tmp_path / "olist.jsonl"
    write_log(events_of(REAL), log)
    shops = ShopsRequests()
    for line in lines_of(log):
        shops.note_event(line.event(builtin(), NOW), line.raw)

    assert (shops.total, shops.wrong) == (4988, Wrong(before_delivery=412, never_delivered=140))
