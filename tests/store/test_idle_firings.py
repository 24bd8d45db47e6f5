"""A firing whose only call lacks a value had nothing to do: both stores give its once-key back."""

import pytest

from engine.decisions.reason import Reason
from engine.sending.ledger import DROPPED, FAILED, Change
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, deciding, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com"}
RULES = """
  - id: notes
    when: order.delivered
    once_per: customer
    do: [{call: note, with: {order: order.country}}]
"""


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (DROPPED(Reason.FACT_UNKNOWN, "order"), [("dropped", "A1"), ("done", "A2")]),
        (FAILED("away"), [("failed", "A1")]),
    ],
)
async def test_a_call_without_its_value_leaves_the_key_to_the_next_order(
    store: PostgresStore, ended: Change, expected: list[tuple[str, str]]
) -> None:
    shop = Twins(store, RULES)
    await shop.begin()
    await shop.log_only("order.delivered", NOON, order={"id": "A1"}, customer=ANA)
    await its_call_ends(shop, ended)
    await shop.tell("order.delivered", later(hours=1), order={"id": "A2"}, customer=ANA)

    effects = [(one.state, one.firing.order) for one in shop.memory.effects.values()]
    assert effects == expected


async def its_call_ends(shop: Twins, ended: Change) -> None:
    """What is open is claimed and ends so, in both stores."""
    for journey in sorted(shop.memory.journeys):
        ours = shop.memory.decide(journey, NOON, deciding(NOON))
        await shop.postgres.journeys.decide(journey, NOON, deciding(NOON))
        for _, key in ours.open:
            shop.memory.ledger.attempt(key, "ann", NOON)
            await shop.postgres.ledger.attempt(key, "ann", NOON)
            shop.memory.ledger.change(key, "ann", ended, NOON)
            await shop.postgres.ledger.change(key, "ann", ended, NOON)
    await shop.check()
