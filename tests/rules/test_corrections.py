"""What the shipped rules say when the world is corrected."""

from tests.rules.story import Story


def returned(story: Story, time: str, kind: str) -> None:
    story.tell(time, f"return.{kind}", return_={"id": "R1"})


def test_a_parcel_that_was_lost_and_arrives_is_told() -> None:
    story = Story()
    story.shipped("2 Mar 10:00")
    story.tell("5 Mar 10:00", "shipment.lost", shipment={"id": "P1"})
    story.delivered("9 Mar 10:00")

    assert story.sent("parcel_delivered") == ["9 Mar 10:00"]
    assert story.sent("review_request") == ["16 Mar 10:00"]


def test_a_false_delivery_that_is_taken_back_before_morning_is_not_told() -> None:
    story = Story()
    story.delivered("2 Mar 22:00")
    story.tell("2 Mar 23:00", "shipment.delivery_corrected", shipment={"id": "P1"})

    assert story.sent("parcel_delivered") == []
    assert story.sent("review_request") == []
    assert story.silent("review-request") == ["condition_false"]


def test_what_was_not_told_of_a_false_delivery_is_told_of_the_true_one() -> None:
    story = Story()
    story.delivered("2 Mar 22:00")
    story.tell("2 Mar 23:00", "shipment.delivery_corrected", shipment={"id": "P1"})
    story.delivered("4 Mar 10:00")

    assert story.sent("parcel_delivered") == ["4 Mar 10:00"]
    assert story.sent("review_request") == ["11 Mar 10:00"]


def test_a_window_and_a_request_count_from_the_true_delivery() -> None:
    story = Story()
    story.delivered("2 Mar 10:00")
    story.tell("3 Mar 10:00", "shipment.delivery_corrected", shipment={"id": "P1"})
    assert story.answer("return_window", "3 Mar 12:00").ends_on is None
    story.delivered("5 Mar 10:00")

    assert str(story.answer("return_window", "6 Mar 10:00").ends_on) == "2026-04-04"
    assert story.sent("parcel_delivered") == ["2 Mar 10:00"]
    assert story.sent("review_request") == ["12 Mar 10:00"]


def test_a_correction_that_states_the_true_day_moves_what_waits() -> None:
    story = Story()
    story.delivered("2 Mar 10:00")
    story.tell(
        "6 Mar 10:00",
        "shipment.delivery_corrected",
        shipment={"id": "P1", "delivered_at": "2026-03-05T10:00:00Z"},
    )

    assert str(story.answer("return_window", "6 Mar 10:00").ends_on) == "2026-04-04"
    assert story.sent("review_request") == ["12 Mar 10:00"]
