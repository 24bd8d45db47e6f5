from engine.catalog.values import instant
from engine.facts.things import alias_of, first_eta, happened, ids_of, is_final, things_of, value_of
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_parcel_event,
    an_event,
    an_order,
    delivered,
    shipped,
)


def test_an_unnamed_parcel_is_the_only_one() -> None:
    order = an_order(shipped(parcel=None, carrier="acme"), delivered(NOON + DAY))

    assert ids_of(order, "shipment") == ("P1",)
    assert value_of(order, "shipment", "P1", "shipment.carrier") == "acme"
    assert happened(order, "shipment", "only", "shipment.delivered") == (NOON + DAY, NOON + DAY)


def test_with_several_an_unnamed_parcel_is_the_first() -> None:
    order = an_order(delivered(NOON + DAY, None), shipped(NOON), shipped(NOON + HOUR, "P2"))

    assert happened(order, "shipment", "P1", "shipment.delivered") is not None
    assert happened(order, "shipment", "P2", "shipment.delivered") is None


def test_the_same_parcel_is_known_by_both_of_its_ids() -> None:
    order = an_order(shipped(parcel=None), shipped(NOON + HOUR, "P1"), shipped(NOON + DAY, "P2"))

    assert (alias_of(order, "shipment", "only"), alias_of(order, "shipment", "P1")) == (
        "P1",
        "only",
    )
    assert alias_of(order, "shipment", "P2") is None
    assert alias_of(order, "order", "A1") is None
    assert alias_of(None, "shipment", "P1") is None


def test_a_shipped_order_has_a_parcel_even_if_nobody_spoke_of_it() -> None:
    order = an_order(an_event("order.shipped"))

    assert happened(order, "shipment", None, "shipment.shipped") == (NOON, NOON)
    assert list(things_of(order, "shipment")) == ["only"]


def test_an_order_that_was_only_placed_has_none() -> None:
    assert ids_of(an_order(an_event("order.placed")), "shipment") == ()


def test_parcels_stand_in_the_order_in_which_they_appeared_in_the_world() -> None:
    order = an_order(shipped(NOON + HOUR, "P1"), shipped(NOON, "P2"))

    assert ids_of(order, "shipment") == ("P2", "P1")


def test_the_first_expected_day_is_kept_beside_the_newest() -> None:
    order = an_order(
        a_parcel_event("eta_changed", NOON + HOUR, eta="2026-03-09"), shipped(eta="2026-03-05")
    )

    assert (first_eta(order, "P1"), value_of(order, "shipment", "P1", "shipment.eta")) == (
        "2026-03-05",
        "2026-03-09",
    )
    assert first_eta(order, "P2") is None


def test_first_and_last_time_of_a_scan_are_known() -> None:
    order = an_order(a_parcel_event("scanned", NOON + HOUR), a_parcel_event("in_transit"))

    assert happened(order, "shipment", "P1", "shipment.scanned") == (NOON, NOON + HOUR)


def test_of_a_subject_nobody_knows_nothing_happened() -> None:
    assert (
        happened(None, "order", "A1", "order.placed"),
        value_of(None, "order", "A1", "x"),
        ids_of(None, "order"),
    ) == (
        None,
        None,
        (),
    )


def test_an_order_is_over_when_delivered_cancelled_or_lost_in_all_its_parcels() -> None:
    lost = an_order(
        shipped(),
        a_parcel_event("lost", NOON + DAY),
        a_parcel_event("returned_to_sender", NOON + HOUR, "P2"),
    )

    assert is_final(lost) == instant(NOON + DAY)
    assert is_final(an_order(delivered())) == instant(NOON)
    assert is_final(an_order(an_event("order.cancelled"), shipped())) == instant(NOON)


def test_an_order_with_a_parcel_under_way_is_open() -> None:
    assert is_final(an_order(a_parcel_event("lost"), shipped(parcel="P2"))) is None
    assert is_final(an_order(an_event("order.placed"))) is None
