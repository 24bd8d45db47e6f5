from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import instant
from engine.facts.contacts.consents import consent_of
from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order, subject_kind
from engine.facts.state import customer_of, empty
from engine.facts.things import is_final, milestones, reached, value_of
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_parcel_event,
    an_event,
    an_order,
    delivered,
    placed,
    shipped,
)

MOMENTS = st.integers(0, 4).map(lambda hours: NOON + hours * HOUR)
PARCELS = st.sampled_from(["P1", "P2", None])
ORDER_EVENTS = st.one_of(
    st.builds(
        a_parcel_event,
        st.sampled_from(
            [
                "packed",
                "shipped",
                "in_transit",
                "out_for_delivery",
                "delivered",
                "lost",
                "returned_to_sender",
                "cancelled",
                "delayed",
            ]
        ),
        MOMENTS,
        PARCELS,
        eta=st.sampled_from(["2026-03-05", "2026-03-06"]),
    ),
    st.builds(
        an_event,
        st.just("shipment.delivery_corrected"),
        MOMENTS,
        things=PARCELS.map(lambda parcel: {"shipment": parcel} if parcel else {}),
        data=st.sampled_from([{}, {"shipment.delivered_at": instant(NOON + HOUR)}]),
    ),
    st.builds(
        an_event,
        st.sampled_from(
            ["return.requested", "return.declined", "return.reopened", "order.refunded"]
        ),
        MOMENTS,
        things=st.sampled_from([{}, {"return": "R1"}]),
        data=st.sampled_from([{}, {"refund.amount": "5.00 EUR"}, {"refund.id": "F1"}]),
    ),
    st.builds(
        an_event,
        st.sampled_from(["review.received", "review.changed", "review.removed"]),
        MOMENTS,
        things=st.just({"review": "V1"}),
        data=st.sampled_from([{}, {"review.stars": 1}, {"review.stars": 4.5}]),
    ),
    st.builds(
        placed,
        MOMENTS,
        total=st.sampled_from(["80.00 EUR", "90.00 EUR"]),
        parcels_expected=st.integers(1, 3),
    ),
    st.builds(
        an_event,
        st.sampled_from(["order.shipped", "order.delivered", "order.cancelled", "order.changed"]),
        MOMENTS,
    ),
    st.builds(
        an_event, st.just("order.confirmed"), MOMENTS, customer=st.sampled_from(["C1", "C2", None])
    ),
)
CUSTOMER_EVENTS = st.one_of(
    st.builds(
        an_event,
        st.sampled_from(["consent.given", "consent.withdrawn", "message.complained"]),
        MOMENTS,
        data=st.fixed_dictionaries(
            {}, optional={"consent.category": st.just("sales"), "consent.channel": st.just("sms")}
        ),
    ),
    st.builds(
        placed,
        MOMENTS,
        st.sampled_from(["A1", "A2"]),
        total=st.sampled_from(["80.00 EUR", "90.00 EUR"]),
    ),
    st.builds(
        an_event,
        st.sampled_from(
            ["return.requested", "return.cancelled", "return.approved", "return.reopened"]
        ),
        MOMENTS,
        things=st.sampled_from([{}, {"return": "R1"}, {"return": "R2"}]),
        data=st.sampled_from([{}, {"return.items": ["SKU1"]}, {"return.items": [{"id": "SKU2"}]}]),
    ),
)


def derived(state: dict[str, Any], event: Event) -> list[str]:
    return [one.type for one in fold_order(state, event, CATALOG).derived]


@given(
    st.lists(ORDER_EVENTS, max_size=7).flatmap(lambda t: st.tuples(st.just(t), st.permutations(t)))
)
def test_what_has_happened_to_an_order_is_read_alike_in_any_order_of_arrival(
    lists: tuple[list[Event], list[Event]],
) -> None:
    told, shuffled = (an_order(*events) for events in lists)

    assert milestones(told) == milestones(shuffled)
    assert is_final(told) == is_final(shuffled)
    assert reached(told, "order", None, CATALOG) == reached(shuffled, "order", None, CATALOG)


@given(
    st.lists(ORDER_EVENTS, max_size=7).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told + told[:3]))
    )
)
def test_any_order_and_repetition_of_events_gives_the_same_order(
    lists: tuple[list[Event], list[Event]],
) -> None:
    told, shuffled = lists

    assert an_order(*told) == an_order(*shuffled)


