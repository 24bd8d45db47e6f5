import pytest

from tests.engine.checks.folders import a_folder, a_rule, found


def waits(when: str, more: str = "") -> list[str]:
    return found(a_folder(a_rule(when, more=more)), "J25", "J26", "J29")


@pytest.mark.parametrize(
    "when",
    [
        "2 days after order.placed",
        "2 days after order.delivered",
        "48 hours without shipment.scanned since shipment.shipped",
        "2 days after return.requested",
        "3 days after review.received",
        "1 day after subscription.started",
        "on order.promised_on",
    ],
)
def test_a_later_message_without_a_stop_is_told(when: str) -> None:
    assert waits(when) == ["J25 4"]


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ("order.placed", ""),
        ("2 days after order.placed", "stop_if: order.cancelled"),
        ("2 days after order.cancelled", ""),
        ("2 days after order.delivered", "if: order.returned = false"),
        ("2 days after order.delivered", "if: not (return.requested happened)"),
        ("2 days after return.received", ""),
        ("1 day after subscription.started", "if: subscription.status = active"),
        ("1 day after loyalty.joined", ""),
        ("every monday", ""),
        ("on loyalty.points_expire_at", ""),
    ],
)
def test_a_message_at_once_or_with_a_stop_is_left_alone(when: str, more: str) -> None:
    assert waits("every week on monday at 10:00" if when == "every monday" else when, more) == []


@pytest.mark.parametrize(
    "stop", ["order.placed", "shipment.packed", "shipment.shipped", "order.confirmed"]
)
def test_a_stop_that_lies_behind_stops_nothing(stop: str) -> None:
    assert waits("2 days after shipment.shipped", f"stop_if: [order.cancelled, {stop}]") == [
        "J26 6"
    ]


@pytest.mark.parametrize(
    "stop",
    ["order.placed by the customer", "shipment.scanned", "return.requested", "review.received"],
)
def test_a_stop_that_may_still_come_is_left_alone(stop: str) -> None:
    assert waits("2 days after shipment.shipped", f"stop_if: [order.cancelled, {stop}]") == []


def test_a_stop_that_may_follow_one_line_of_when_is_left_alone() -> None:
    assert waits("[order.placed, order.delivered]", "stop_if: order.confirmed") == []


@pytest.mark.parametrize(
    ("when", "is_told"),
    [
        ("3 days before loyalty.points_expire_at", True),
        ("3 days after loyalty.points_expire_at", False),
    ],
)
def test_only_what_comes_before_a_date_may_be_late(when: str, is_told: bool) -> None:
    assert waits(when) == (["J29 4"] if is_told else [])
    assert waits(when, "if_late: skip" if is_told else "") == []


@pytest.mark.parametrize(
    ("when", "stop"),
    [
        ("7 days after order.delivered", "order.cancelled"),
        ("7 days after order.delivered", "shipment.returned_to_sender"),
        ("2 hours after order.cancelled", "order.refunded"),
        ("order.cancelled", "order.cancel_requested"),
        ("3 days after return.refunded", "return.received"),
        ("1 day after support.case_solved", "support.case_opened"),
    ],
)
def test_a_stop_that_usually_comes_before_is_told(when: str, stop: str) -> None:
    often = "once_per: event\n"
    first = f"stop_if: {stop}\n"
    assert "J45 6" in found(a_folder(a_rule(when, more=first + often)))
    asked = f"{first}if: not ({stop} happened)\n{often}"
    assert "J45 6" not in found(a_folder(a_rule(when, more=asked)))


@pytest.mark.parametrize(
    ("when", "stop"),
    [
        ("7 days after order.delivered", "return.requested"),
        ("7 days after order.delivered", "order.cancelled by the customer"),
        ("shipment.shipped", "order.cancelled"),
        ("2 days after return.requested", "return.cancelled"),
    ],
)
def test_a_stop_that_may_still_come_is_not_told(when: str, stop: str) -> None:
    assert found(a_folder(a_rule(when, more=f"stop_if: {stop}")), "J45") == []
