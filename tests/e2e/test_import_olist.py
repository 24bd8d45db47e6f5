"""The tables of Olist become a log and the log a demo; a table that is broken is one sentence."""

import json
from pathlib import Path

import pytest

from cli.main import exit_code
from engine.catalog.catalog import builtin
from local.rehearsal.demo.log import parsed, read_log
from tests.e2e.commands import purna
from tests.e2e.stories import today
from tests.paths import ROOT, RULES

OLIST = ROOT.parent / "shared" / "olist"
# Rows of our own, in the columns of the real tables.
ORDERS = """\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
o1,c1,delivered,2018-01-10 10:00:00,2018-01-10 10:30:00,2018-01-11 09:00:00,\
2018-01-15 16:00:00,2018-01-20 00:00:00
o2,c2,canceled,2018-01-12 20:00:00,,,,2018-01-25 00:00:00
"""
REVIEWS = "order_id,review_score,review_answer_timestamp\no1,5,2018-01-18 12:00:00\n"
TABLES = {
    "olist_orders_dataset.csv": ORDERS,
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id,customer_state\nc1,ana,SP\nc2,bruno,AC\n"
    ),
    "olist_order_reviews_dataset.csv": REVIEWS,
}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_step_of_an_order_becomes_an_event_that_the_api_takes(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tables / "log.jsonl"

    assert exit_code(["import", "olist", str(tables), "-o", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"events": 9, "orders": 2, "log": str(log)}
    told = parsed(read_log(log, None), builtin(), today())
    assert [event.occurred_at for event in told] == sorted(event.occurred_at for event in told)
    steps = [event.type for event in told if event.order == "o1"]
    assert steps == [
        "order.placed",
        "order.confirmed",
        "shipment.shipped",
        "shipment.delivered",
        "review.received",
    ]


BROKEN = {
    "a column is missing": ("olist_orders_dataset.csv", "order_approved_at", "approved"),
    "a date is none": ("olist_orders_dataset.csv", "2018-01-11 09:00:00", "soon"),
    "stars are none": ("olist_order_reviews_dataset.csv", ",5,", ",five,"),
    "the text is not UTF-8": ("olist_customers_dataset.csv", "ana", "\udce9"),
}
SENTENCES = {
    "a column is missing": "the column order_approved_at is missing",
    "a date is none": "'soon' is not a date and time",
    "stars are none": "'five' is no number from 1 to 5",
    "the text is not UTF-8": "the file is not UTF-8 text",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_one_sentence_that_names_it(
    tables: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    table = _broken(tables, *BROKEN[case])

    code = exit_code(["import", "olist", str(tables), "-o", str(tables / "log.jsonl")])

    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"purna: {table}:")
    assert said.err.endswith(f" {SENTENCES[case]}\n")
    assert not (tables / "log.jsonl").exists()


def _broken(tables: Path, name: str, right: str, wrong: str) -> Path:
    """A table with something else in it."""
    table = tables / name
    table.write_text(TABLES[name].replace(right, wrong), errors="surrogateescape")
    return table


@pytest.mark.skipif(not OLIST.is_dir(), reason="the Olist tables are not on this machine")
async def test_six_real_orders_play_without_a_loss(tmp_path: Path) -> None:
    log = tmp_path / "olist.jsonl"
    assert (await purna("import", "olist", OLIST, "-o", log)).code == 0

    said = await purna("demo", "--events", log, "--orders", 6, "--rules", RULES, "--json")

    verdict = json.loads(said.out)
    assert (said.code, verdict["orders"]) == (0, 6)
    assert verdict["messages"] > 6
    assert (verdict["lost"], verdict["duplicates"], verdict["unexpected"]) == (0, 0, 0)