@given(
    st.lists(CUSTOMER_EVENTS, max_size=6).flatmap(
        lambda t: st.tuples(st.just(t), st.permutations(t + t[:3]))
    )
)
def test_any_order_and_repetition_of_events_gives_the_same_customer(
    lists: tuple[list[Event], list[Event]],
) -> None:
    told, shuffled = lists

    assert a_buyer(*told) == a_buyer(*shuffled)


@given(st.lists(ORDER_EVENTS, max_size=6))
def test_reading_back_its_own_derived_events_changes_nothing(told: list[Event]) -> None:
    state = empty()
    for event in told:
        folded = fold_order(state, event, CATALOG)
        state = folded.state
        for follower in folded.derived:
            assert fold_order(state, follower, CATALOG).state == state


@given(st.lists(ORDER_EVENTS, max_size=5))
def test_a_fold_leaves_the_state_it_was_given_as_it_was(told: list[Event]) -> None:
    before = an_order(*told)
    kept = repr(before)
    fold_order(before, delivered(NOON + DAY), CATALOG)

    assert repr(before) == kept


def test_the_newest_word_counts_however_late_the_older_arrives() -> None:
    order = an_order(placed(NOON + HOUR, total="90.00 EUR"), placed(NOON, total="80.00 EUR"))

    assert value_of(order, "order", "A1", "order.total") == "90.00 EUR"


def test_at_the_same_instant_the_later_stage_counts() -> None:
    order = an_order(delivered(carrier="later"), shipped(carrier="earlier"))

    assert value_of(order, "shipment", "P1", "shipment.carrier") == "later"


@pytest.mark.parametrize(
    "kind",
    ["in_transit", "out_for_delivery", "delivered", "delayed", "exception", "returned_to_sender"],
)
def test_a_carriers_word_is_a_scan_too(kind: str) -> None:
    assert "shipment.scanned" in derived(empty(), a_parcel_event(kind))


@pytest.mark.parametrize(
    "kind", ["packed", "shipped", "eta_changed", "lost", "cancelled", "scanned"]
)
def test_the_shops_own_word_is_no_further_scan(kind: str) -> None:
    assert "shipment.scanned" not in derived(empty(), a_parcel_event(kind))


def test_the_first_parcel_ships_the_order_and_the_second_does_not_again() -> None:
    assert derived(empty(), shipped()) == ["order.shipped"]
    assert derived(an_order(shipped()), shipped(NOON + HOUR, "P2")) == []


def test_an_earlier_first_parcel_that_is_told_late_moves_the_day_of_shipping() -> None:
    folded = fold_order(an_order(shipped(NOON + HOUR)), shipped(NOON, "P2"), CATALOG)

    assert [(one.type, one.occurred_at) for one in folded.derived] == [("order.shipped", NOON)]


def test_the_last_parcel_delivers_the_order() -> None:
    two = an_order(shipped(), shipped(parcel="P2"), delivered(NOON + HOUR))

    assert "order.delivered" not in milestones(two)
    assert derived(two, delivered(NOON + DAY, "P2")) == ["shipment.scanned", "order.delivered"]


@pytest.mark.parametrize("end", ["lost", "cancelled", "returned_to_sender"])
def test_a_parcel_that_never_comes_does_not_hold_the_order_back(end: str) -> None:
    order = an_order(
        shipped(),
        shipped(parcel="P2"),
        delivered(NOON + HOUR),
        a_parcel_event(end, NOON + DAY, "P2"),
    )

    assert milestones(order)["order.delivered"] == instant(NOON + HOUR)


def test_an_order_of_which_no_parcel_came_is_not_delivered() -> None:
    assert "order.delivered" not in milestones(an_order(shipped(), a_parcel_event("lost")))


def test_an_order_waits_for_as_many_parcels_as_were_promised() -> None:
    one_of_two = an_order(placed(parcels_expected=2), delivered(NOON + HOUR))

    assert "order.delivered" not in milestones(one_of_two)
    assert "order.delivered" in derived(one_of_two, delivered(NOON + DAY, "P2"))


def test_a_later_parcel_undoes_the_delivery_and_its_own_moves_it() -> None:
    order = an_order(delivered(NOON), shipped(NOON + HOUR, "P2"))

    assert "order.delivered" not in milestones(order)
    moved = fold_order(order, delivered(NOON + DAY, "P2"), CATALOG).derived
    assert [one.occurred_at for one in moved if one.type == "order.delivered"] == [NOON + DAY]


def test_a_shop_without_parcels_speaks_for_its_only_parcel() -> None:
    assert derived(empty(), an_event("order.delivered")) == ["shipment.delivered"]
    assert derived(an_order(shipped()), an_event("order.delivered")) == ["shipment.delivered"]


