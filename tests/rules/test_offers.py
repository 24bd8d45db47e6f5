"""Offers, and what keeps them back: an unhappy review, an open case, no consent, too
many of them.
"""

import pytest

from tests.rules.story import Story, at


def test_an_offer_comes_ten_days_after_delivery() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")

    assert story.sent("next_order_offer") == [
        "14 Mar 10:01"
    ]  # its cap is settled at the end of the minute


def test_no_offer_without_delivery() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.placed")
    story.shipped("3 Mar 10:00")

    assert story.messages("next_order_offer") == []


def test_no_offer_without_consent() -> None:
    story = Story("review", "loyalty")
    story.delivered("4 Mar 10:00")

    assert story.sent("next_order_offer") == []
    assert story.unsaid("next_order_offer") == ["no_consent"]


def test_no_offer_to_somebody_who_took_the_consent_back() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("13 Mar 10:00", "consent.withdrawn", None, consent={"category": "sales"})

    assert story.unsaid("next_order_offer") == ["no_consent"]


@pytest.mark.parametrize("kind", ["order.cancelled", "return.requested"])
def test_no_offer_for_an_order_that_did_not_last(kind: str) -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("5 Mar 10:00", kind)

    assert story.messages("next_order_offer") == []


def test_one_offer_in_sixty_days_whatever_was_ordered() -> None:
    story = Story()
    story.delivered("4 Mar 10:00", "A1")
    story.delivered("20 Mar 10:00", "A2", "P2")
    story.delivered("10 May 10:00", "A3", "P3")

    assert story.sent("next_order_offer") == ["14 Mar 10:01", "20 May 10:01"]
    assert story.silent("next-order-offer") == ["already_done"]


def test_no_offer_while_a_case_is_open() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("13 Mar 10:00", "support.case_opened", support={"id": "CASE-1"})

    assert story.messages("next_order_offer") == []
    assert story.silent("next-order-offer") == ["condition_false"]


def test_an_offer_once_the_case_is_solved() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("10 Mar 10:00", "support.case_opened", support={"id": "CASE-1"})
    story.tell("13 Mar 10:00", "support.case_solved", support={"id": "CASE-1"})

    assert story.sent("next_order_offer") == ["14 Mar 10:01"]


def test_one_star_on_one_order_silences_the_offer_waiting_on_another() -> None:
    story = Story()
    story.delivered("4 Mar 10:00", "A2")
    story.review("6 Mar 10:00", 1, "A1")

    assert story.sent("next_order_offer") == []
    assert story.unsaid("next_order_offer") == ["suppressed_by"]
    assert [row.reason_by for row in story.messages("next_order_offer")] == [
        "unhappy-customer-silence"
    ]


@pytest.mark.parametrize(("stars", "offers"), [(1, 0), (2, 0), (3, 1), (5, 1)])
def test_two_stars_or_less_are_unhappy(stars: int, offers: int) -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.review("6 Mar 10:00", stars)

    assert len(story.sent("next_order_offer")) == offers


def test_a_review_without_stars_silences_nothing() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.tell("6 Mar 10:00", "review.received", review={"id": "R1", "text": "Hm."})

    assert story.sent("next_order_offer") == ["14 Mar 10:01"]
    assert story.silent("unhappy-customer-silence") == ["fact_unknown"]


def test_the_silence_of_one_customer_is_not_that_of_another() -> None:
    story = Story()
    story.review("3 Mar 10:00", 1)
    story.customer = {"id": "ben", "email": "ben@example.com", "time_zone": "UTC"}
    story.tell("3 Mar 10:00", "consent.given", None, consent={"category": "sales"})
    story.delivered("4 Mar 10:00", "B1")

    assert story.sent("next_order_offer") == ["14 Mar 10:01"]


def test_the_silence_ends_when_the_case_is_solved() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.review("6 Mar 10:00", 1)
    story.tell("9 Mar 10:00", "support.case_solved", support={"id": "CASE-1"})

    assert story.sent("next_order_offer") == ["14 Mar 10:01"]


def test_a_case_that_is_solved_about_another_order_ends_no_silence() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")
    story.review("6 Mar 10:00", 1)
    story.tell("9 Mar 10:00", "support.case_solved", "A9", support={"id": "CASE-9"})

    assert story.unsaid("next_order_offer") == ["suppressed_by"]


def test_the_silence_ends_after_sixty_days() -> None:
    story = Story()
    story.review("6 Mar 09:00", 1)
    story.delivered("25 Apr 10:00", "A2")

    assert story.sent("next_order_offer") == ["5 May 10:01"]


def test_the_silence_has_not_ended_a_day_before() -> None:
    story = Story()
    story.review("6 Mar 09:00", 1)
    story.delivered("24 Apr 10:00", "A2")

    assert story.unsaid("next_order_offer") == ["suppressed_by"]


def test_an_unhappy_review_opens_a_case_that_knows_order_and_stars() -> None:
    story = Story()
    story.review("6 Mar 23:00", 2)

    told = {"order": "A1", "stars": 2, "topic": "unhappy_review"}
    assert story.calls() == [("open_support_case", told)]


def test_a_happy_review_opens_no_case() -> None:
    story = Story()
    story.review("6 Mar 10:00", 5)

    assert (story.calls(), story.store.suppressions) == ([], {})


def test_the_same_review_told_twice_opens_one_case() -> None:
    story = Story()
    story.review("6 Mar 10:00", 1)
    story.review("6 Mar 11:00", 1)

    assert len(story.calls()) == 1


def test_review_requests_are_not_silenced() -> None:
    story = Story()
    story.review("3 Mar 10:00", 1, "A1")
    story.delivered("4 Mar 10:00", "A2")

    assert story.sent("review_request") == ["11 Mar 10:00"]


def test_messages_about_an_order_are_not_silenced() -> None:
    story = Story()
    story.review("3 Mar 10:00", 1, "A1")
    story.shipped("4 Mar 10:00", "A2")

    assert story.sent("parcel_shipped") == ["4 Mar 10:00"]


def test_two_offers_a_week_at_most() -> None:
    story = Story()
    story.delivered("4 Mar 12:00")
    story.tier("10 Mar 10:00", "gold")
    story.tier("12 Mar 10:00", "platinum")

    assert story.sent("tier_reached") == ["10 Mar 10:01", "12 Mar 10:01"]
    assert story.sent("next_order_offer") == [
        "17 Mar 10:02"
    ]  # there is room again, on the last of its three days


def test_an_offer_that_finds_no_room_in_three_days_is_not_sent() -> None:
    story = Story()
    story.delivered("1 Mar 10:00")
    story.tier("10 Mar 10:00", "gold")
    story.tier("10 Mar 11:00", "platinum")

    assert story.sent("next_order_offer") == []
    assert story.unsaid("next_order_offer") == ["expired"]


def test_an_offer_silenced_in_the_night_it_waited_for_is_not_sent_in_the_morning() -> None:
    story = Story()
    story.delivered("4 Mar 23:00")
    story.review("15 Mar 02:00", 1)

    assert story.unsaid("next_order_offer") == ["suppressed_by"]
    assert all(row.settled_at == at("15 Mar 08:00") for row in story.messages("next_order_offer"))
