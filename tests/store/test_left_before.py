"""What had left before the database was restored does not leave again, in both stores, whether or
not the ledger has it by then.
"""

import pytest

from engine.decisions.effects import Effect
from engine.sending.ledger import NOT_DELIVERED, SENT, UNCERTAIN
from engine.sending.message_identity import identity_of
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
RULES = """
  - id: welcome
    when: order.placed
    do: [{send: hello, category: delivery}]
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def noted(shop: Twins, key: str) -> int:
    ours = shop.memory.ledger.note_left([identity_of(key)], NOON)
    assert await shop.postgres.ledger.note_left([identity_of(key)], NOON) == ours
    return ours


async def placed(shop: Twins) -> Effect:
    await shop.tell("order.placed", order={"id": "A1"}, customer=ANA)
    (effect,) = shop.memory.effects.values()
    return effect


async def key_of_the_message(shop: Twins) -> str:
    shop.is_mail_away = True
    key = (await placed(shop)).key
    shop.is_mail_away = False
    return key


async def test_a_message_that_is_claimed_is_known_to_have_left(shop: Twins) -> None:
    key = await key_of_the_message(shop)
    assert shop.memory.effects[key].state == "claimed"

    assert await noted(shop, key) == 1
    assert await noted(shop, key) == 0
    await shop.pass_time(later(minutes=1))

    assert shop.memory.effects[key].state == "sent"
    assert shop.memory.ledger.audit == [(key, "known to have left", later(minutes=1))]


async def test_a_message_is_known_before_anybody_tells_of_its_order(shop: Twins) -> None:
    await noted(shop, "order:a shop%2F1/A1/welcome/order:A1/0.0/hello")

    effect = await placed(shop)

    assert (effect.key, effect.state) == ("order:a shop%2F1/A1/welcome/order:A1/0.0/hello", "sent")
    assert effect.channel is None  # nobody has sent it


async def test_another_message_leaves_as_ever(shop: Twins) -> None:
    await noted(shop, "another")

    effect = await placed(shop)

    assert (effect.state, effect.channel) == ("sent", "email")


async def test_what_was_leaving_when_the_backup_was_taken_has_left(shop: Twins) -> None:
    key, now = await key_of_the_message(shop), later(minutes=1)
    assert shop.memory.ledger.may_leave(key, "ann", now)
    assert await shop.postgres.ledger.may_leave(key, "ann", now)
    await noted(shop, key)
    shop.memory.ledger.lapsed.add(key)
    async with shop.postgres.pool.connection() as connection:
        await connection.execute("update effects set data_until_db = now() - interval '1 second'")

    await shop.pass_time(later(minutes=3))

    assert shop.memory.effects[key].state == "sent"


async def test_whoever_says_that_it_did_not_arrive_has_the_last_word(shop: Twins) -> None:
    key, now = await key_of_the_message(shop), later(minutes=1)
    for ledger in (shop.memory.ledger,):
        assert ledger.may_leave(key, "ann", now)
        assert ledger.change(key, "ann", UNCERTAIN(essential=False), now)
        await noted(shop, key)
        assert ledger.change(key, None, NOT_DELIVERED(), now)
    postgres = shop.postgres.ledger
    assert await postgres.may_leave(key, "ann", now)
    assert await postgres.change(key, "ann", UNCERTAIN(essential=False), now)
    assert await postgres.change(key, None, NOT_DELIVERED(), now)

    assert shop.memory.ledger.attempt(key, "bob", now).question is not None
    assert (await postgres.attempt(key, "bob", now)).question is not None
    assert SENT.is_open_to(shop.memory.effects[key], "bob") is False
