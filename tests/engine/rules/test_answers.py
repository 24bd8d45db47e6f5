from datetime import date
from typing import Any

import pytest

from engine.catalog.values import Money, Value, parse_duration
from engine.rules.answers import ask
from engine.rules.ruleset import Answer
from tests.engine.builders import PLACE, a_condition, a_line, an_answer, at

GOLD = a_condition("customer.tier", "gold")
LATE = a_condition("order.late", expected=True)
WINDOW = an_answer(
    "return_window",
    a_line(parse_duration("60 days"), a_condition("customer.tier", "platinum")),
    a_line(parse_duration("45 days"), GOLD),
    a_line(parse_duration("30 days")),
    plus=(a_line(parse_duration("4 days"), LATE), a_line(parse_duration("1 week"), GOLD, LATE)),
    starts="order.delivered_at",
)


def facts(**changes: Any) -> dict[str, Any]:
    defaults = {
        "customer.tier": "none",
        "order.late": False,
        "order.delivered_at": at("2026-03-01 12:00"),
        "zone": "UTC",
    }
    return (
        defaults
        | {"today": date(2026, 3, 2)}
        | {name.replace("__", "."): value for name, value in changes.items()}
    )


@pytest.mark.parametrize(
    ("tier", "days"), [("none", "30"), ("gold", "45"), ("platinum", "60"), (None, "30")]
)
def test_the_first_line_that_holds_answers_and_an_unknown_one_is_passed_over(
    tier: str | None, days: str
) -> None:
    assert str(ask(WINDOW, facts(customer__tier=tier)).value) == f"{days} days"


def test_every_line_of_plus_that_holds_adds_up() -> None:
    assert str(ask(WINDOW, facts(order__late=True)).value) == "34 days"
    assert str(ask(WINDOW, facts(order__late=True, customer__tier="gold")).value) == "56 days"


@pytest.mark.parametrize(
    ("zone", "delivered", "ends_on"),
    [
        ("UTC", "2026-03-01 23:30", date(2026, 3, 31)),
        ("Asia/Tokyo", "2026-03-01 23:30", date(2026, 4, 1)),
        ("America/New_York", "2026-03-01 03:00", date(2026, 3, 30)),
        ("Pacific/Apia", "2011-11-29 22:00", date(2011, 12, 29)),
    ],
)
def test_the_last_day_is_counted_in_the_customers_zone(
    zone: str, delivered: str, ends_on: date
) -> None:
    assert ask(WINDOW, facts(zone=zone, order__delivered_at=at(delivered))).ends_on == ends_on


@pytest.mark.parametrize(
    ("today", "is_open"), [(date(2026, 3, 31), True), (date(2026, 4, 1), False)]
)
def test_a_window_is_open_until_its_last_day_has_passed(today: date, *, is_open: bool) -> None:
    assert ask(WINDOW, facts(today=today)).open is is_open


def test_a_window_that_has_not_begun_has_no_end() -> None:
    answered = ask(WINDOW, facts(order__delivered_at=None))

    assert (str(answered.value), answered.ends_on, answered.open) == ("30 days", None, None)


def test_a_window_may_start_on_a_day() -> None:
    assert ask(WINDOW, facts(order__delivered_at=date(2026, 3, 1))).ends_on == date(2026, 3, 31)


def test_the_proof_lists_the_lines_that_counted_with_what_they_read() -> None:
    proof = ask(WINDOW, facts(order__late=True, customer__tier="gold")).proof

    assert [str(line.gave) for line in proof] == ["45 days", "4 days", "1 week"]
    assert proof[0].place == str(PLACE)
    assert proof[0].findings[0].read == (("customer.tier", "gold"),)


def summed(*values: Value) -> Value:
    lines = [a_line(value) for value in values]
    table: Answer = an_answer("fee", lines[0], plus=tuple(lines[1:]))
    return ask(table, facts()).value


def test_money_and_numbers_add_up() -> None:
    assert summed(Money(100, "EUR"), Money(50, "EUR")) == Money(150, "EUR")
    assert summed(1, 2, 3) == 6


def test_two_currencies_or_kinds_have_no_sum() -> None:
    assert summed(Money(100, "EUR"), Money(50, "USD")) is None
    assert summed(parse_duration("30 days"), parse_duration("1 month")) is None


def test_a_table_of_which_no_line_holds_knows_no_answer() -> None:
    assert ask(an_answer("fee", a_line(5, GOLD)), facts()).value is None
