"""An address that a mail server says does not exist is noted with the refusal, in both stores, and
nothing more goes there.
"""

from typing import Any

from engine.facts.contacts.bounces import Bounce
from engine.sending.ledger import REFUSED
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "Ana@example.com", "time_zone": "UTC"}
RULES = """
  - id: shipped
    when: shipment.shipped
    do: [{send: hello, category: delivery}]
"""
WHY = "550 5.1.1 unknown"


async def test_what_comes_back_from_an_address_is_noted_with_the_refusal(
    store: PostgresStore,
) -> None:
    shop = Twins(store, RULES)
    await shop.begin()
    shop.is_mail_away = True
    parcel: dict[str, Any] = {"order": {"id": "A1"}, "customer": ANA}
    await shop.tell("shipment.shipped", NOON, shipment={"id": "P1"}, **parcel)
    (key,) = shop.memory.effects
    back = Bounce("ana@example.com", "hard", NOON, WHY)
    memory, postgres = shop.memory.ledger, shop.postgres.ledger
    assert memory.may_leave(key, "ann", NOON)
    assert await postgres.may_leave(key, "ann", NOON)
    assert memory.change(key, "ann", REFUSED(WHY), NOON, back)
    assert await postgres.change(key, "ann", REFUSED(WHY), NOON, back)
    await shop.check()
    shop.is_mail_away = False
    await shop.tell("shipment.shipped", later(hours=1), shipment={"id": "P2"}, **parcel)

    assert shop.memory.bounces("ANA@example.com") == [back]
    assert shop.sent() == []
    assert shop.unsent() == ["no_channel"]