def test_a_shop_with_two_parcels_speaks_for_neither() -> None:
    assert derived(an_order(shipped(), shipped(parcel="P2")), an_event("order.delivered")) == []


def test_the_word_of_the_shop_counts_for_the_parcel_that_is_named_later() -> None:
    order = an_order(an_event("order.delivered", NOON + DAY), shipped(NOON))

    assert milestones(order) == {
        "order.shipped": instant(NOON),
        "order.delivered": instant(NOON + DAY),
    }


@pytest.mark.parametrize("later", ["in_transit", "delivered", "lost"])
def test_a_stage_that_its_parcel_has_passed_is_overtaken(later: str) -> None:
    assert fold_order(an_order(a_parcel_event(later)), shipped(), CATALOG).stale


def test_a_stage_of_another_parcel_overtakes_nothing() -> None:
    assert not fold_order(an_order(delivered()), shipped(parcel="P2"), CATALOG).stale


def test_an_order_is_as_far_as_its_furthest_parcel() -> None:
    assert fold_order(an_order(delivered()), an_event("order.confirmed"), CATALOG).stale
    assert not fold_order(
        an_order(a_parcel_event("packed")), an_event("order.shipped"), CATALOG
    ).stale


def test_what_has_no_rank_is_never_overtaken() -> None:
    assert not fold_order(an_order(delivered()), a_parcel_event("delayed"), CATALOG).stale


def test_the_customer_is_known_once_an_event_names_one() -> None:
    nameless = an_event("shipment.shipped", customer=None, things={"shipment": "P1"})

    assert customer_of(an_order(nameless)) is None
    assert customer_of(an_order(nameless, placed(NOON - HOUR))) == "C1"


def test_an_event_states_facts_of_its_thing_and_what_contains_it_only() -> None:
    told = {
        "shipment.eta": "2026-03-05",
        "order.total": "80.00 EUR",
        "order.days_late": 4,
        "gone.fact": 1,
    }
    order = an_order(an_event("order.changed", data=told))

    assert order["facts"].keys() == {"order.total"}
    assert order["things"] == {}


def test_an_event_may_speak_of_another_thing_that_it_names() -> None:
    order = an_order(
        an_event("order.changed", things={"shipment": "P1"}, data={"shipment.eta": "2026-03-05"})
    )

    assert value_of(order, "shipment", "P1", "shipment.eta") == "2026-03-05"


def consented(*words: tuple[str, int, dict[str, str]]) -> dict[str, Any]:
    named = [{f"consent.{name}": value for name, value in told.items()} for _, _, told in words]
    return a_buyer(
        *(
            an_event(kind, NOON + at * HOUR, data=data)
            for (kind, at, _), data in zip(words, named, strict=True)
        )
    )


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ([], None),
        ([("consent.given", 0, {"category": "sales"})], True),
        ([("consent.given", 0, {"category": "loyalty"})], None),
        ([("consent.given", 0, {})], True),
        ([("consent.given", 0, {"category": "sales", "channel": "sms"})], None),
        (
            [
                ("consent.given", 0, {"category": "sales"}),
                ("consent.withdrawn", 1, {"channel": "email"}),
            ],
            False,
        ),
        (
            [
                ("consent.given", 0, {"category": "sales"}),
                ("consent.withdrawn", 1, {"channel": "sms"}),
            ],
            True,
        ),
        ([("consent.given", 1, {"category": "sales"}), ("consent.withdrawn", 0, {})], True),
        ([("consent.given", 1, {"category": "sales"}), ("consent.withdrawn", 1, {})], False),
        ([("consent.given", 0, {}), ("message.complained", 1, {"category": "loyalty"})], False),
    ],
)
def test_the_newest_word_on_a_category_and_a_channel_is_the_consent(
    words: Any, *, allowed: bool | None
) -> None:
    assert consent_of(consented(*words), ("sales", "*"), "email") is allowed


def test_an_event_that_names_no_order_belongs_to_the_customers_journey() -> None:
    review = an_event(
        "review.received", order=None, things={"review": "R1"}, data={"review.stars": 1}
    )

    assert subject_kind(review, CATALOG) == "customer"
    assert value_of(fold_customer(empty(), review, CATALOG), "review", "R1", "review.stars") == 1


def test_what_happened_to_an_order_is_not_kept_twice() -> None:
    assert a_buyer(shipped())["happened"] == {}
