"""A thing has every name its senders use."""

from typing import Any

from engine.facts.events import Event
from engine.facts.identity.aliases import JoinedThing, known_as, names_in, placed
from engine.facts.naming import Naming
from engine.facts.state import empty, put
from tests.engine.builders import an_event

HOME = "order:shop/A1"
NAMING = Naming(b"n" * 32)
HOMES = {
    ("shop", "shipment", "T1"): {"order:shop/A0": "P0", HOME: "P1"},
    ("shop", "shipment", "P1"): {HOME: "P1"},
    ("shop", "shipment", "T2"): {HOME: "T2"},
}


def homes(name: tuple[str, str, str]) -> dict[str, str]:
    return HOMES.get(name, {})


def a_scan(name: str, order: str | None = "A1", **data: Any) -> Event:
    return an_event(
        "shipment.scanned", order=order, customer=None, things={"shipment": name}, data=data
    )


def test_an_event_tells_every_name_of_its_parcel() -> None:
    event = a_scan("P1", **{"shipment.tracking_number": "T1", "shipment.id": "P1"})

    assert list(names_in(event)) == [("shop", "shipment", "P1"), ("shop", "shipment", "T1")]


def test_a_name_that_no_sender_could_use_is_none() -> None:
    event = a_scan("P1", **{"shipment.tracking_number": "T" * 201})

    assert list(names_in(event)) == [("shop", "shipment", "P1")]


def test_a_carriers_number_alone_finds_the_order_that_used_it_last() -> None:
    assert placed(a_scan("T1", None), homes).order == "A1"
    assert placed(a_scan("T9", None), homes).order is None


def test_a_parcel_is_kept_under_one_of_its_names() -> None:
    event, joins = known_as(a_scan("T1"), HOME, homes, None)

    assert (event.things, joins) == ({"shipment": "P1"}, [])


def test_another_order_may_have_a_parcel_of_the_same_name() -> None:
    event, joins = known_as(a_scan("P1", "A2"), "order:shop/A2", homes, None)

    assert (event.things, joins) == ({"shipment": "P1"}, [])


def test_what_only_the_facts_of_a_parcel_tell_is_a_name_too() -> None:
    state = empty()
    cell = ["T9", "2026-03-02T12:00:00.000000Z", 0]
    put(state, "shipment", "P9", {"shipment.tracking_number": cell}, {})

    assert known_as(a_scan("T9"), HOME, homes, state)[0].things == {"shipment": "P9"}


def test_an_event_with_two_known_names_shows_that_they_are_one() -> None:
    event, joins = known_as(a_scan("P1", **{"shipment.tracking_number": "T2"}), HOME, homes, None)

    assert event.things == {"shipment": "P1"}
    assert joins == [JoinedThing(HOME, "shipment", "T2", "P1")]


def test_firings_are_renamed_with_their_thing_and_no_other() -> None:
    join = JoinedThing(HOME, "shipment", "T1", "P1")

    assert join.occurrence("shipment:T1+2026-03-05", NAMING) == "shipment:P1+2026-03-05"
    assert join.occurrence("return:R1+shipment:T1", NAMING) == "return:R1+shipment:P1"
    assert join.occurrence("shipment:T11", NAMING) == "shipment:T11"
    assert join.about(("shipment", "T2")) == ("shipment", "T2")
