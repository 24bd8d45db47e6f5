from decimal import Decimal
from typing import Any

import pytest

from engine.catalog.values import Duration
from engine.language.sentences.parser import (
    EventPhrase,
    Fault,
    NamedEvent,
    SentencePart,
    parse_condition,
    parse_event,
    parse_when,
)
from engine.rules.rule import After, Listened, OnEvent

STARS = {"var": "review.stars"}
TOTAL = {"var": "order.total"}


def logic(sentence: str) -> Any:
    part = parse_condition(sentence)
    assert isinstance(part, SentencePart), part
    assert part.faults == ()
    return part.logic


def fault(sentence: str) -> Fault:
    part = parse_condition(sentence)
    return part if isinstance(part, Fault) else part.faults[0]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("review.stars = 5", {"===": [STARS, 5]}),
        ("review.stars != 5", {"!==": [STARS, 5]}),
        ("order.total >= 80 EUR", {">=": [TOTAL, {"money": [80, "EUR"]}]}),
        ("order.total >= 19.90EUR", {">=": [TOTAL, {"money": [19.9, "EUR"]}]}),
        ("review.stars between 2 and 4", {"<=": [2, STARS, 4]}),
        ("order.eta is known", {"known": {"var": "order.eta"}}),
        ("order.eta is unknown", {"!": {"known": {"var": "order.eta"}}}),
        (
            "customer.tier in [gold, platinum]",
            {"in": [{"var": "customer.tier"}, ["gold", "platinum"]]},
        ),
        ("customer.tier not in [gold]", {"!": {"in": [{"var": "customer.tier"}, ["gold"]]}}),
        (
            "customer.perks contains free_return",
            {"contains": [{"var": "customer.perks"}, "free_return"]},
        ),
        ("order.express", {"var": "order.express"}),
        ("not order.express", {"!": {"var": "order.express"}}),
        ("order.express = true", {"===": [{"var": "order.express"}, True]}),
        ('review.text = "a, b"', {"===": [{"var": "review.text"}, "a, b"]}),
        ("order.eta = 2026-03-05", {"===": [{"var": "order.eta"}, {"date": "2026-03-05"}]}),
        ("now < 2026-03-05 10:00", {"<": [{"now": []}, {"date": "2026-03-05 10:00"}]}),
        ("review.stars = -5", {"===": [STARS, -5]}),
        (
            "number of order.placed by the customer within 90 days >= 3",
            {">=": [{"count": ["order.placed", {"duration": [90, "day"]}, "customer"]}, 3]},
        ),
        (
            "number of order.items where (item.in_stock) > 2",
            {">": [{"count": [{"var": "order.items"}, {"var": "in_stock"}]}, 2]},
        ),
        ("order.placed happened", {"happened": ["order.placed"]}),
        (
            "order.placed happened within 2h",
            {"happened": ["order.placed", {"duration": [2, "hour"]}]},
        ),
        ("order.placed happened by the customer", {"happened": ["order.placed", "customer"]}),
        (
            "3 business days > 2 h",
            {">": [{"duration": [3, "business day"]}, {"duration": [2, "hour"]}]},
        ),
    ],
)
def test_a_comparison_is_jsonlogic(sentence: str, expected: Any) -> None:
    assert logic(sentence) == expected


def test_48h_and_48_hours_are_the_same() -> None:
    assert logic("now - order.placed_at > 48h") == logic("now - order.placed_at > 48 hours")


def test_and_binds_tighter_than_or_and_chains_are_flat() -> None:
    a, b, c = ({"var": f"x.{name}"} for name in "abc")
    assert logic("x.a and x.b and x.c") == {"and": [a, b, c]}
    assert logic("x.a or x.b and x.c") == {"or": [a, {"and": [b, c]}]}
    assert logic("(x.a or x.b) and x.c") == {"and": [{"or": [a, b]}, c]}


def test_sums_go_from_left_to_right_and_products_bind_tighter() -> None:
    assert logic("x.a - x.b + 1 > 0") == {
        ">": [{"+": [{"-": [{"var": "x.a"}, {"var": "x.b"}]}, 1]}, 0]
    }
    assert logic("x.a + x.b * 2 > 0") == {
        ">": [{"+": [{"var": "x.a"}, {"*": [{"var": "x.b"}, 2]}]}, 0]
    }


