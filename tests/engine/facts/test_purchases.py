from itertools import permutations
from json import dumps
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import Money
from engine.facts.events import Event
from engine.facts.intake import take_in
from engine.facts.purchases import (
    bought,
    items_of_order,
    joined_purchases,
    newest_country,
    orders_paid,
    recount,
    sent_back,
    spent,
    with_orders,
    without_order,
)
from engine.facts.state import State, empty
from tests.engine.builders import HOUR, NOON, a_buyer, a_ruleset, an_event, an_order, placed

RULES = a_ruleset()
EUR = "EUR"


def read(customer: State | None) -> tuple[Any, ...]:
    """Everything that rules read of what a customer bought."""
    return (
        orders_paid(customer),
        spent(customer, EUR),
        bought(customer),
        sent_back(customer),
        newest_country(customer),
    )


def heard(*events: Event) -> tuple[State, dict[str, State]]:
    """A customer and their orders after these events, taken in one after the other."""
    customer, orders = empty(), dict[str, State]()
    for event in events:
        found = take_in(event, RULES, orders.get(event.order or ""), customer)
        assert found.customer is not None
        customer = found.customer
        if found.order is not None:
            orders[event.order or ""] = found.order
    return customer, orders


def a_return(kind: str, order: str, item: str, hours: int) -> Event:
    data = {"return.items": [item]} if kind == "requested" else {}
    return an_event(
        f"return.{kind}", NOON + hours * HOUR, order=order, things={"return": "R"}, data=data
    )


names, items = st.sampled_from(["A1", "A2", "A3"]), st.sampled_from(["mug", "towel"])
hours = st.integers(min_value=0, max_value=9)
lists = st.lists(items, max_size=2)
news = st.one_of(
    st.builds(
        lambda name, at, what, cost: placed(
            NOON + at * HOUR, order=name, items=what, total=f"{cost}.00 EUR", country="FR"
        ),
        names, hours, lists, st.integers(min_value=1, max_value=9),
    ),
    st.builds(
        lambda name, at: an_event("order.cancelled", NOON + at * HOUR, order=name), names, hours
    ),
    st.builds(a_return, st.sampled_from(["requested", "cancelled", "reopened"]), names, items,
              hours),
    st.builds(
        lambda name, at, of: an_event(
            "order.changed", NOON + at * HOUR, order=name,
            data={"order.exchange": of, "order.items": ["mug"]},
        ),
        names, hours, st.booleans(),
    ),
)  # fmt: skip


@given(st.lists(news, max_size=12))
def test_the_sums_are_those_of_the_orders_as_they_stand(events: list[Event]) -> None:
    customer, orders = heard(*events)

    assert read(customer) == read(with_orders(empty(), orders))


@given(st.lists(news, max_size=8), st.randoms(use_true_random=False))
def test_the_sums_are_the_same_in_whatever_order_events_arrive(
    events: list[Event], random: Any
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)

    assert read(heard(*events)[0]) == read(heard(*shuffled)[0])


@given(st.lists(news, max_size=12), names)
def test_what_an_order_added_leaves_with_it(events: list[Event], leaving: str) -> None:
    customer, orders = heard(*events)
    left = {name: order for name, order in orders.items() if name != leaving}
    gone = orders.get(leaving)

    after = without_order(customer, gone, leaving) if gone else customer

    assert read(after) == read(with_orders(empty(), left))


@given(st.lists(news, max_size=12), names)
def test_two_customers_who_are_one_have_bought_what_both_did(
    events: list[Event], hers: str
) -> None:
    customer, orders = heard(*events)
    one = with_orders(empty(), {name: of for name, of in orders.items() if name == hers})
    other = with_orders(empty(), {name: of for name, of in orders.items() if name != hers})

    assert read(joined_purchases(empty(), one, other)) == read(customer)


def test_a_customers_state_does_not_grow_with_their_orders() -> None:
    def sized(number: int) -> int:
        told = [
            placed(NOON + n * HOUR, order=f"A{n:04}", items=["mug"], total="9.00 EUR")
            for n in range(number)
        ]
        return len(dumps(heard(*told)[0]))

    assert sized(400) <= sized(100) + 10


def test_of_the_newest_orders_the_items_and_the_country_are_kept() -> None:
    told = [
        placed(NOON + n * HOUR, order=f"A{n}", items=[f"item {n}"], country=country)
        for n, country in enumerate([*["DE"] * 20, "FR"])
    ]

    for events in (told, told[::-1], told[7:] + told[:7]):
        customer, _ = heard(*events)
        assert newest_country(customer) == "FR"
        assert items_of_order(customer, "A20") == ["item 20"]
        assert items_of_order(customer, "A0") == []
        assert len(bought(customer)) == 21


