"""What is tried again has its once-key again, in both stores: what failed, and was given another
chance by a person, is not said by another firing too.
"""

from datetime import datetime

import pytest

from engine.decisions.reason import Reason
from engine.sending.ledger import DROPPED, RETRIED
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
RULES = """
  - id: welcome
    when: order.placed
    once_per: {customer: 30 days}
    do: [{send: hello, category: delivery}]
  - id: ever
    when: order.confirmed
    once_per: customer
    do: [{send: hello, category: delivery}, {call: note, with: {order: order.id}}]
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def fails(shop: Twins, kind: str, order: str, at: datetime) -> str:
    """The key of a message that could not be written."""
    shop.is_mail_away = True
    await shop.tell(kind, at, order={"id": order}, customer=ANA)
    (key,) = [key for key, one in shop.memory.effects.items() if one.state == "claimed"]
    shop.is_mail_away = False
    why = DROPPED(Reason.ERROR, "line 3")
    assert shop.memory.ledger.change(key, "ann", why, at)
    assert await shop.postgres.ledger.change(key, "ann", why, at)
    return key


async def tried_again(shop: Twins, key: str, at: datetime) -> bool:
    ours = shop.memory.ledger.change(key, None, RETRIED(), at)
    assert await shop.postgres.ledger.change(key, None, RETRIED(), at) == ours
    await shop.check()
    return ours


@pytest.mark.parametrize("kind", ["order.placed", "order.confirmed"])
async def test_what_is_tried_again_is_not_said_by_a_later_firing_too(
    shop: Twins, kind: str
) -> None:
    key = await fails(shop, kind, "A1", NOON)
    assert await tried_again(shop, key, later(hours=1))
    await shop.tell(kind, later(hours=2), order={"id": "A2"}, customer=ANA)
    await shop.pass_time(later(hours=3))

    assert shop.sent() == ["hello"]
    assert shop.memory.effects[key].state == "sent"


async def test_what_another_firing_has_said_since_is_not_tried_again(shop: Twins) -> None:
    key = await fails(shop, "order.placed", "A1", NOON)
    await shop.tell("order.placed", later(hours=2), order={"id": "A2"}, customer=ANA)

    assert not await tried_again(shop, key, later(hours=3))
    assert shop.sent() == ["hello"]


async def test_what_failed_again_leaves_the_key_free_again(shop: Twins) -> None:
    key = await fails(shop, "order.placed", "A1", NOON)
    assert await tried_again(shop, key, later(hours=1))
    shop.is_mail_away = True
    await shop.pass_time(later(hours=1))
    shop.is_mail_away = False
    why = DROPPED(Reason.ERROR, "line 3")
    shop.memory.ledger.change(key, "ann", why, later(hours=1))
    await shop.postgres.ledger.change(key, "ann", why, later(hours=1))
    await shop.tell("order.placed", later(hours=2), order={"id": "A2"}, customer=ANA)

    assert shop.sent() == ["hello"]
