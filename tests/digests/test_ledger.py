"""A digest in the ledger of PostgreSQL: what it carries is neither sent twice nor lost, however its
carrier ends.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.decisions.effects import Message
from engine.decisions.reason import Reason
from engine.facts.naming import subject_id
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Allowed, Dropped
from engine.sending.ledger import DROPPED, MISCONFIGURED, NOT_DELIVERED, REFUSED, SENT, UNCERTAIN
from engine.sending.question import MessageQuestion
from operations.rules.rules_folder import read_rules
from store.postgres.store import PostgresStore
from store.records.attempts import Settled
from tests.conftest import CreateDatabase
from tests.store.shop import NAMING, NOON, SHOP, an_event, deciding, placed
from tests.stores import a_store

FOLDER = Path(__file__).parent / "rules"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The room of the first message opens a week after it left, at noon; the digest leaves at ten the
# next morning.
ROOM, TEN = NOON + timedelta(days=7, minutes=2), NOON + timedelta(days=7, hours=22, minutes=1)


@dataclass
class DigestShop:
    """A customer for whom three messages wait: two offers, and the carrier, which tells of a new
    tier.
    """

    store: PostgresStore

    async def tell(self, kind: str, at: datetime, **named: Any) -> None:
        await self.store.events.ingest(
            [an_event(kind, f"{kind} {named.get('order')} {at}", at=at, **named)], at
        )

    async def decide(self, now: datetime) -> list[str]:
        """Every journey decides; the keys of what is open, sorted."""
        todos = [
            await self.store.journeys.decide(row.journey, now, deciding(now))
            for row in await self.store.journeys.woken()
        ]
        return sorted(key for todo in todos for _, key in todo.open)

    async def attempt(self, now: datetime) -> None:
        for key in await self.decide(now):
            await self.store.ledger.attempt(key, "me", now)

    async def send(self, now: datetime) -> None:
        for key in await self.decide(now):
            if (await self.store.ledger.attempt(key, "me", now)).verdict == Allowed("email"):
                assert await self.store.ledger.may_leave(key, "me", now)
                assert await self.store.ledger.change(key, "me", SENT(), now)

    async def rows(self) -> dict[str, Message]:
        """The messages but the first, by the order or the tier they are about."""
        return {
            one.firing.occurrence.partition("+")[0][-2:]: one
            for one in await self.store.inquiries.effects()
            if isinstance(one, Message) and "silver" not in one.key
        }

    async def told(self) -> dict[str, tuple[str, Reason | None]]:
        return {name: (one.state, one.reason) for name, one in (await self.rows()).items()}

    async def carrier(self) -> Message:
        return next(one for one in (await self.rows()).values() if one.name == "tier")


@pytest.fixture
async def shop(create_database: CreateDatabase) -> AsyncIterator[DigestShop]:
    database = await create_database("template1")
    async with a_store(database, NAMING) as store:
        yield await a_waiting_shop(store)


async def a_waiting_shop(store: PostgresStore) -> DigestShop:
    shop = DigestShop(store)
    await shop.store.rulesets.publish(read_rules(FOLDER), "tests", "a beginning", NOON)
    given = [
        an_event("consent.given", name, order=None, customer="C1", data={"consent.category": name})
        for name in ("loyalty", "sales")
    ]
    await shop.store.events.ingest([placed("A1"), placed("A2"), *given], NOON)
    await tier(shop, "silver", NOON)
    await shop.attempt(NOON)
    await shop.send(NOON + MINUTE)
    for order in ("A1", "A2"):
        await shop.tell("order.delivered", NOON + HOUR, order=order)
    await tier(shop, "gold", NOON + HOUR)
    for now in (NOON + HOUR, NOON + HOUR + MINUTE, ROOM):
        await shop.attempt(now)
    return shop


async def tier(shop: DigestShop, name: str, at: datetime) -> None:
    await shop.tell(
        "loyalty.tier_changed", at, order=None, customer="C1", data={"customer.tier": name}
    )


async def test_all_of_them_wait_for_the_time_of_the_digest(shop: DigestShop) -> None:
    rows = (await shop.rows()).values()

    assert {(one.state, one.reason, one.held_until) for one in rows} == {
        ("held", Reason.DIGESTED, TEN)
    }
    assert len(rows) == 3


async def test_the_claim_of_the_carrier_ends_the_others_in_the_same_moment(
    shop: DigestShop,
) -> None:
    await shop.attempt(TEN)

    carrier, told = await shop.carrier(), await shop.told()
    assert (carrier.state, carrier.shown, len(carrier.carries)) == ("claimed", "digest", 2)
    assert told["A1"] == told["A2"] == ("dropped", Reason.DIGESTED)
    for key in carrier.carries:
        assert (await shop.store.ledger.attempt(key, "me", TEN)).verdict == Settled("dropped")


async def test_of_all_that_are_asked_at_once_one_carries_the_others(shop: DigestShop) -> None:
    keys = await shop.decide(TEN)

    await asyncio.gather(*(shop.store.ledger.attempt(key, "me", TEN) for key in keys))

    assert sorted(state for state, _ in (await shop.told()).values()) == [
        "claimed",
        "dropped",
        "dropped",
    ]
    assert len((await shop.carrier()).carries) == 2


async def test_a_worker_that_dies_after_the_claim_loses_nothing(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    carrier = await shop.carrier()

    again = await shop.store.ledger.attempt(carrier.key, "the next", TEN + MINUTE)

    assert again.question is not None
    assert tuple(one.effect.key for one in again.question.carried) == carrier.carries
    assert await shop.store.ledger.may_leave(carrier.key, "the next", TEN + MINUTE)


@pytest.mark.parametrize("end", ["refused", "dropped", "misconfigured"])
async def test_a_carrier_that_does_not_leave_gives_the_others_back(
    shop: DigestShop, end: str
) -> None:
    await shop.attempt(TEN)
    key = (await shop.carrier()).key
    if end == "refused":
        await shop.store.ledger.change(key, "me", REFUSED("554 no"), TEN)
    elif end == "dropped":
        await shop.store.ledger.change(key, "me", DROPPED(Reason.ERROR, "a template"), TEN)
    else:
        await shop.store.ledger.change(key, "me", MISCONFIGURED(TEN + HOUR, "550 not you"), TEN)

    told = await shop.told()
    assert told["A1"] == told["A2"] == ("held", Reason.DIGESTED)
    assert len(await shop.store.nudges.take()) == 2


async def test_the_next_of_them_becomes_the_carrier(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    await shop.store.ledger.change(
        (await shop.carrier()).key, "me", DROPPED(Reason.ERROR, "a template"), TEN
    )

    await shop.attempt(TEN + MINUTE)
    rows = await shop.rows()
    assert rows["A1"].carries == (rows["A2"].key,)
    assert rows["A2"].reason_by == rows["A1"].key


async def test_whose_customer_says_no_is_left_to_end_each_for_itself(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    await shop.tell("consent.withdrawn", TEN, order=None, customer="C1")
    assert not await shop.store.ledger.may_leave((await shop.carrier()).key, "me", TEN)

    await shop.attempt(TEN + MINUTE)
    assert set((await shop.told()).values()) == {("dropped", Reason.NO_CONSENT)}


async def test_what_is_stopped_before_the_last_question_is_left_out(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    await shop.tell("order.cancelled", TEN, order="A1")
    carrier = await shop.carrier()
    assert not await shop.store.ledger.may_leave(carrier.key, "me", TEN), (
        "it has to be written anew"
    )

    again = await shop.store.ledger.attempt(carrier.key, "me", TEN)
    told = await shop.told()
    assert told["A1"] == ("dropped", Reason.STOPPED_BY)
    assert again.question is not None
    assert [one.effect.firing.order for one in again.question.carried] == ["A2"]
    assert await shop.store.ledger.may_leave(carrier.key, "me", TEN)


async def test_what_nobody_knows_of_carries_the_same_when_it_leaves_again(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    before = await shop.carrier()
    await shop.store.ledger.may_leave(before.key, "me", TEN)
    await shop.store.ledger.change(before.key, "me", UNCERTAIN(essential=False), TEN)
    assert (await shop.told())["A1"] == ("dropped", Reason.DIGESTED)

    await shop.store.ledger.change(before.key, None, NOT_DELIVERED(), TEN)
    again = await shop.store.ledger.attempt(before.key, "me", TEN)
    assert isinstance(again.question, MessageQuestion)
    assert again.question.effect.carries == before.carries


async def test_a_digest_that_was_sent_is_the_end_of_all_in_it(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    key = (await shop.carrier()).key
    await shop.store.ledger.may_leave(key, "me", TEN)
    await shop.store.ledger.change(key, "me", SENT(), TEN)

    assert await shop.decide(TEN + HOUR) == []
    assert sorted(state for state, _ in (await shop.told()).values()) == [
        "dropped",
        "dropped",
        "sent",
    ]


async def test_what_it_carries_stays_aboard_although_nothing_is_capped_any_more(
    shop: DigestShop,
) -> None:
    await shop.attempt(TEN)
    carrier = await shop.carrier()
    await shop.store.rulesets.publish(without_caps(), "tests", "no caps", TEN)

    again = await shop.store.ledger.attempt(carrier.key, "me", TEN)
    assert again.question is not None
    assert [one.effect.key for one in again.question.carried] == list(carrier.carries)

    await shop.store.ledger.change(carrier.key, "me", DROPPED(Reason.ERROR, "a template"), TEN)
    assert (await shop.told())["A1"] == (await shop.told())["A2"] == ("held", Reason.DIGESTED)


async def test_what_is_said_to_one_customer_is_not_told_another(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    await shop.store.ledger.change(
        (await shop.carrier()).key, "me", DROPPED(Reason.ERROR, "a template"), TEN
    )
    await shop.attempt(TEN + MINUTE)
    rows = await shop.rows()
    assert rows["A1"].carries == (rows["A2"].key,)
    both = {"customer.email": "C2@example.com"}
    await shop.tell("order.changed", TEN + MINUTE, order="A1", customer="C2", data=both)

    await shop.store.ledger.attempt(rows["A1"].key, "me", TEN + MINUTE)
    told = await shop.told()
    assert told["A2"] == ("held", Reason.DIGESTED)
    assert (await shop.rows())["A1"].carries == ()


def without_caps() -> Ruleset:
    files = read_rules(FOLDER).files
    kept = [
        line
        for line in files["policies.yaml"].splitlines()
        if not line.startswith(("caps:", "digest:"))
    ]
    return read_ruleset({**files, "policies.yaml": "\n".join(kept)})


async def test_one_that_cannot_be_written_ends_alone(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    carrier = await shop.carrier()
    assert await shop.store.ledger.leave_out(
        carrier.key, "me", carrier.carries[0], Dropped(Reason.ERROR, "no such name"), TEN
    )
    assert not await shop.store.ledger.leave_out(
        carrier.key, "me", carrier.carries[1], Dropped(Reason.ERROR, "too late"), TEN
    )

    assert (await shop.carrier()).carries == carrier.carries[1:]
    assert (await shop.told())["A1"] == ("dropped", Reason.ERROR)


async def test_with_an_erased_customer_all_of_it_ends(shop: DigestShop) -> None:
    await shop.attempt(TEN)
    await shop.store.customers.erase(subject_id("customer", SHOP, "C1"), TEN)

    assert set((await shop.told()).values()) == {("dropped", Reason.ERASED)}
