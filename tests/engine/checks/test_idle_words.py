import pytest

from tests.engine.checks.folders import a_folder, a_rule, found, message


def idle(when: str, more: str = "", policies: str = "") -> list[str]:
    return found(a_folder(a_rule(when, more=more), policies=policies), "J09")


@pytest.mark.parametrize(
    ("when", "more", "place"),
    [
        ("1.5 months after order.delivered", "", "J09 4"),
        ("0.5 business days after order.placed", "", "J09 4"),
        ("1.5 months without order.placed since order.placed", "", "J09 4"),
        ("order.placed", "if: number of return.requested within 1.5 months >= 1", "J09 6"),
        ("order.placed", "if: order.placed happened by the customer within 0.5 months", "J09 6"),
        (
            "order.placed",
            'if: {">": [{"duration": [1.5, "month"]}, {"duration": [2, "day"]}]}',
            "J09 6",
        ),
        ("order.placed", "once_per: {customer: 1.5 months}", "J09 3"),
    ],
)
def test_months_and_business_days_have_no_parts(when: str, more: str, place: str) -> None:
    assert place in idle(when, more)


def test_the_length_that_has_no_parts_is_named() -> None:
    folder = a_folder(a_rule("0.5 business days after order.placed"))
    assert message(folder, "J09") == "business days are counted whole, not 0.5 business days"


def test_a_cap_per_month_and_a_half_is_none() -> None:
    policies = "caps: [{at_most: 1, per: 1.5 months, categories: [sales], then: drop}]"
    assert idle("order.placed", policies=policies) == ["J09 1"]


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ("1.5 days after order.delivered", ""),
        ("0.5 weeks after order.delivered", ""),
        ("1.0 months after order.delivered", ""),
        ("2 business days after order.delivered", ""),
        ("order.placed", "if: order.placed happened by the customer within 1.5 days"),
    ],
)
def test_what_the_calendar_counts_is_left_alone(when: str, more: str) -> None:
    assert idle(when, more) == []


@pytest.mark.parametrize(
    "when",
    [
        "order.placed by the customer",
        "2 days after order.delivered by the customer",
        "1 day after order.placed by the customer at 10:00",
        "60 days without order.placed since order.placed by the customer",
    ],
)
def test_by_the_customer_says_nothing_of_the_event_that_starts_a_rule(when: str) -> None:
    assert idle(when) == ["J09 4"]


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ("60 days without order.placed by the customer since order.placed", ""),
        ("2 days after order.placed", "stop_if: order.placed by the customer"),
        ("order.placed", "if: number of order.placed by the customer within 90 days >= 2"),
        ("order.placed", "if: not (return.requested happened by the customer)"),
    ],
)
def test_by_the_customer_is_for_looking_back(when: str, more: str) -> None:
    assert idle(when, more) == []


def test_counting_says_nothing_where_no_message_is() -> None:
    sends = a_rule("order.placed", more="counting: decided")
    silences = a_rule(
        "order.placed", "[{suppress: [sales], at_most: 10 days}]", more="counting: decided"
    )

    assert found(a_folder(sends), "J12") == []
    assert found(a_folder(silences), "J12") == ["J12 6"]


def test_what_an_order_has_once_is_always_missing_afterwards() -> None:
    folder = a_folder(a_rule("60 days without order.placed since order.placed"))

    assert message(folder, "J44") == (
        "always true: an order has one order.placed and no more; "
        "for the customer's next one say `without order.placed by the customer`"
    )


@pytest.mark.parametrize(
    "when",
    [
        "60 days without order.placed by the customer since order.placed",
        "48 hours without shipment.scanned since shipment.scanned",
        "48 hours without order.delivered since order.placed",
        "24 hours without support.case_replied since support.case_replied",
    ],
)
def test_a_silence_that_an_event_can_end_is_no_finding(when: str) -> None:
    assert found(a_folder(a_rule(when, more="once_per: event")), "J44") == []
