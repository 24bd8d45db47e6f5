"""A revision may keep a team's own names with another kind of thing: what was said before is found
there, and what a state knows beside it stays.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.catalog import Catalog, EventType, Fact
from engine.catalog.rows import changed
from engine.catalog.values import FactType
from engine.facts.events import Event
from engine.facts.fold import fold_customer
from engine.facts.refolds.places import moved_names, own_places, refolded
from engine.facts.state import State, belonging_to, cells_in, empty, of_facts, spans_in
from engine.facts.things import happened, things_of, value_of
from tests.engine.builders import (
    CATALOG,
    HOUR,
    NOON,
    a_parcel_event,
    an_event,
    an_order,
    placed,
)

SETUP, PRODUCT = "setup.started", "setup.product"
MOMENTS = st.integers(0, 4).map(lambda hours: NOON + hours * HOUR)
ORDER, CUSTOMER = "order:shop/A1", "customer:shop/C1"


def a_catalog(about: str) -> Catalog:
    """One in which an own event, and the fact that it carries, are about some thing."""
    thing = "" if about == "customer" else about
    fact = Fact(PRODUCT, FactType("text"), thing=thing)
    return CATALOG.extended([EventType(SETUP, about)], [fact])


OF_ORDER, OF_PARCEL = a_catalog("order"), a_catalog("shipment")
OF_RETURN, OF_CUSTOMER = a_catalog("return"), a_catalog("customer")
MOVED = frozenset({SETUP, PRODUCT})


def set_up(at: Any = NOON, product: str = "lamp", **things: str) -> Event:
    return an_event(SETUP, at, things=things, data={PRODUCT: product})


def folded(events: list[Event], catalog: Catalog) -> State:
    """What a customer's own fold makes of these events."""
    state = empty()
    for event in events:
        state = fold_customer(state, event, catalog)
    return state


def again(state: State, events: list[Event], catalog: Catalog, subject: str = ORDER) -> State:
    past = [(event, event.occurred_at) for event in events]
    return refolded(state, subject, MOVED, past, catalog)


def test_a_catalog_that_keeps_nothing_elsewhere_moves_no_name() -> None:
    known = own_places({}, OF_ORDER)

    assert known == {SETUP: "order", PRODUCT: "order", f"{SETUP}_at": "order"}
    assert moved_names(known, OF_ORDER) == frozenset()
    assert moved_names(known, CATALOG) == frozenset()


def test_names_that_come_to_another_thing_move_also_after_they_were_gone() -> None:
    gone = own_places(own_places({}, OF_ORDER), CATALOG)

    assert moved_names(gone, OF_PARCEL) == {SETUP, PRODUCT, f"{SETUP}_at"}
    assert own_places(gone, OF_PARCEL)[PRODUCT] == "shipment"
    assert moved_names(own_places(gone, OF_PARCEL), OF_PARCEL) == frozenset()


def test_texts_types_and_defaults_are_no_part_of_what_a_fold_depends_on() -> None:
    told = CATALOG.extended([], [Fact("order.express", FactType("text"), "no", meaning="fast")])

    assert told.hash == CATALOG.hash
    assert len({one.hash for one in (CATALOG, OF_ORDER, OF_PARCEL)}) == 3


def test_what_was_said_of_an_order_is_found_with_its_parcel() -> None:
    events = [placed(), set_up(shipment="P1")]
    before = an_order(*events, catalog=OF_ORDER)

    after = again(before, events, OF_PARCEL)

    assert value_of(before, "order", None, PRODUCT) == "lamp"
    assert value_of(after, "order", None, PRODUCT) is None
    assert value_of(after, "shipment", "P1", PRODUCT) == "lamp"
    assert happened(after, "shipment", "P1", SETUP) == (NOON, NOON)
    assert happened(after, "order", None, SETUP) is None


def test_what_nobody_named_a_parcel_of_leaves_no_parcel_behind() -> None:
    events = [placed(), set_up()]
    before = an_order(*events, catalog=OF_RETURN)

    after = again(before, events, OF_ORDER)

    assert things_of(before, "return")
    assert not things_of(after, "return")
    assert value_of(after, "order", None, PRODUCT) == "lamp"


