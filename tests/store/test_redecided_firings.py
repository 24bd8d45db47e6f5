"""A message that falls because another line or another member of its group holds, in both stores:
its firing is carried out again, and nothing is said twice, also of rows with keys of the time
before keys named spots.
"""

from datetime import datetime

import pytest

from engine.decisions.effects import ActionCall, Effect
from engine.decisions.reason import Reason
from store.postgres.store import PostgresStore
from tests.store.shop import NAMING, NOON, deciding, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
RULES = """
  - id: lines
    when: order.placed
    choose:
      - if: customer.tier = gold
        do: [{call: note, with: {order: order.id}}, {send: offer, category: delivery}]
      - otherwise:
          - {send: hello, category: delivery}
          - {call: note, with: {order: order.id}}
  - id: best
    when: shipment.shipped
    one_of: two
    if: customer.tier = gold
    do: [{send: offer, category: delivery}]
  - {id: anybody, when: shipment.shipped, one_of: two, do: [{send: hello, category: delivery}]}
  - id: sorry
    when: review.received
    if: review.stars <= 2
    once_per: order
    do:
      - {call: note, as: noted, with: {order: order.id}}
      - {send: hello, category: delivery, only_if: noted.code is unknown}
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
quiet_hours: {from: "23:00", to: "06:00", then: hold}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
groups: {two: [best, anybody]}
"""
NIGHT, MORNING = later(hours=11, minutes=30), later(hours=18)


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES, POLICIES)
    await twins.begin()
    return twins


async def placed(shop: Twins, at: datetime) -> None:
    await shop.tell("order.placed", at, order={"id": "A1"}, customer=ANA)


async def shipped(shop: Twins, at: datetime) -> None:
    await shop.tell("shipment.shipped", at, order={"id": "A2"}, customer=ANA, shipment={"id": "P1"})


async def becomes(shop: Twins, tier: str, at: datetime) -> None:
    await shop.tell("loyalty.tier_changed", at, customer={**ANA, "tier": tier})


def calls(shop: Twins) -> list[str]:
    return [one.name for one in shop.memory.effects.values() if isinstance(one, ActionCall)]


async def grow_old(shop: Twins) -> None:
    """Every row as a program before this one would have written it."""
    async with shop.postgres.pool.connection() as connection:
        for key, effect in list(shop.memory.effects.items()):
            older = older_key(effect)
            shop.memory.table.set(effect.now(state="sent"))
            shop.memory.table.lift([key])
            shop.memory.table.set(effect.now(key=older))
            await connection.execute("update effects set key = %s where key = %s", (older, key))
    await shop.check()


def older_key(effect: Effect) -> str:
    assert effect.spot is not None
    begin = effect.key.removesuffix(f"{effect.spot}/{effect.name}")
    place = "" if effect.kind == "send" else f"/{effect.spot.place}"
    return f"{begin}{effect.name}{place}"


@pytest.mark.parametrize("are_old", [False, True])
async def test_held_by_the_night_the_other_line_speaks_once(shop: Twins, *, are_old: bool) -> None:
    await placed(shop, NIGHT)
    if are_old:
        await grow_old(shop)
    await becomes(shop, "gold", later(hours=12))
    await shop.pass_time(MORNING)
    await shop.pass_time(MORNING)
    await shop.pass_time(later(days=3))

    assert shop.sent() == ["offer"]
    assert calls(shop) == ["note"]


@pytest.mark.parametrize("are_old", [False, True])
async def test_while_the_mail_server_is_away_the_other_line_speaks_once(
    shop: Twins, *, are_old: bool
) -> None:
    shop.is_mail_away = True
    await placed(shop, NOON)
    if are_old:
        await grow_old(shop)
    await becomes(shop, "gold", later(hours=1))
    shop.is_mail_away = False
    await shop.pass_time(later(hours=2))
    await shop.pass_time(later(hours=3))

    assert (shop.sent(), calls(shop)) == (["offer"], ["note"])


