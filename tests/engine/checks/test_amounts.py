import pytest

from tests.engine.checks.folders import a_folder, a_rule, found

EUR = "currency: EUR\n"


def foreign(condition: str, policies: str = EUR) -> list[str]:
    rule = a_rule("order.placed", more=f"if: {condition}")
    return found(a_folder(rule, policies=policies), "J50")


@pytest.mark.parametrize(
    "condition",
    ["order.total > 80 USD", "order.base_total > 80 USD", "order.total between 1 USD and 9 USD"],
)
def test_money_in_a_currency_of_another_shop_is_found(condition: str) -> None:
    assert foreign(condition) == ["J50 6"]


def test_money_in_the_currency_of_the_shop_or_beside_it_is_not() -> None:
    assert foreign("order.total > 80 EUR") == []
    assert foreign("order.total > 80 EUR or order.total > 90 USD") == []
    assert foreign("order.total > 80 USD", policies="locale: en\n") == []


@pytest.mark.parametrize("length", ["2days", "48hours", "30minutes", "2months"])
def test_a_length_without_its_blank_is_found_where_it_stands(length: str) -> None:
    stops = "stop_if: [order.cancelled, return.requested]"
    folder = a_folder(a_rule(f"{length} after order.placed", more=stops))
    assert found(folder, "J51") == ["J51 4"]


def test_a_length_without_its_blank_is_found_in_every_value() -> None:
    do = "[{suppress: sales, at_most: 2days}]"
    assert found(a_folder(a_rule("order.placed", do)), "J51") == ["J51 5"]


@pytest.mark.parametrize("length", ["48h", "2d", "30m", "2 days"])
def test_short_forms_are_written_without_a_blank(length: str) -> None:
    assert found(a_folder(a_rule(f"{length} after order.placed")), "J51") == []


def test_a_name_is_for_people() -> None:
    assert found(a_folder(a_rule("order.placed", more="name: A 2days sale")), "J51") == []