EVENTS = st.lists(
    st.one_of(
        st.builds(set_up, MOMENTS, st.sampled_from(["lamp", "desk"])),
        st.builds(
            lambda at, product, thing: set_up(at, product, **{"return": thing}),
            MOMENTS,
            st.sampled_from(["lamp", "desk"]),
            st.sampled_from(["R1", "R2"]),
        ),
        st.builds(placed, MOMENTS, total=st.sampled_from(["80.00 EUR", "90.00 EUR"])),
        st.builds(a_parcel_event, st.sampled_from(["shipped", "delivered"]), MOMENTS),
        st.builds(
            an_event,
            st.just("return.requested"),
            MOMENTS,
            things=st.just({"return": "R1"}),
            data=st.sampled_from([{}, {PRODUCT: "chair"}]),
        ),
    ),
    max_size=8,
)
CATALOGS = st.sampled_from(["order", "return", "customer"]).map(
    {"order": OF_ORDER, "return": OF_RETURN, "customer": OF_CUSTOMER}.__getitem__
)


@given(events=EVENTS, old=CATALOGS, new=CATALOGS)
def test_a_refold_knows_what_a_fold_from_the_beginning_knows(
    events: list[Event], old: Catalog, new: Catalog
) -> None:
    order = again(an_order(*events, catalog=old), events, new)
    customer = again(folded(events, old), events, new, CUSTOMER)

    assert order == an_order(*events, catalog=new)
    assert customer == folded(events, new)


@given(events=EVENTS, old=CATALOGS, new=CATALOGS)
def test_a_refold_may_be_done_again(events: list[Event], old: Catalog, new: Catalog) -> None:
    once = again(an_order(*events, catalog=old), events, new)

    assert again(once, events, new) == once


def test_what_no_event_has_said_stays() -> None:
    given_at_first = of_facts([("order", "", PRODUCT, "lamp"), ("order", "", "order.note", "x")])
    handed = belonging_to("C2", given_at_first, "2026-03-02T12:00:00Z")

    assert again(handed, [placed()], OF_PARCEL) == handed


def test_whose_an_order_is_and_all_other_facts_stay() -> None:
    events = [placed(total="80.00 EUR"), set_up(shipment="P1")]
    handed = belonging_to("C9", an_order(*events, catalog=OF_ORDER), "2026-03-09T12:00:00Z")

    after = again(handed, events, OF_PARCEL)

    assert after["customer"] == handed["customer"]
    assert value_of(after, "order", None, "order.total") == "80.00 EUR"


def test_what_an_order_said_of_its_former_customer_is_not_told_of_the_new_one() -> None:
    event = changed(set_up(), data={PRODUCT: "lamp", "customer.email": "old@example.com"})

    after = again(empty(), [event], OF_CUSTOMER, CUSTOMER)

    assert set(cells_in(after)) == {PRODUCT}
    assert set(spans_in(after)) == {SETUP}


def test_a_time_far_ahead_of_its_arrival_wins_over_nothing_that_came_later() -> None:
    ahead, later = set_up(NOON + timedelta(days=900), "desk"), set_up(NOON + HOUR, "lamp")
    past = [(ahead, NOON), (later, NOON + HOUR)]

    after = refolded(an_order(catalog=OF_ORDER), ORDER, MOVED, past, OF_RETURN)

    assert value_of(after, "return", None, PRODUCT) == "lamp"


@pytest.mark.parametrize("about", ["order", "shipment", "customer"])
def test_an_event_that_no_catalog_knows_any_more_still_says_what_it_said(about: str) -> None:
    told = an_event(
        "shipment.gift_wrapped" if about == "shipment" else f"{about}.gift_wrapped",
        data={"customer.email": "ana@example.com", "order.total": "80.00 EUR"},
    )

    assert (
        value_of(folded([told], CATALOG), "customer", None, "customer.email") == "ana@example.com"
    )
    assert value_of(an_order(told), "order", None, "order.total") == "80.00 EUR"
