"""A publisher moves what waits: in both stores, each wait goes to the moment its line gives it, and
is said there once.
"""

from datetime import datetime

import pytest

from engine.language.reader import read_ruleset
from store.memory.store import MemoryStore
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.store.probing import told
from tests.store.shop import FILES, NAMING, deciding, later, the_rules
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
"""
RULE = """
  - id: waits
    {more}
    when: {when}
    do: [{{send: hello, category: delivery}}]
"""
AFTER = "{} days after order.placed"
SILENT = "{} days without shipment.scanned since shipment.shipped"


def a_rule(when: str, more: str = "owner: us") -> str:
    return RULE.format(when=when, more=more)


async def published(shop: Twins, rule: str, at: datetime, *, moves_waits: bool = True) -> None:
    files = {"journeys/a.yaml": f"version: 1\nrules:\n{rule}", "policies.yaml": POLICIES}
    newer = shop.ruleset = read_ruleset({**FILES, **files})
    ours = shop.memory.publish(newer, now=at, moves_waits=moves_waits)
    theirs = await shop.postgres.rulesets.publish(newer, "tests", "", at, moves_waits=moves_waits)
    assert ours == theirs


async def an_order(store: PostgresStore, rule: str, *events: str) -> Twins:
    shop = Twins(store, rule, POLICIES)
    await shop.begin()
    for kind in events or ("order.placed",):
        await shop.tell(kind, order={"id": "A1"}, customer=ANA, shipment={"id": "P1"})
    return shop


def due(shop: Twins) -> list[datetime]:
    return [one.due_at for waits in shop.memory.waits.values() for one in waits.values()]


@pytest.mark.parametrize(("days", "instead"), [(14, 20), (14, 5)])
async def test_a_wait_moves_to_its_new_delay_and_speaks_then(
    store: PostgresStore, days: int, instead: int
) -> None:
    shop = await an_order(store, a_rule(AFTER.format(days)))

    await published(shop, a_rule(AFTER.format(instead)), later(days=2))
    await shop.pass_time(later(days=2))
    assert due(shop) == [later(days=instead)]
    await shop.pass_time(later(days=instead, seconds=-1))
    assert shop.sent() == []
    await shop.pass_time(later(days=instead))
    await shop.pass_time(later(days=30))

    assert shop.sent() == ["hello"]


def test_the_store_in_memory_moves_nothing_without_a_moment() -> None:
    memory = MemoryStore(the_rules(), NAMING)

    with pytest.raises(TypeError, match="needs now"):
        memory.publish(the_rules(), moves_waits=True)


async def test_a_moment_that_is_past_is_now_and_not_too_late(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(60)))

    await published(shop, a_rule(AFTER.format(2)), later(days=40))
    await shop.pass_time(later(days=40, minutes=5))

    assert (shop.sent(), shop.unsent()) == (["hello"], [])


async def test_what_is_due_before_anybody_was_told_moves_all_the_same(
    store: PostgresStore,
) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))

    await published(shop, a_rule(AFTER.format(20)), later(days=13, hours=23))
    await shop.pass_time(later(days=14, minutes=1))

    assert (shop.sent(), due(shop)) == ([], [later(days=20)])


async def test_without_the_word_a_wait_keeps_its_moment(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))

    await published(shop, a_rule(AFTER.format(20)), later(days=2), moves_waits=False)
    await shop.pass_time(later(days=2))

    assert due(shop) == [later(days=14)]


async def test_the_word_may_come_after_the_rules(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))
    newer = a_rule(AFTER.format(20))

    await published(shop, newer, later(days=2), moves_waits=False)
    await shop.pass_time(later(days=2))
    await published(shop, newer, later(days=3))
    await shop.pass_time(later(days=3))

    assert due(shop) == [later(days=20)]


async def test_what_one_revision_moves_the_next_one_leaves(store: PostgresStore) -> None:
    """Nobody was asked between the two."""
    shop = await an_order(store, a_rule(AFTER.format(14)))

    await published(shop, a_rule(AFTER.format(20)), later(days=2))
    await published(shop, a_rule(AFTER.format(30)), later(days=3), moves_waits=False)
    await shop.pass_time(later(days=4))

    assert due(shop) == [later(days=20)]


async def test_who_begins_after_a_move_is_not_moved_by_it(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))
    await published(shop, a_rule(AFTER.format(20)), later(days=2))
    await published(shop, a_rule(AFTER.format(30)), later(days=3), moves_waits=False)

    await shop.tell("order.placed", later(days=4), order={"id": "A2"}, customer=ANA)

    assert sorted(due(shop)) == [later(days=20), later(days=34)]


async def test_a_pinned_rule_keeps_what_began(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14), "in_flight: pin"))

    await published(shop, a_rule(AFTER.format(20), "in_flight: pin"), later(days=2))
    await shop.pass_time(later(days=2))

    assert due(shop) == [later(days=14)]


async def test_a_silence_moves_from_what_broke_it_last(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(SILENT.format(4)), "order.placed", "shipment.shipped")
    await shop.tell("shipment.scanned", later(days=1), order={"id": "A1"}, shipment={"id": "P1"})

    await published(shop, a_rule(SILENT.format(9)), later(days=2))
    await shop.pass_time(later(days=2))

    assert due(shop) == [later(days=10)]


async def test_a_time_of_day_moves_too(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(f"{AFTER.format(14)} at 10:00"))

    await published(shop, a_rule(f"{AFTER.format(14)} at 18:00"), later(days=2))
    await shop.pass_time(later(days=2))

    assert due(shop) == [later(days=14, hours=6)]


async def test_a_schedule_moves_to_its_next_slot(store: PostgresStore) -> None:
    """Noon is that of a Monday."""
    shop = await an_order(store, a_rule('"every week on friday at 12:00"'))

    await published(shop, a_rule('"every week on wednesday at 12:00"'), later(days=1))
    await shop.pass_time(later(days=1))
    assert due(shop) == [later(days=2)]
    await shop.pass_time(later(days=2))
    await shop.pass_time(later(days=4))

    assert (shop.sent(), due(shop)) == (["hello"], [later(days=9)])


async def test_a_schedule_whose_season_is_over_says_so_and_waits_no_more(
    store: PostgresStore,
) -> None:
    weekly = '"every week on friday at 12:00"'
    shop = await an_order(store, a_rule(weekly))

    await published(shop, a_rule(weekly, "until: 2026-03-04"), later(days=1))
    await shop.pass_time(later(days=1))

    assert due(shop) == []
    assert [(one.reason, one.by) for one in shop.memory.decisions if one.rule_id == "waits"] == [
        ("condition_false", "from … until")
    ]


async def test_near_a_date_another_time_of_day_holds(store: PostgresStore) -> None:
    near = "2 days before order.promised_on at {}"
    shop = Twins(store, a_rule(near.format("10:00")), POLICIES)
    await shop.begin()
    await shop.tell("order.placed", order={"id": "A1", "promised_on": "2026-03-12"}, customer=ANA)

    await published(shop, a_rule(near.format("12:00")), later(days=1))
    await shop.pass_time(later(days=1))

    assert due(shop) == [later(days=8)]


async def test_whoever_waits_is_nudged_and_nobody_else(store: PostgresStore) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))
    await shop.tell("customer.updated", customer={"id": "C2", "email": "b@example.com"})

    await published(shop, a_rule(AFTER.format(5)), later(days=2))

    waiting = [name for name, waits in shop.memory.waits.items() if waits]
    assert [journey for journey, _ in await shop.postgres.nudges.take()] == waiting
    assert list(shop.memory.nudges) == waiting


async def test_an_activation_that_cannot_be_read_any_more_moves_nothing_and_stops_nobody(
    store: PostgresStore, database: str
) -> None:
    shop = await an_order(store, a_rule(AFTER.format(14)))
    await published(shop, a_rule(AFTER.format(20)), later(days=2))
    newer, (moving,) = shop.ruleset.revision, [one.revision for one in shop.memory.moves]
    await published(shop, a_rule(AFTER.format(30)), later(days=3), moves_waits=False)
    assert moving == newer
    await told(store, "update rulesets set language_version = 99 where revision = %s", moving)

    pool = await open_pool(database, 2)
    worker = PostgresStore(pool, NAMING)
    (journey,) = [name for name, waits in shop.memory.waits.items() if waits]
    work = await worker.journeys.decide(journey, later(days=4), deciding(later(days=4)))
    await pool.close()
    assert work.wake_at == later(days=14)
