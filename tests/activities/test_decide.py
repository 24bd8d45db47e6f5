"""The shell around a decision."""

from tests.shop import Shop, attempt, today


async def test_a_decision_says_what_is_open_and_when_it_is_due_next(shop: Shop, order: str) -> None:
    await shop.tell("order.confirmed", order={"id": order})

    todo = await shop.decide_activity(f"order:main/{order}", today())
    assert list(todo.open.values()) == ["send"]
    assert todo.wake_at is not None
    assert not todo.ended


async def test_asked_twice_it_answers_the_same(shop: Shop, order: str) -> None:
    await shop.tell("order.confirmed", order={"id": order})
    journey = f"order:main/{order}"

    assert await shop.decide_activity(journey, today()) == await shop.decide_activity(
        journey, today()
    )


async def test_what_was_carried_out_is_no_longer_open(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.cancelled", order)
    await attempt(shop.send_message, key)

    assert (await shop.decide_activity(f"order:main/{order}", today())).open == {}
