from datetime import timedelta

import pytest

from engine.backtests.review_requests import SHOP_ASKED_AT, OwnRequests, ShopsRequests, Wrong
from engine.catalog.values import instant
from tests.engine.builders import DAY, NOON, an_event, delivered, shipped


def test_a_request_after_delivery_is_as_it_should_be() -> None:
    own = OwnRequests()
    own.sent("shop", "A1", NOON - DAY, NOON)

    assert own.wrong == Wrong()


def test_a_request_before_delivery_is_counted_once_the_delivery_is_heard_of() -> None:
    own = OwnRequests()
    own.sent("shop", "A1", None, NOON)
    own.note_event(shipped(NOON + DAY))
    assert own.wrong == Wrong(never_delivered=1)

    own.note_event(delivered(NOON + DAY))
    assert own.wrong == Wrong(before_delivery=1)


def test_a_delivery_that_was_merely_heard_of_late_was_none_too_early() -> None:
    own = OwnRequests()
    own.sent("shop", "A1", None, NOON)
    own.note_event(delivered(NOON - DAY))

    assert own.wrong == Wrong()


def test_another_orders_delivery_is_no_excuse() -> None:
    own = OwnRequests()
    own.sent("shop", "A1", None, NOON)
    own.note_event(an_event("shipment.delivered", NOON + DAY, order="A2"))

    assert own.wrong == Wrong(never_delivered=1)


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ([NOON + DAY], Wrong()),
        ([NOON - DAY], Wrong(before_delivery=1)),
        ([NOON - DAY, NOON - 2 * DAY, NOON + DAY], Wrong(before_delivery=2)),
    ],
)
def test_the_shops_requests_are_set_beside_the_delivery(asked: list[object], wrong: Wrong) -> None:
    shops = ShopsRequests()
    review = an_event("review.received", NOON + timedelta(days=9))
    shops.note_event(review, {SHOP_ASKED_AT: " ".join(map(instant, asked))})  # type: ignore[arg-type]  # instants
    shops.note_event(delivered(NOON), {})

    assert (shops.wrong, shops.total) == (wrong, len(asked))


def test_an_order_never_delivered_should_not_have_been_asked_about() -> None:
    shops = ShopsRequests()
    shops.note_event(an_event("review.received"), {SHOP_ASKED_AT: instant(NOON)})

    assert shops.wrong == Wrong(never_delivered=1)


def test_a_log_without_the_attribute_tells_of_no_request() -> None:
    shops = ShopsRequests()
    shops.note_event(an_event("review.received"), {SHOP_ASKED_AT: 7})
    shops.note_event(an_event("loyalty.joined", order=None), {})

    assert shops.total == 0
