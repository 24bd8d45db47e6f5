"""What templates read of lists: every element has its facts, typed, with the defaults of the
catalog.
"""

from datetime import UTC, date, datetime
from typing import Any

from activities.channels.readable_facts import facts_of, readable
from engine.catalog.values import Money
from engine.facts.state import empty
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.language.reader import read_ruleset
from tests.engine.language.folders import EVERY_PART

RULES = """\
version: 1
rules: [{id: hello, when: order.confirmed, do: [{send: hello, category: delivery}]}]
"""
CATALOG = "version: 1\nfacts: {item.sku: text, order.tags: list}\n"


def a_view(**facts: Any) -> View:
    files = {"journeys/a.yaml": RULES, "templates/en/hello.md": EVERY_PART}
    ruleset = read_ruleset({**files, "catalog.yaml": CATALOG})
    told = {f"order.{name}": [value, "", 0] for name, value in facts.items()}
    subjects = Subjects({**empty(), "facts": told}, None, "A1", None)
    return View(ruleset, subjects, About("order", "A1"), datetime(2026, 3, 2, 10, tzinfo=UTC))


def items(*listed: Any) -> Any:
    return facts_of(a_view(items=list(listed)))["order"]["items"]


def test_the_price_of_an_item_is_money() -> None:
    (one,) = items({"id": "X", "price": "75000 IDR"})
    assert one["price"] == Money(75_000, "IDR")


def test_an_item_without_a_quantity_is_one_piece() -> None:
    (one,) = items({"id": "X", "title": "Lamp"})
    assert (one["quantity"], one["title"], "price" in one) == (1, "Lamp", False)


def test_a_bare_id_is_an_item() -> None:
    one, other = items("CUP", {"id": 17})
    assert (one["id"], one["quantity"]) == ("CUP", 1)
    assert other["id"] == "17"


def test_what_is_not_of_its_type_is_unknown_and_has_its_default() -> None:
    (one,) = items({"price": "much", "quantity": "two", "title": ["Lamp"]})
    assert (one["quantity"], "price" in one, "title" in one) == (1, False, False)


def test_what_is_no_thing_is_passed_over() -> None:
    assert [one["id"] for one in items(None, 7, ["X"], {"id": "X"})] == ["X"]


def test_an_own_fact_of_an_item_is_typed_and_any_other_is_as_it_came() -> None:
    (one,) = items({"sku": 12, "colour": "blue"})
    assert (one["sku"], one["colour"]) == ("12", "blue")


def test_a_loop_reads_what_is_known() -> None:
    (one,) = items({"id": "X", "colour": "blue"})
    assert set(one) >= {"id", "colour", "quantity"}
    assert len(one) == len(set(one))


def test_the_expected_day_of_a_parcel_is_a_date() -> None:
    view = a_view()
    view["order.shipments"] = [{"id": "P1", "number": 1, "eta": "2026-03-05"}]
    (one,) = readable(view, "order.shipments")
    assert (one["eta"], one["number"]) == (date(2026, 3, 5), 1)


def test_a_list_of_texts_stays_one() -> None:
    view = a_view()
    view["customer.perks"] = ["free_return"]
    assert readable(view, "customer.perks") == ["free_return"]


def test_an_own_list_may_hold_texts() -> None:
    assert facts_of(a_view(tags=["gift", "red"]))["order"]["tags"] == ["gift", "red"]
