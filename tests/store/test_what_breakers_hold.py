"""What a breaker holds leaves with the news that closes it, in both stores, and is asked seldom
where there is none.
"""

from datetime import timedelta
from itertools import pairwise

import pytest

from store.postgres.store import PostgresStore
from tests.store.shop import FILES, NAMING, NOON, later
from tests.store.twins import Twins

ANA, BEN = {"id": "C1", "email": "ana@example.com"}, {"id": "C2", "email": "ben@example.com"}
RULES = """
  - id: asks
    when: order.delivered
    stop_if: return.requested
    do: [{send: hello, by: email, category: delivery}]
  - id: morning
    when: order.placed
    do: [{send: offer, by: email, category: delivery, send_at: "15:00"}]
"""
BREAKERS = """
breakers:
  - {id: case, if: support.open_beside_reviews = true, holds: [asks, morning], at_most: 30 days}
"""
ORDER = NAMING.journey("order:a shop%2F1/A1")
CASE = {"id": "S1", "topic": "damaged"}


async def a_shop(store: PostgresStore, breakers: str = BREAKERS, rules: str = RULES) -> Twins:
    twins = Twins(store, rules, FILES["policies.yaml"] + breakers)
    await twins.begin()
    for person in (ANA, BEN):
        await twins.tell("customer.created", customer=person)
    return twins


async def a_held_question(store: PostgresStore, breakers: str = BREAKERS) -> Twins:
    shop = await a_shop(store, breakers)
    await shop.tell("support.case_opened", customer=ANA, support=CASE)
    await shop.tell("order.delivered", order={"id": "A1"}, customer=ANA)
    assert (shop.sent(), len(shop.memory.waits[ORDER])) == ([], 1)
    return shop


async def moments_until(shop: Twins, end: timedelta) -> list[timedelta]:
    """When the journey of the order is asked until then, counted from noon."""
    found: list[timedelta] = []
    while (at := shop.memory.journeys[ORDER].wake_at) and at < NOON + end:
        found.append(at - NOON)
        await shop.pass_time(at)
    return found


async def test_what_is_held_leaves_at_the_moment_its_case_is_solved(store: PostgresStore) -> None:
    shop = await a_held_question(store)

    await shop.tell("support.case_solved", later(hours=5), customer=ANA, support=CASE)
    (sent,) = shop.memory.effects.values()
    assert (sent.name, sent.state, sent.settled_at) == ("hello", "sent", later(hours=5))


async def test_a_message_that_was_held_on_its_way_leaves_then_too(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await shop.tell("order.placed", order={"id": "A1"}, customer=ANA)
    await shop.tell("support.case_opened", later(hours=1), customer=ANA, support=CASE)
    await shop.pass_time(later(hours=3))
    assert (shop.sent(), shop.unsent()) == ([], ["breaker"])

    await shop.tell("order.changed", later(hours=4), order={"id": "A1"})
    assert (shop.sent(), shop.unsent()) == ([], ["breaker"])

    await shop.tell("support.case_solved", later(hours=5), customer=ANA, support=CASE)
    assert shop.sent() == ["offer"]


async def test_news_that_leaves_it_open_moves_nothing(store: PostgresStore) -> None:
    shop = await a_held_question(store)
    asked_next = shop.memory.journeys[ORDER].wake_at

    await shop.tell("order.changed", later(minutes=3), order={"id": "A1"})
    assert (shop.sent(), shop.memory.journeys[ORDER].wake_at) == ([], asked_next)


async def test_news_of_another_customer_wakes_nothing(store: PostgresStore) -> None:
    shop = await a_held_question(store)

    await shop.log_only("support.case_opened", later(hours=1), customer=BEN, support={"id": "S2"})
    assert shop.memory.nudges == {}
    await shop.check()


async def test_without_news_it_is_asked_ever_more_rarely(store: PostgresStore) -> None:
    shop = await a_held_question(store)

    moments = await moments_until(shop, timedelta(days=40))
    hours = [one / timedelta(hours=1) for one in moments]
    assert hours[:7] == [0.25, 0.5, 1, 2, 4, 8, 14]
    assert max(later - one for one, later in pairwise(hours)) == 6
    assert (hours[-1], shop.sent(), shop.memory.waits[ORDER]) == (720, [], {})
    assert shop.memory.decisions[-1].reason == "expired"


@pytest.mark.parametrize(
    "changes",
    [
        ("support.open_beside_reviews = true", "order.days_late is unknown"),
        ("support.open_beside_reviews = true", "now - order.delivered_at < 2 days"),
        ("support.open_beside_reviews = true", "number of order.delivered within 3 days > 0"),
        ("at_most: 30 days", "at_most: 30 days, tell_team: true"),
    ],
    ids=["by the day", "by the clock", "within a time", "told to the team"],
)
async def test_what_time_may_change_or_somebody_is_told_of_is_asked_every_quarter_of_an_hour(
    store: PostgresStore, changes: tuple[str, str]
) -> None:
    shop = await a_held_question(store, BREAKERS.replace(*changes))

    moments = await moments_until(shop, timedelta(hours=3))
    assert moments == [timedelta(minutes=15 * number) for number in range(1, 12)]
