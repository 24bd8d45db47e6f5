from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import instant
from engine.facts.events import MAX_AHEAD, Event, InvalidEvent, Origin, parse_event
from tests.engine.builders import CATALOG, NOON, an_event


def a_cloud_event(**changes: Any) -> dict[str, Any]:
    data = {"shop": "shop", "order": {"id": "A1"}, "shipment": {"id": "P1", "eta": "2026-03-05"}}
    told = {
        "id": "e1",
        "source": "carrier",
        "type": "shipment.shipped",
        "time": "2026-03-02T13:00:00+01:00",
        "data": data,
    }
    return told | changes


def parsed(**data: Any) -> Event:
    return parse_event(
        a_cloud_event(data={"shop": "shop", "order": {"id": "A1"}, **data}), CATALOG, NOON
    )


def test_a_cloud_event_names_its_things_and_states_their_facts() -> None:
    event = parse_event(a_cloud_event(), CATALOG, NOON)

    assert (event.type, event.order, event.things, event.occurred_at) == (
        "shipment.shipped",
        "A1",
        {"shipment": "P1"},
        NOON,
    )
    assert event.data == {"order.id": "A1", "shipment.id": "P1", "shipment.eta": "2026-03-05"}


def test_an_event_survives_its_way_through_json() -> None:
    event = parse_event(a_cloud_event(), CATALOG, NOON)

    assert Event.from_json(event.to_json()) == event


@pytest.mark.parametrize(
    ("told", "things"),
    [
        ({"shipment": {"tracking_number": "T9"}}, {"shipment": "T9"}),
        ({"shipment": {"id": None, "tracking_number": "T9"}}, {"shipment": "T9"}),
        ({"shipment": {"id": " ", "tracking_number": " T9 "}}, {"shipment": "T9"}),
        ({"shipment": {"carrier": "acme"}}, {}),
        ({"support": {"id": "S1"}}, {"case": "S1"}),
        ({"perk": {"name": "early"}}, {"perk": "early"}),
        ({"review": None}, {}),
    ],
)
def test_a_thing_is_known_by_its_id_a_parcel_also_by_its_tracking_number(
    told: dict[str, Any], things: object
) -> None:
    assert parsed(**told).things == things


def test_blanks_around_a_name_are_no_part_of_it() -> None:
    event = parsed(shipment={"id": "P1\t", "tracking_number": " 1Z 999 "})

    assert event.things == {"shipment": "P1"}
    assert event.data["shipment.tracking_number"] == "1Z 999"
    assert (
        "shipment.tracking_number"
        not in parsed(shipment={"tracking_number": ""} | {"id": "P1"}).data
    )


def test_what_the_catalog_does_not_know_is_passed_over() -> None:
    event = parsed(shipment={"id": "P1", "colour": "red", "eta": None}, weather={"rain": True})

    assert event.data == {"order.id": "A1", "shipment.id": "P1"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": 7}, "id"),
        ({"source": "a\x00"}, "source"),
        ({"source": "\ud800"}, "source"),
        ({"type": "shipment.shiped"}, "type"),
        ({"type": None}, "type"),
        ({"time": "2026-03-02T13:00:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": 1}, "time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time"),
        ({"time": "0001-01-01T00:00:00Z"}, "time"),
        ({"time": "1970-01-01T00:00:00Z"}, "time"),
        ({"time": instant(NOON + MAX_AHEAD + timedelta(seconds=1))}, "time"),
        ({"data": []}, "data"),
        ({"data": {"order": {"id": "A1"}}}, "data.shop"),
        ({"data": {"shop": "shop", "order": "A1"}}, "data.order"),
        ({"data": {"shop": "shop", "order": {"id": "x" * 201}}}, "data.order.id"),
        ({"data": {"shop": "shop", "perk": "early"}}, "data.perk"),
        ({"data": {"shop": "shop", "shipment": {"eta": "soon"}}}, "data.shipment.eta"),
        ({"data": {"shop": "shop", "order": {"total": 10**400}}}, "data.order.total"),
        ({"data": {"shop": "shop", "order": {"id": "A\x001"}}}, "data.order.id"),
        ({"id": "\udc00"}, "id"),
    ],
)
def test_a_mistake_is_refused_by_the_name_of_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_event(a_cloud_event(**change), CATALOG, NOON)

    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


def test_an_unknown_event_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(InvalidEvent, match=r"did you mean 'shipment\.shipped'"):
        parse_event(a_cloud_event(type="shipment.shiped"), CATALOG, NOON)


def test_a_fact_is_not_what_was_meant_by_an_event() -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_event(a_cloud_event(type="order.total"), CATALOG, NOON)
    assert "did you mean 'order.total'" not in str(refused.value)


def test_an_id_of_two_hundred_characters_is_accepted() -> None:
    assert len(parse_event(a_cloud_event(id="x" * 200), CATALOG, NOON).id) == 200


@pytest.mark.parametrize("raw", [None, [], "x", 1, {}])
def test_what_is_no_event_at_all_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidEvent):
        parse_event(raw, CATALOG, NOON)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
THINGS = st.dictionaries(
    st.sampled_from(["id", "eta", "total", "items", "name", "tracking_number", "expires_at"]), JSON
)


@given(
    st.dictionaries(
        st.sampled_from(["shop", "order", "shipment", "perk", "customer", "review"]), THINGS | JSON
    )
)
def test_no_data_does_more_than_be_refused(data: dict[str, Any]) -> None:
    with suppress(InvalidEvent):
        event = parse_event(a_cloud_event(data={"shop": "shop"} | data), CATALOG, NOON)
        assert Event.from_json(event.to_json()) == event


def test_a_derived_event_says_so_in_its_log() -> None:
    assert an_event("order.delivered", origin=Origin(derived=True)).to_json()["derived"] is True


def test_the_source_of_derived_events_is_nobody_elses() -> None:
    with pytest.raises(InvalidEvent, match="source"):
        parse_event(a_cloud_event(source="purna"), CATALOG, NOON)


def test_a_leap_second_is_taken_as_the_second_before_it() -> None:
    raw = a_cloud_event(time="2016-12-31T23:59:60Z")

    assert instant(parse_event(raw, CATALOG, NOON).occurred_at) == "2016-12-31T23:59:59.000000Z"