@pytest.mark.parametrize("are_old", [False, True])
async def test_between_the_claim_and_the_last_question_it_is_the_same(
    shop: Twins, *, are_old: bool
) -> None:
    shop.is_mail_away = True
    await placed(shop, NOON)
    if are_old:
        await grow_old(shop)
    (key,) = [key for key, one in shop.memory.effects.items() if one.state == "claimed"]
    event = {"order": {"id": "A1"}, "customer": {**ANA, "tier": "gold"}}
    now = later(hours=1)
    await shop.log_only("order.changed", now, **event)
    assert not shop.memory.ledger.may_leave(key, "ann", now)
    assert not await shop.postgres.ledger.may_leave(key, "ann", now)
    shop.is_mail_away = False
    await shop.pass_time(now)

    assert (shop.sent(), calls(shop)) == (["offer"], ["note"])


@pytest.mark.parametrize("are_old", [False, True])
async def test_another_member_of_the_group_speaks_once(shop: Twins, *, are_old: bool) -> None:
    await shipped(shop, NIGHT)
    if are_old:
        await grow_old(shop)
    await becomes(shop, "gold", later(hours=12))
    await shop.pass_time(MORNING)
    await shop.pass_time(later(days=3))

    assert shop.sent() == ["offer"]


@pytest.mark.parametrize("are_old", [False, True])
async def test_what_was_sent_is_not_said_again(shop: Twins, *, are_old: bool) -> None:
    await placed(shop, NOON)
    await shipped(shop, NOON)
    if are_old:
        await grow_old(shop)
    await becomes(shop, "gold", later(hours=1))
    await placed(shop, NOON)
    await shop.pass_time(later(days=3))

    assert (shop.sent(), calls(shop)) == (["hello", "hello"], ["note"])


@pytest.mark.parametrize("are_old", [False, True])
async def test_what_was_held_or_claimed_leaves_once(shop: Twins, *, are_old: bool) -> None:
    shop.is_mail_away = True
    await placed(shop, NOON)
    await shipped(shop, NIGHT)
    if are_old:
        await grow_old(shop)
    shop.is_mail_away = False
    await shop.pass_time(MORNING)
    await shop.pass_time(later(days=3))

    assert (shop.sent(), shop.unsent()) == (["hello", "hello"], [])


async def test_an_attempt_that_comes_again_says_so_again(shop: Twins) -> None:
    shop.is_mail_away = True
    await placed(shop, NOON)
    (key,) = [key for key, one in shop.memory.effects.items() if one.state == "claimed"]
    await becomes(shop, "gold", later(hours=1))

    again = await shop.postgres.ledger.attempt(key, "bob", later(hours=1))
    assert again == shop.memory.ledger.attempt(key, "bob", later(hours=1))
    journey = NAMING.journey(shop.memory.journeys[next(iter(shop.memory.journeys))].subject)
    assert await shop.postgres.journeys.decide(
        journey, later(hours=2), deciding(later(hours=2))
    ) == shop.memory.decide(journey, later(hours=2), deciding(later(hours=2)))


async def test_what_falls_gives_its_key_over_at_the_very_moment(shop: Twins) -> None:
    await reviewed(shop, "received", "R1", 1, NIGHT)
    await reviewed(shop, "changed", "R1", 5, later(hours=12))
    await reviewed(shop, "received", "R2", 2, MORNING)
    await shop.pass_time(later(days=1))
    await reviewed(shop, "received", "R3", 1, later(days=2))

    reasons = {one.reason for one in shop.memory.decisions if one.rule_id == "sorry"}
    assert shop.sent() == ["hello"]
    assert reasons >= {None, Reason.CONDITION_FALSE, Reason.ALREADY_DONE}
    assert len(calls(shop)) == 2


async def reviewed(shop: Twins, what: str, name: str, stars: int, at: datetime) -> None:
    review = {"id": name, "stars": stars}
    await shop.tell(f"review.{what}", at, order={"id": "A3"}, customer=ANA, review=review)
