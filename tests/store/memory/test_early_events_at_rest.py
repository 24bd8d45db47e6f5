"""What waits for an address or a name finds its customer also where everybody who had it has come
to rest.
"""

from datetime import datetime

from engine.facts.events import Event
from engine.facts.things import value_of
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


def knows(customer: str | None, number: int, at: datetime, **stated: str) -> Event:
    kind = "customer.updated" if customer else "support.case_opened"
    said = {f"customer.{fact}": value for fact, value in stated.items()}
    return an_event(kind, number, at, order=None, customer=customer, data=said)


def rested(*events: Event) -> StreamingStore:
    """Two months after these events."""
    store = StreamingStore(the_rules(), NAMING, frozenset({"email"}), lambda _: None)
    store.ingest(events, NOON)
    store.nudges.clear()
    store.ingest([placed("Z", "C9", at=later(days=60))], later(days=60))
    store.nudges.clear()
    return store


def test_an_id_of_the_helpdesk_finds_a_customer_who_rests() -> None:
    store = rested(knows("C1", 1, NOON, helpdesk_id="H9", first_name="Ana"))
    assert "customer:a shop%2F1/C1" not in store.log.subjects

    asked = knows(None, 2, later(days=61), helpdesk_id="H9")
    assert store.ingest([asked], later(days=61)) == ["accepted"]

    known = store.log.facts("customer:a shop%2F1/C1")
    assert value_of(known, "customer", None, "customer.first_name") == "Ana"


def test_a_guest_who_rests_joins_the_account_of_an_id_with_all_orders() -> None:
    ordered = an_event(
        "order.placed",
        1,
        customer=None,
        data={"customer.email": "eve@example.com", "customer.payer_id": "cus_7"},
    )
    store = rested(ordered)

    store.ingest([knows("C1", 2, later(days=61), payer_id="cus_7")], later(days=61))

    order = "order:a shop%2F1/A1"
    assert store.log.subjects[order].customer(order) == "customer:a shop%2F1/C1"


def test_what_waits_for_an_id_of_two_who_rest_is_placed_once_they_are_one() -> None:
    early = knows(None, 3, NOON, helpdesk_id="H9")
    both = [knows(one, number, NOON, helpdesk_id="H9") for number, one in enumerate(("C1", "C2"))]
    store = rested(*both, early)
    assert store.log.unplaced != {}

    merged = an_event(
        "customer.merged",
        4,
        later(days=61),
        order=None,
        customer="C1",
        data={"customer.merged_from": "C2"},
    )
    store.ingest([merged], later(days=61))

    assert store.log.unplaced == {}
    assert store.log.events[early.key].customer_subject == "customer:a shop%2F1/C1"


def test_a_former_id_finds_whoever_it_stands_for_at_rest() -> None:
    merged = an_event(
        "customer.merged", 1, order=None, customer="C1", data={"customer.merged_from": "C2"}
    )
    store = rested(knows("C1", 2, NOON, first_name="Ana"), merged)

    store.ingest([knows("C2", 3, later(days=61), locale="de")], later(days=61))

    known = store.log.facts("customer:a shop%2F1/C1")
    assert value_of(known, "customer", None, "customer.first_name") == "Ana"
