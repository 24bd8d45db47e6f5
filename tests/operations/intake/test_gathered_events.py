"""Requests that come together share a transaction, and nothing else."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import OperationalError
from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from operations.intake.gathered_events import EventGatherer

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def events(*names: str) -> list[Event]:
    return [
        Event("tests", name, "order.placed", NOW, shop="kk", order=name, customer="C1")
        for name in names
    ]


class Slow:
    """Takes events once it is let; refuses those it is told to, and whatever shares a transaction
    with them.
    """

    def __init__(self, failure: Exception | None = None, refused: str = "") -> None:
        self.asked: list[list[str]] = []
        self.may_go = asyncio.Event()
        self._failure, self._refused = failure, refused

    async def take(self, told: Sequence[Event], _now: Any) -> list[str]:
        names = [event.id for event in told]
        self.asked.append(names)
        await self.may_go.wait()
        if self._failure and self._refused in names:
            raise self._failure
        return [f"took {name}" for name in names]

    async def locked(self, _subjects: Any) -> list[str]:
        return []


async def gathered(store: Slow, *requests: list[Event]) -> list[Any]:
    """The answers to three requests that keep the store busy and to these, which come
    while it is.
    """
    gathering = EventGatherer(store.take, store.locked)
    everyone = []
    for one in map(events, "xyz"):
        everyone.append(asyncio.ensure_future(gathering.ingest(one, NOW)))
        await asyncio.sleep(0.01)
    everyone += [asyncio.ensure_future(gathering.ingest(one, NOW)) for one in requests]
    await asyncio.sleep(0.01)
    store.may_go.set()
    return (await asyncio.gather(*everyone, return_exceptions=True))[3:]


async def test_requests_that_come_meanwhile_share_a_transaction_and_have_their_own_answers() -> (
    None
):
    store = Slow()

    answers = await gathered(store, events("a"), events("b", "c"), events("d"))

    assert store.asked == [["x"], ["y"], ["z"], ["a", "b", "c", "d"]]
    assert answers == [["took a"], ["took b", "took c"], ["took d"]]


async def test_one_that_finds_nobody_waiting_does_not_wait() -> None:
    store = Slow()
    store.may_go.set()
    gathering = EventGatherer(store.take, store.locked)

    for name in "abc":
        assert await gathering.ingest(events(name), NOW) == [f"took {name}"]

    assert store.asked == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize("failure", [ValueError("bad"), LockNotAvailable("locked")])
async def test_a_request_that_fails_does_not_fail_its_neighbours(failure: Exception) -> None:
    answers = await gathered(Slow(failure, "bad"), events("a"), events("bad"), events("c"))

    assert answers == [["took a"], failure, ["took c"]]


async def test_while_the_database_is_away_all_are_told_at_once() -> None:
    away = OperationalError("no connection")
    store = Slow(away, "a")

    assert await gathered(store, events("a"), events("b")) == [away, away]
    assert store.asked[3:] == [["a", "b"]]


async def test_a_large_batch_shares_with_nobody() -> None:
    store, large = Slow(), [str(number) for number in range(100)]

    await gathered(store, events("a"), events(*large), events("b"))

    assert sorted(store.asked[3:], key=len) == [["a", "b"], large]


async def test_no_more_share_than_fold_quickly() -> None:
    store = Slow()

    await gathered(store, *([event] for event in events(*map(str, range(100)))))

    assert sorted(map(len, store.asked[3:])) == [36, 64]


async def test_who_has_gone_does_not_hinder_the_others() -> None:
    store = Slow()
    gathering = EventGatherer(store.take, store.locked)
    first, gone, last = (
        asyncio.ensure_future(gathering.ingest(one, NOW)) for one in map(events, "abc")
    )
    await asyncio.sleep(0.01)
    gone.cancel()
    store.may_go.set()

    assert [await first, await last] == [["took a"], ["took c"]]


async def test_what_the_last_of_them_knew_as_now_holds_for_all() -> None:
    seen = []

    async def take(told: Sequence[Event], now: Any) -> list[str]:
        await asyncio.sleep(0.01)
        seen.append(now)
        return ["took"] * len(told)

    gathering = EventGatherer(take, Slow().locked)
    later = NOW + timedelta(seconds=1)
    await asyncio.gather(*(gathering.ingest(events(str(at)), at) for at in (NOW, later, NOW)))
    assert seen == [later]
