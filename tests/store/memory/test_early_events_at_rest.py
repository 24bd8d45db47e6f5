"""What waits for an address finds its customer also where everybody who had it has come to rest."""

from datetime import datetime

from engine.facts.events import Event
from store.memory.streamed_log import StreamingStore
from tests.store.shop import NAMING, NOON, an_event, later, placed, the_rules

PHONE, OTHER = "+4915112345678", "+4915112345679"


def has(customer: str, number: int, at: datetime, phone: str) -> Event:
    said = {"customer.phone": phone}
    return an_event("customer.updated", number, at, order=None, customer=customer, data=said)


def test_a_phone_of_two_who_rest_is_the_others_once_one_has_another() -> None:
    store = StreamingStore(the_rules(), NAMING, frozenset({"email"}), lambda _: None)
    store.ingest([has("C1", 1, NOON, PHONE), has("C2", 2, NOON, PHONE)], NOON)
    early = an_event("consent.withdrawn", 3, order=None, data={"customer.phone": PHONE})
    assert store.ingest([early], NOON) == ["unplaced"]
    store.nudges.clear()
    store.ingest([placed("Z", "C9", at=later(days=60))], later(days=60))
    store.nudges.clear()

    store.ingest([has("C2", 4, later(days=61), OTHER)], later(days=61))

    assert store.log.unplaced == {}
    assert store.log.events[early.key].customer_subject == "customer:a shop%2F1/C1"