def test_the_newest_country_stays_known_however_many_orders_without_one_follow() -> None:
    told = [placed(order="A0", country="FR")]
    told += [placed(NOON + n * HOUR, order=f"A{n}") for n in range(1, 20)]

    assert newest_country(heard(*told)[0]) == newest_country(heard(*told[::-1])[0]) == "FR"


def test_an_order_of_before_whose_customer_becomes_known_now_is_counted_once() -> None:
    before = of_before(A1=a_record())
    order = an_order(placed(customer=None, items=["mug", "towel"], total="9.00 EUR"))

    found = take_in(an_event("order.confirmed", NOON + HOUR), RULES, order, before)

    assert read(found.customer)[:2] == (1, Money(900, EUR))


def test_without_a_currency_the_one_in_which_most_was_paid_is_summed_up() -> None:
    totals = ["5.00 USD", "9.00 EUR", "1.00 EUR"]
    told = [placed(order=f"A{n}", total=total) for n, total in enumerate(totals)]

    for events in permutations(told):
        assert spent(heard(*events)[0], None) == Money(1000, EUR)
    assert spent(heard(*told)[0], "USD") == Money(500, "USD")
    assert spent(heard(*told)[0], "GBP") is None


def test_an_order_that_was_another_customers_is_counted_from_now_on() -> None:
    order = an_order(placed(total="9.00 EUR"))

    customer, _ = recount(a_buyer(placed(order="A2", total="1.00 EUR")), None, order, "A1")

    assert (orders_paid(customer), spent(customer, EUR)) == (2, Money(1000, EUR))


AT = "2026-03-02T09:00:00.000000Z"
LATER = "2026-03-02T10:00:00.000000Z"


def a_record(**more: Any) -> dict[str, Any]:
    """What rows of before kept of an order with its customer."""
    items, total = [["mug", "towel"], AT, 0], ["9.00 EUR", AT, 0]
    return {"order.placed": AT, "order.items": items, "order.total": total, **more}


def of_before(**records: Any) -> State:
    return {**empty(), "orders": records}


def test_a_row_of_before_is_read_as_it_is() -> None:
    customer = of_before(
        A1=a_record(**{"order.country": ["FR", AT, 0]}),
        A2=a_record(**{"order.cancelled": LATER}),
        A3=a_record(
            **{"order.exchange": [True, AT, 0]}, returns={"R": {"items": [["mug"], AT, 0]}}
        ),
    )

    assert read(customer) == (1, Money(900, EUR), ["mug", "towel"], [], "FR")
    assert items_of_order(customer, "A2") == ["mug", "towel"]


@pytest.mark.parametrize(
    ("record", "goes_on"),
    [
        ({}, True),
        ({"called_off": AT}, False),
        ({"called_off": True}, False),
        ({"called_off": True, "taken_up": [LATER, ""]}, True),
        ({"called_off": AT, "taken_up": [LATER, ""]}, True),
        ({"called_off": LATER, "taken_up": [AT, ""]}, False),
        ({"called_off": AT, "taken_up": ["", AT]}, True),
        ({"called_off": AT, "taken_up": [AT, ""]}, False),
    ],
)
def test_a_return_of_before_goes_on_as_it_did(record: dict[str, Any], *, goes_on: bool) -> None:
    back = {"R": {"items": [["mug"], AT, 0], **record}}

    assert sent_back(of_before(A1=a_record(returns=back))) == (["mug"] if goes_on else [])


def test_a_row_of_before_becomes_sums_with_the_next_event_of_any_order() -> None:
    before = of_before(A1=a_record(), A2=a_record())
    first = an_order(placed(items=["mug", "towel"], total="9.00 EUR"))

    cancelled = take_in(an_event("order.cancelled", NOON + HOUR), RULES, first, before)
    assert cancelled.customer is not None
    assert "orders" not in cancelled.customer
    assert read(cancelled.customer)[:2] == (1, Money(900, EUR))

    second = an_order(placed(order="A2", items=["mug", "towel"], total="9.00 EUR"))
    gone = an_event("order.cancelled", NOON + HOUR, order="A2")
    both = take_in(gone, RULES, second, cancelled.customer)
    assert read(both.customer)[:3] == (0, None, [])


@pytest.mark.parametrize(
    "odd", [{"order.total": "wrapped"}, {"order.items": 7}, {"order.items": "a lamp"}]
)
def test_what_is_of_another_type_by_now_adds_nothing_and_breaks_no_event(
    odd: dict[str, Any],
) -> None:
    event = an_event("order.placed", data={"order.total": "80.00 EUR"} | odd)

    customer = take_in(event, RULES, None, None).customer

    assert (orders_paid(customer), bought(customer)) == (1, [])
