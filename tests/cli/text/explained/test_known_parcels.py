"""How an order's parcels, and other lists, read in a terminal."""

from datetime import UTC, date, datetime

from cli.text.explained.known_parcels import value_lines

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARIS = "Europe/Paris"


def test_a_parcel_is_told_by_its_name_its_carrier_what_happened_last_and_how_late_it_is() -> None:
    delivered = {
        "carrier": "DHL",
        "eta": "2026-03-05",
        "shipped_at": "2026-03-04T09:00:00+00:00",
        "delivered_at": "2026-03-07T09:00:00+00:00",
        "id": "P1",
        "number": 1,
        "days_late": 2,
    }
    away = {
        "eta": date(2026, 3, 5),
        "shipped_at": "2026-03-04T09:00:00+00:00",
        "out_for_delivery_at": "2026-03-05T06:00:00+00:00",
        "number": 2,
        "days_late": 0,
    }

    assert value_lines("order.shipments", [delivered, away, {"id": "P3"}], PARIS) == [
        "P1 · DHL · delivered 7 Mar 2026 09:00 UTC (10:00 Europe/Paris) · 2 days late",
        (
            "parcel 2 · out for delivery 5 Mar 2026 06:00 UTC (07:00 Europe/Paris)"
            " · expected 2026-03-05 · on time"
        ),
        "P3",
    ]


def test_what_is_bought_is_listed_a_line_for_each() -> None:
    items = [{"id": "towel", "price": "20.00 EUR"}, "soap"]

    assert value_lines("order.items", items, PARIS) == ["id: towel · price: 20.00 EUR", "soap"]


def test_a_list_of_words_stays_on_its_line() -> None:
    assert value_lines("customer.perks", ["a", "b"], PARIS) == ["[a, b]"]
    assert value_lines("order.placed_at", NOON, PARIS) == [
        "2 Mar 2026 12:00 UTC (13:00 Europe/Paris)"
    ]


def test_what_a_sender_left_out_or_misspelled_is_left_out() -> None:
    assert value_lines("order.shipments", [{"number": 1, "shipped_at": "soon"}], PARIS) == [
        "parcel 1"
    ]
