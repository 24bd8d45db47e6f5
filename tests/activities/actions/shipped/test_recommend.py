"""Recommendations from a real log: who bought what with what, what is known of it, and what is
never picked.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from engine.decisions.effects import ActionCall
from tests.shop import FILES, Shop, a_shop, attempt, today

NEVER = "{bought_already: customer.bought contains item.id, badly_reviewed: item.stars < 3.5}"
RULES = {
    **FILES,
    "policies.yaml": FILES["policies.yaml"]
    + f"recommend: {{source: co_purchase, never: {NEVER}}}\n",
    "journeys/all.yaml": """
version: 1
rules:
  - id: picks
    when: order.confirmed
    do:
      - {call: recommend, as: picks, with: {count: 2, order: order.id}}
      - {send: picks, by: email, category: delivery, with: {picks: picks.items},
            only_if: picks.count >= 1}
""",
    "templates/en/picks.md": "---\nsubject: Well\n---\nWhat about {{ picks | titles }}?\n",
}
NUMBERS = count(1)
TEA: dict[str, Any] = {"id": "TEA", "title": "Tea"}
POT: dict[str, Any] = {"id": "POT", "title": "Pot", "price": "19 EUR"}
MUG: dict[str, Any] = {"id": "MUG", "title": "Mug"}


@pytest.fixture
async def shop(create_database: Any) -> AsyncIterator[Shop]:
    async with a_shop(await create_database(), RULES) as shop:
        yield shop


async def bought(
    shop: Shop, customer: str, *items: Mapping[str, Any] | str, kind: str = "order.placed"
) -> str:
    order = f"{customer}-{next(NUMBERS)}"
    await shop.tell(kind, customer={"id": customer}, order={"id": order, "items": list(items)})
    return order


async def wanted(shop: Shop, customer: str = "C1") -> dict[str, Any]:
    """What the call answers for an order of tea."""
    order = f"{customer}-{next(NUMBERS)}"
    named = {"id": customer, "email": "ana@example.org"}
    await shop.tell("order.placed", customer=named, order={"id": order, "items": [TEA]})
    await shop.tell("order.confirmed", customer=named, order={"id": order})
    message = next(
        key for kind, key in (await shop.decide(f"order:main/{order}")).open if kind == "send"
    )
    await attempt(shop.send_message, message)
    effects = await shop.store.inquiries.effects(order)
    result: dict[str, Any] = next(one.result for one in effects if isinstance(one, ActionCall))
    return result


def ids(result: Mapping[str, Any]) -> list[str]:
    return [one["id"] for one in result["items"]]


async def test_what_others_bought_with_it_is_picked_and_reaches_the_letter(shop: Shop) -> None:
    for customer in ("C2", "C3"):
        await bought(shop, customer, TEA, POT)
    await bought(shop, "C4", TEA, MUG)
    await bought(shop, "C5", {"id": "HAT"}, {"id": "SHOE"})

    result = await wanted(shop)
    assert (ids(result), result["count"]) == (["POT", "MUG"], 2)
    assert result["items"][0] == POT
    assert b"Pot and Mug" in shop.smtp.kept[0].content


async def test_two_orders_of_one_customer_count_as_bought_together(shop: Shop) -> None:
    await bought(shop, "C2", TEA)
    await bought(shop, "C2", MUG)

    assert ids(await wanted(shop)) == ["MUG"]


async def test_an_item_may_be_its_bare_id(shop: Shop) -> None:
    await bought(shop, "C2", "TEA", "POT")

    assert ids(await wanted(shop)) == ["POT"]


async def test_a_cancelled_order_was_not_bought(shop: Shop) -> None:
    order = await bought(shop, "C2", TEA, POT)
    await shop.tell("order.cancelled", customer={"id": "C2"}, order={"id": order})

    assert ids(await wanted(shop)) == []


async def test_a_changed_order_counts_as_it_is_now(shop: Shop) -> None:
    order = await bought(shop, "C2", TEA, POT)
    later = today() + timedelta(seconds=5)
    await shop.tell(
        "order.changed", later, customer={"id": "C2"}, order={"id": order, "items": [TEA, MUG]}
    )

    assert ids(await wanted(shop)) == ["MUG"]


async def test_what_speaks_against_a_product_is_kept_with_the_result(shop: Shop) -> None:
    await bought(shop, "C2", TEA, POT, MUG, {"id": "CUP"}, {"id": "JUG", "stars": 2})
    await bought(shop, "C1", POT)
    sent = await bought(shop, "C1", MUG)
    told: dict[str, Any] = {"order": {"id": sent}, "return": {"id": "R1", "items": ["MUG"]}}
    await shop.tell("return.requested", customer={"id": "C1"}, **told)
    await shop.tell("site.viewed", customer={"id": "C2"}, item={"id": "CUP", "in_stock": False})

    result = await wanted(shop)
    assert result["items"] == []
    assert {one["id"]: one["because"] for one in result["left_out"]} == {
        "CUP": ["out_of_stock"], "JUG": ["badly_reviewed"], "MUG": ["sent_back", "bought_already"],
        "POT": ["bought_already"],
    }  # fmt: skip


async def test_without_a_pick_the_message_is_not_sent(shop: Shop) -> None:
    assert (await wanted(shop))["count"] == 0
    assert shop.smtp.kept == []


async def test_stars_that_nobody_states_are_those_of_the_newest_reviews(shop: Shop) -> None:
    order = await bought(shop, "C2", TEA, POT, MUG)
    for number, (product, stars) in enumerate(
        (("POT", 5), ("POT", 1), ("MUG", 1), ("MUG", 5), ("MUG", 4))
    ):
        review = {"id": f"{product}{min(number, 3)}", "product_id": product, "stars": stars}
        at = today() + timedelta(seconds=number)
        await shop.tell(
            "review.changed", at, customer={"id": "C2"}, order={"id": order}, review=review
        )

    result = await wanted(shop)
    assert result["left_out"] == [
        {"id": "MUG", "because": ["badly_reviewed"]},
        {"id": "POT", "because": ["badly_reviewed"]},
    ]


async def test_a_review_that_was_removed_speaks_against_nothing(shop: Shop) -> None:
    order = await bought(shop, "C2", TEA, POT)
    for kind, stars in (("received", {"stars": 1}), ("removed", {})):
        review = {"id": "V1", "product_id": "POT", **stars}
        at = today() + timedelta(seconds=len(stars) == 0)
        await shop.tell(
            f"review.{kind}", at, customer={"id": "C2"}, order={"id": order}, review=review
        )

    assert [one["id"] for one in (await wanted(shop))["items"]] == ["POT"]


async def test_what_is_stated_of_a_product_wins_over_its_reviews_and_the_newest_over_the_older(
    shop: Shop,
) -> None:
    order = await bought(shop, "C2", TEA, {**POT, "stars": 2})
    review = {"id": "V1", "product_id": "POT", "stars": 1}
    await shop.tell("review.received", customer={"id": "C2"}, order={"id": order}, review=review)
    await shop.tell("site.viewed", customer={"id": "C3"}, item={"id": "POT", "stars": 4.6})

    assert (await wanted(shop))["items"] == [
        {"id": "POT", "title": "Pot", "price": "19 EUR", "stars": 4.6}
    ]


async def test_another_shop_sells_other_things(shop: Shop) -> None:
    things: dict[str, Any] = {"shop": "other", "customer": {"id": "C2"}}
    await shop.tell("order.placed", **things, order={"id": "Z1", "items": [TEA, POT]})

    assert ids(await wanted(shop)) == []


async def test_an_order_whose_customer_nobody_knows_counts_too(shop: Shop) -> None:
    await shop.tell("order.placed", customer={}, order={"id": "Z2", "items": [TEA, POT]})

    assert ids(await wanted(shop)) == ["POT"]
