"""What is said along an order, and when people are asked what they think of it."""

import pytest

from tests.rules.story import Story


def test_a_confirmed_order_is_told_at_once() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.confirmed")

    assert story.sent("order_confirmed") == ["2 Mar 10:00"]


def test_an_order_that_is_only_placed_says_nothing() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.placed")

    assert story.messages() == []


def test_an_order_that_is_confirmed_twice_is_told_once() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.confirmed")
    story.tell("2 Mar 11:00", "order.confirmed")

    assert story.sent("order_confirmed") == ["2 Mar 10:00"]


def test_a_confirmation_that_comes_after_the_parcel_has_left_is_not_sent() -> None:
    story = Story()
    story.shipped("2 Mar 10:00")
    story.tell("2 Mar 11:00", "order.confirmed")

    assert story.sent("order_confirmed") == []
    assert story.silent("order-confirmed") == ["overtaken"]


def test_each_parcel_speaks_for_itself() -> None:
    story = Story()
    story.shipped("2 Mar 10:00", parcel="P1")
    story.shipped("3 Mar 10:00", parcel="P2")
    story.delivered("4 Mar 10:00", parcel="P1")
    story.delivered("6 Mar 10:00", parcel="P2")

    assert story.sent("parcel_shipped") == ["2 Mar 10:00", "3 Mar 10:00"]
    assert story.sent("parcel_delivered") == ["4 Mar 10:00", "6 Mar 10:00"]


def test_the_scans_between_say_nothing() -> None:
    story = Story()
    for kind in (
        "packed",
        "in_transit",
        "scanned",
        "out_for_delivery",
        "delayed",
        "attempt_failed",
    ):
        story.tell("2 Mar 10:00", f"shipment.{kind}", shipment={"id": "P1"})

    assert story.messages() == []


def test_a_parcel_that_has_arrived_is_not_announced_any_more() -> None:
    story = Story()
    story.delivered("3 Mar 10:00")
    story.shipped("3 Mar 11:00")

    assert story.sent("parcel_shipped") == []


def test_a_parcel_announced_at_night_and_cancelled_before_morning_is_not_announced() -> None:
    story = Story()
    story.shipped("2 Mar 23:00")
    story.tell("3 Mar 06:00", "order.cancelled")

    assert story.sent("parcel_shipped") == []
    assert story.unsaid("parcel_shipped") == ["stopped_by"]


def test_nothing_is_said_at_night_but_a_cancellation_at_once() -> None:
    story = Story()
    story.tell("2 Mar 22:00", "order.confirmed")
    story.tell("2 Mar 23:30", "order.cancelled", "A2")

    assert story.sent("order_cancelled") == ["2 Mar 23:30"]
    assert story.sent("order_confirmed") == ["3 Mar 08:00"]


def test_night_is_where_the_customer_is() -> None:
    story = Story(customer={"id": "budi", "email": "budi@example.com", "time_zone": "Asia/Jakarta"})
    story.tell("2 Mar 22:00", "order.confirmed")  # five in the morning
    story.tell("3 Mar 02:00", "order.confirmed", "A2")  # nine

    assert story.sent("order_confirmed") == ["3 Mar 01:00", "3 Mar 02:00"]


def test_an_order_that_nobody_cancelled_says_nothing_of_the_kind() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.cancel_requested")

    assert story.messages() == []


def test_a_review_request_comes_seven_days_after_the_last_parcel() -> None:
    story = Story()
    story.shipped("2 Mar 10:00", parcel="P1")
    story.shipped("2 Mar 10:00", parcel="P2")
    story.delivered("4 Mar 10:00", parcel="P1")
    story.delivered("6 Mar 15:00", parcel="P2")

    assert story.sent("review_request") == ["13 Mar 15:00"]


def test_a_review_request_never_comes_before_delivery() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.confirmed")
    story.shipped("3 Mar 10:00", parcel="P1")
    story.shipped("3 Mar 10:00", parcel="P2")
    story.delivered("4 Mar 10:00", parcel="P1")

    assert story.messages("review_request") == []


@pytest.mark.parametrize("kind", ["requested", "approved"])
def test_a_review_request_never_comes_after_a_return(kind: str) -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("9 Mar 10:00", "return.requested", **{"return": {"id": "R1"}})
    story.tell("9 Mar 11:00", f"return.{kind}", **{"return": {"id": "R1"}})

    assert story.messages("review_request") == []
    assert story.silent("review-request")[-1:] == ["condition_false"]


def test_a_return_that_is_called_off_does_not_bring_the_request_back() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("5 Mar 10:00", "return.requested", **{"return": {"id": "R1"}})
    story.tell("6 Mar 10:00", "return.cancelled", **{"return": {"id": "R1"}})

    assert story.messages("review_request") == []
    assert story.silent("review-request") == ["stopped_by"]


def test_a_return_of_another_order_changes_nothing() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("9 Mar 10:00", "return.requested", "A2", **{"return": {"id": "R2"}})

    assert story.sent("review_request") == ["11 Mar 10:00"]


def test_a_review_that_is_there_already_is_not_asked_for() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.review("6 Mar 10:00", 5)

    assert story.messages("review_request") == []


def test_a_review_of_another_order_is_no_review_of_this_one() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.review("6 Mar 10:00", 5, "A2")

    assert story.sent("review_request") == ["11 Mar 10:00"]


def test_a_cancelled_order_is_not_to_be_reviewed() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("5 Mar 10:00", "order.cancelled")

    assert story.messages("review_request") == []


def test_a_request_due_at_night_comes_in_the_morning() -> None:
    story = Story()
    story.delivered("4 Mar 23:00")

    assert story.sent("review_request") == ["12 Mar 08:00"]


def test_who_did_not_say_yes_is_not_asked_for_a_review() -> None:
    story = Story("sales")
    story.delivered("4 Mar 10:00")

    assert story.sent("review_request") == []
    assert story.unsaid("review_request") == ["no_consent"]


def test_who_said_no_to_delivery_messages_hears_none_of_them() -> None:
    story = Story()
    story.tell("2 Mar 09:00", "consent.withdrawn", None, consent={"category": "delivery"})
    story.tell("2 Mar 10:00", "order.confirmed")
    story.tell("2 Mar 11:00", "order.cancelled", "A2")

    assert story.unsaid("order_confirmed") == ["no_consent"]
    assert story.sent("order_cancelled") == ["2 Mar 11:00"]


def test_the_whole_life_of_an_order() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.placed", order={"promised_on": "2026-03-05"})
    story.tell("2 Mar 10:05", "order.confirmed")
    story.shipped("3 Mar 10:00")
    story.delivered("4 Mar 10:00")

    assert [row.name for row in story.messages()] == [
        "order_confirmed", "parcel_shipped", "parcel_delivered", "review_request",
        "next_order_offer",
    ]  # fmt: skip
