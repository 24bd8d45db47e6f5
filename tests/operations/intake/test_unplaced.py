"""What waits until somebody tells of its thing: listed once it has waited for long."""

from datetime import UTC, datetime, timedelta

from operations.intake.unplaced import unplaced
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, SHOP, an_event

DAY = timedelta(days=1)


async def test_what_has_waited_for_long_is_listed_with_every_name_it_waits_for(
    store: PostgresStore,
) -> None:
    parcel = {"shipment": "T1"}
    told = {"shipment.tracking_number": "T2"}
    scans = [
        an_event("shipment.in_transit", f"scan {number}", order=None, things=parcel, data=told)
        for number in range(2)
    ]
    assert await store.events.ingest(scans, NOON) == ["unplaced"] * 2

    now = datetime.now(UTC)
    assert await unplaced(store, now, DAY) == []
    first, second = await unplaced(store, now + DAY + timedelta(minutes=1), DAY)
    assert (first.id, second.id) == ("scan 0", "scan 1")
    much_later = now + 2 * DAY
    assert await unplaced(store, much_later, DAY, SHOP) == [first, second]
    assert await unplaced(store, much_later, DAY, "another") == []
    assert first.to_json() == {
        "shop": SHOP,
        "source": first.source,
        "id": "scan 0",
        "type": "shipment.in_transit",
        "since": first.to_json()["since"],
        "names": [{"kind": "shipment", "name": "T1"}, {"kind": "shipment", "name": "T2"}],
    }


async def test_what_has_found_its_thing_waits_no_more(store: PostgresStore) -> None:
    parcel = {"shipment": "T1"}
    scan = an_event("shipment.in_transit", "scan", order=None, things=parcel)
    sent = an_event("shipment.shipped", "sent", order="A1", customer="C1", things=parcel)
    await store.events.ingest([scan, sent], NOON)

    assert await unplaced(store, datetime.now(UTC) + DAY, timedelta()) == []