def test_names_of_an_element_lose_their_prefix_and_others_keep_theirs() -> None:
    shoes = {"===": [{"var": "category"}, "shoes"]}
    assert logic("any order.items where item.category = shoes") == {
        "some": [{"var": "order.items"}, shoes]
    }
    dearer = {">": [{"var": "price"}, TOTAL]}
    assert logic("no order.items where item.price > order.total") == {
        "none": [{"var": "order.items"}, dearer]
    }


def test_where_takes_one_condition_or_brackets() -> None:
    both = logic("every order.items where (item.in_stock and item.quantity > 1) and order.express")
    assert list(both["and"][0]) == ["all"]
    assert both["and"][1] == {"var": "order.express"}


def test_a_word_that_begins_like_a_keyword_is_a_word() -> None:
    assert logic("x.a = orange") == {"===": [{"var": "x.a"}, "orange"]}
    assert logic("x.a = notable") == {"===": [{"var": "x.a"}, "notable"]}


@pytest.mark.parametrize(
    ("sentence", "offset", "code"),
    [
        ("stars <= 2", 0, "J07"),
        ("review.stars = 5 and express", 21, "J09"),
        ("express", 0, "J07"),
        ("not express", 4, "J07"),
        ("stars + 1 > 2", 0, "J07"),
        ("customer.tier = gold or platinum", 24, "J09"),
        ("order.total > 1.500 IDR", 14, "J09"),
        ("review.stars == 5", 14, "J05"),
        ("review.stars =", 14, "J05"),
        ("review.stars = 5 AND order.express", 17, "J05"),
        ("review.stars = 5 && order.express", 17, "J05"),
        ("order.placed happened within", 28, "J05"),
        ("number of return.requested >= 3", 27, "J05"),
        ("", 0, "J05"),
        ("not " * 400 + "order.express", 1600, "J05"),
        ("(" * 400 + "order.express" + ")" * 400, 400, "J05"),
        ("order.express " * 200, 0, "J05"),
        ("any order.items where " + "not " * 400 + "item.in_stock", 0, "J05"),
    ],
)
def test_a_mistake_is_told_at_its_character(sentence: str, offset: int, code: str) -> None:
    told = fault(sentence)
    assert (told.offset, told.code) == (offset, code)


def test_a_bare_word_after_or_says_what_to_write() -> None:
    assert (
        "write `customer.tier in [gold, platinum]`"
        in fault("customer.tier = gold or platinum").message
    )


def test_what_may_follow_is_said() -> None:
    assert (
        fault("x.y = gold foo").message
        == "foo cannot stand here; may follow: * | + - | and | or | the end"
    )
    assert (
        fault("review.stars is").message
        == "the sentence stops too early; may follow: known or unknown"
    )


def test_a_doubled_sign_and_a_shouted_word_get_a_hint() -> None:
    assert "write = once" in fault("review.stars == 5").message
    assert "write and in lower case" in fault("review.stars = 5 AND order.express").message


def test_when_is_an_event_or_a_time_after_one() -> None:
    assert parse_when("shipment.shipped") == EventPhrase(OnEvent("shipment.shipped"), {"name": 0})
    after = After(Duration(Decimal(2), "day"), "review.received")
    assert parse_when("2 days after review.received") == EventPhrase(
        after, {"name": 13, "amount": 0}
    )


@pytest.mark.parametrize(
    ("sentence", "offset"),
    [
        ("3 days befor loyalty.points_expire_at", 7),
        ("48 hours without shipment.scanned", 33),
        ("every day", 9),
        ("2 days after", 12),
        ("shipment.shipped at noon", 17),
    ],
)
def test_a_trigger_that_is_not_read_is_a_fault(sentence: str, offset: int) -> None:
    told = parse_when(sentence)
    assert isinstance(told, Fault)
    assert (told.offset, told.code) == (offset, "J05")


def test_a_count_begins_at_its_first_word_and_its_parts_where_they_stand() -> None:
    part = parse_condition("order.express and number of return.requested within 90 days >= 3")
    assert isinstance(part, SentencePart)
    assert (part.places[(1,)], part.places[(1, 0, 0)], part.places[(1, 0, 1)]) == (18, 28, 52)


def test_an_event_is_named_alone_or_by_the_customer() -> None:
    plain, whose = parse_event("order.placed"), parse_event("order.placed by the customer")
    assert isinstance(plain, NamedEvent)
    assert isinstance(whose, NamedEvent)
    assert (plain.listened, whose.listened) == (
        Listened("order.placed"),
        Listened("order.placed", by_customer=True),
    )
    assert isinstance(parse_event("order.placed by customer"), Fault)
    assert isinstance(parse_event("2 days after order.placed"), Fault)
