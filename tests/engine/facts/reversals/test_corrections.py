"""What happened and was taken back: deliveries, losses, returns that were called off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import instant
from engine.facts.events import Event
from engine.facts.fold import fold_order
from engine.facts.history import Standpoint, is_taken_back
from engine.facts.state import State, both, empty
from engine.facts.things import happened, is_final, is_gone_since, milestones, value_of
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    a_happening,
    a_parcel_event,
    an_event,
    an_order,
    delivered,
    shipped,
)

TRUE_TIME = "shipment.delivered_at"


def corrected(days: int, parcel: str | None = "P1", **data: str) -> Event:
    things = {"shipment": parcel} if parcel else {}
    return an_event("shipment.delivery_corrected", NOON + days * DAY, things=things, data=data)


def a_return(kind: str, days: int = 0) -> Event:
    return an_event(f"return.{kind}", NOON + days * DAY, things={"return": "R1"})


def a_review(kind: str, days: int = 0, **data: object) -> Event:
    stated = {f"review.{name}": value for name, value in data.items()}
    return an_event(f"review.{kind}", NOON + days * DAY, things={"review": "V1"}, data=stated)


def delivery_of(order: State) -> str | None:
    return milestones(order).get("order.delivered")


def test_a_delivery_that_was_reported_falsely_has_not_happened() -> None:
    order = an_order(shipped(), delivered(NOON + DAY), corrected(2))

    assert happened(order, "shipment", "P1", "shipment.delivered") is None
    assert (delivery_of(order), is_final(order)) == (None, None)


def test_the_first_delivery_after_a_correction_is_the_true_one() -> None:
    order = an_order(
        delivered(), corrected(1), *(delivered(NOON + days * DAY) for days in (3, 4, 5))
    )

    assert delivery_of(order) == instant(NOON + 3 * DAY)
    assert happened(order, "shipment", "P1", "shipment.delivered") == (
        NOON + 3 * DAY,
        NOON + 5 * DAY,
    )


def test_a_correction_may_say_when_the_parcel_truly_came() -> None:
    folded = fold_order(
        an_order(delivered()), corrected(3, **{TRUE_TIME: instant(NOON + DAY)}), CATALOG
    )

    assert delivery_of(folded.state) == instant(NOON + DAY)
    assert {(one.type, one.occurred_at) for one in folded.derived} == {
        ("shipment.delivered", NOON + DAY),
        ("order.delivered", NOON + DAY),
    }


def test_the_newest_correction_counts() -> None:
    order = an_order(delivered(), corrected(3, **{TRUE_TIME: instant(NOON + DAY)}), corrected(4))

    assert delivery_of(order) is None


def test_a_correction_cannot_tell_of_what_is_still_to_come() -> None:
    order = an_order(delivered(), corrected(1, **{TRUE_TIME: "2031-01-01"}))

    assert delivery_of(order) == instant(NOON + DAY)


def test_a_correction_of_the_same_instant_takes_back_the_delivery() -> None:
    assert delivery_of(an_order(delivered(), corrected(0))) is None


def test_what_a_correction_states_is_no_word_of_a_later_scan() -> None:
    order = an_order(
        delivered(),
        corrected(3, **{TRUE_TIME: instant(NOON + DAY)}),
        an_event(
            "shipment.scanned",
            NOON + 4 * DAY,
            things={"shipment": "P1"},
            data={TRUE_TIME: instant(NOON)},
        ),
    )

    assert delivery_of(order) == instant(NOON + DAY)


def test_of_two_parcels_only_the_corrected_one_still_has_to_come() -> None:
    two = an_order(delivered(), delivered(NOON + HOUR, "P2"), corrected(1))

    assert delivery_of(two) is None
    assert happened(two, "shipment", "P2", "shipment.delivered") is not None
    assert delivery_of(an_order(delivered(NOON + 2 * DAY), seen=two)) == instant(NOON + 2 * DAY)


def test_a_shop_without_parcels_corrects_the_delivery_of_its_only_one() -> None:
    order = an_order(an_event("order.delivered"), corrected(1, None))

    assert delivery_of(order) is None
    again = an_order(an_event("order.delivered", NOON + 2 * DAY), seen=order)
    assert delivery_of(again) == instant(NOON + 2 * DAY)


def test_a_shop_that_speaks_for_two_parcels_is_corrected_too() -> None:
    order = an_order(shipped(), shipped(parcel="P2"), an_event("order.delivered", NOON + DAY))

    assert delivery_of(order) == instant(NOON + DAY)
    assert delivery_of(an_order(corrected(2), seen=order)) is None


@pytest.mark.parametrize("end", ["lost", "returned_to_sender", "cancelled"])
def test_a_parcel_that_arrives_after_all_has_arrived(end: str) -> None:
    order = an_order(shipped(), a_parcel_event(end, NOON + HOUR))
    folded = fold_order(order, delivered(NOON + DAY), CATALOG)

    assert not folded.stale
    assert happened(folded.state, "shipment", "P1", f"shipment.{end}") is None
    assert delivery_of(folded.state) == instant(NOON + DAY)


@pytest.mark.parametrize("end", ["lost", "returned_to_sender", "cancelled"])
def test_a_delivery_before_the_loss_that_is_heard_of_late_is_overtaken(end: str) -> None:
    order = an_order(shipped(), a_parcel_event(end, NOON + DAY))

    assert fold_order(order, delivered(NOON + HOUR), CATALOG).stale


def test_a_lost_parcel_whose_delivery_was_false_is_lost_again() -> None:
    order = an_order(a_parcel_event("lost"), delivered(NOON + DAY), corrected(2))

    assert happened(order, "shipment", "P1", "shipment.lost") is not None


def test_a_lost_parcel_that_moves_again_is_on_its_way_and_its_order_is_open() -> None:
    lost = an_order(shipped(), a_parcel_event("lost", NOON + HOUR))
    found = fold_order(lost, a_parcel_event("in_transit", NOON + DAY), CATALOG)

    assert is_final(lost) is not None
    assert (found.stale, is_final(found.state)) == (False, None)


def test_what_goes_back_to_the_sender_moves_and_still_goes_back() -> None:
    order = an_order(a_parcel_event("returned_to_sender"), a_parcel_event("in_transit", NOON + DAY))

    assert happened(order, "shipment", "P1", "shipment.returned_to_sender") is not None


@pytest.mark.parametrize("off", ["declined", "cancelled"])
@pytest.mark.parametrize("on", ["approved", "reopened", "requested"])
def test_a_return_that_is_taken_up_again_is_no_longer_called_off(off: str, on: str) -> None:
    order = an_order(a_return("requested"), a_return(off, 1), a_return(on, 2))

    assert happened(order, "return", "R1", f"return.{off}") is None
    called_off_again = an_order(a_return(off, 3), seen=order)
    assert happened(called_off_again, "return", "R1", f"return.{off}") == (
        NOON + 3 * DAY,
        NOON + 3 * DAY,
    )


def test_of_a_review_that_was_removed_nothing_is_known_but_that_it_was_there() -> None:
    order = an_order(a_review("received", stars=1, text="broken"), a_review("removed", 1))

    assert value_of(order, "review", "V1", "review.stars") is None
    assert value_of(order, "review", "V1", "review.text") is None
    assert happened(order, "review", "V1", "review.received") is not None
    assert is_gone_since(order, ("review", "V1"), "review.received", NOON)


def test_a_review_that_is_written_again_is_there_again() -> None:
    order = an_order(
        a_review("received", stars=1), a_review("removed", 1), a_review("received", 2, stars=5)
    )

    assert value_of(order, "review", "V1", "review.stars") == 5
    assert not is_gone_since(order, ("review", "V1"), "review.received", NOON)


def test_a_state_of_before_that_has_no_single_times_is_corrected_by_its_first_and_last() -> None:
    order = an_order(delivered(), delivered(NOON + 2 * DAY))
    for parcel in order["things"]["shipment"].values():
        del parcel["times"]

    assert delivery_of(an_order(corrected(1), seen=order)) == instant(NOON + 2 * DAY)
    assert delivery_of(an_order(corrected(3), seen=order)) is None
    assert delivery_of(an_order(corrected(1), delivered(NOON + 3 * DAY), seen=order)) == instant(
        NOON + 2 * DAY
    )


TOLD = st.lists(
    st.one_of(
        st.builds(delivered, st.integers(0, 4).map(lambda days: NOON + days * DAY)),
        st.builds(corrected, st.integers(0, 4)),
        st.builds(corrected, st.integers(0, 4), **{TRUE_TIME: st.just(instant(NOON + HOUR))}),
    ),
    max_size=6,
)


@given(TOLD, st.integers(0, 6))
def test_what_is_known_of_a_parcel_under_two_names_counts_like_one(
    told: list[Event], cut: int
) -> None:
    def parcel_of(events: list[Event]) -> object:
        return an_order(*events)["things"].get("shipment", {}).get("P1") or {
            "facts": {},
            "happened": {},
        }

    assert both(parcel_of(told[:cut]), parcel_of(told[cut:])) == parcel_of(told)  # type: ignore[arg-type]


def test_elsewhere_what_was_taken_back_is_known_by_what_else_happened() -> None:
    false = a_happening("shipment.delivered", order="A2", things={"shipment": "P1"})
    correction = a_happening(
        "shipment.delivery_corrected", NOON + DAY, order="A2", things={"shipment": "P1"}
    )
    true = a_happening("shipment.delivered", NOON + 2 * DAY, order="A2", things={"shipment": "P1"})
    other = a_happening("shipment.delivered", order="A3", things={"shipment": "P1"})
    history = (false, correction, true, other)

    where = Standpoint("A1", ("order", "A1"), empty())
    assert [is_taken_back(one, where, history) for one in history] == [True, False, False, False]


@given(st.permutations(range(4)))
def test_a_parcel_that_went_back_and_comes_after_all_came_then(
    order_of: list[int],
) -> None:
    went_back = a_parcel_event("returned_to_sender", NOON + 2 * DAY)
    told = [delivered(), went_back, delivered(NOON + 4 * DAY), delivered(NOON + 5 * DAY)]
    order = an_order(*(told[place] for place in order_of))

    assert happened(order, "shipment", "P1", "shipment.delivered") == (
        NOON + 4 * DAY,
        NOON + 5 * DAY,
    )
    assert delivery_of(order) == instant(NOON + 4 * DAY)


def test_a_parcel_that_went_back_for_good_keeps_the_time_of_its_false_delivery() -> None:
    order = an_order(delivered(), a_parcel_event("returned_to_sender", NOON + 2 * DAY))

    assert happened(order, "shipment", "P1", "shipment.delivered") == (NOON, NOON)


@given(st.permutations(range(4)))
def test_a_return_that_is_asked_for_again_begins_anew(order_of: list[int]) -> None:
    told = [
        a_return("requested"),
        a_return("approved", 1),
        a_return("cancelled", 2),
        a_return("requested", 3),
    ]
    order = an_order(*(told[place] for place in order_of))

    asked = NOON + 3 * DAY
    assert happened(order, "return", "R1", "return.requested") == (asked, asked)
    assert happened(order, "return", "R1", "return.approved") is None


def test_a_request_that_is_only_told_again_is_the_first_one() -> None:
    order = an_order(a_return("requested"), a_return("approved", 1), a_return("requested", 3))

    assert happened(order, "return", "R1", "return.requested") == (NOON, NOON + 3 * DAY)
    assert happened(order, "return", "R1", "return.approved") == (NOON + DAY, NOON + DAY)


def test_another_order_sees_what_began_anew_too() -> None:
    parcel = {"shipment": "P1"}
    first = a_happening("shipment.delivered", NOON, order="A1", things=parcel)
    history = [
        first,
        a_happening("shipment.lost", NOON + DAY, order="A1", things=parcel),
        a_happening("shipment.delivered", NOON + 2 * DAY, order="A1", things=parcel),
    ]

    elsewhere = Standpoint("A2", ("order", "A2"))
    assert is_taken_back(first, elsewhere, history)
    assert not is_taken_back(history[-1], elsewhere, history)
