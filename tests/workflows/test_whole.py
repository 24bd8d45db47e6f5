"""From event to mail on real Temporal, PostgreSQL and SMTP, and what it costs in history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from engine.decisions.decision import OpenWork
from store.postgres.journeys.journeys import PostgresJourneys
from tests.shop import ANA, today
from tests.workflows.scripted import has_ended, kinds, until
from tests.workflows.whole import Whole, a_whole_shop


@pytest.fixture
async def whole(fresh_database: str, client: Client, number: int) -> AsyncIterator[Whole]:
    async with a_whole_shop(fresh_database, client, f"whole-{number}") as whole:
        yield whole


@pytest.fixture
def order(number: int) -> str:
    return f"W{number}"


async def test_an_event_leads_to_a_mail(whole: Whole, order: str) -> None:
    await whole.tell("order.confirmed", order={"id": order})

    await whole.settled(mails=1)


async def test_one_message_costs_at_most_twelve_events(whole: Whole, order: str) -> None:
    await whole.tell("order.confirmed", order={"id": order})
    await whole.settled(mails=1)
    await until(lambda: _is_quiet(whole, order))

    before = len(await kinds(whole.handle(order)))
    await whole.tell("order.cancelled", order={"id": order})
    await whole.settled(mails=2)
    await until(lambda: _is_quiet(whole, order))
    assert len(await kinds(whole.handle(order))) - before <= 12


async def test_an_event_nobody_hears_costs_nothing(whole: Whole, order: str) -> None:
    await whole.tell("order.confirmed", order={"id": order})
    await whole.settled(mails=1)
    await until(lambda: _is_quiet(whole, order))

    before = await kinds(whole.handle(order))
    await whole.tell("order.changed", order={"id": order})
    await whole.tell("site.viewed")
    await whole.settled(mails=1)
    assert await kinds(whole.handle(order)) == before


async def test_a_message_a_wait_of_three_days_and_a_message_cost_at_most_thirty_events(
    whole: Whole, order: str
) -> None:
    await whole.tell("order.confirmed", order={"id": order, "express": True})
    await whole.settled(mails=1)

    assert await whole.pass_time(order, days=3, minutes=1)
    await whole.settled(mails=2)
    await until(lambda: _is_quiet(whole, order))
    by_skipping = ("OPTIONS_UPDATED", "SKIPPING_TRANSITIONED")
    happened = [kind for kind in await kinds(whole.handle(order)) if not kind.endswith(by_skipping)]
    assert len(happened) <= 30


async def test_a_letter_is_dated_by_the_clock_of_its_journey(whole: Whole, order: str) -> None:
    await whole.tell("order.confirmed", order={"id": order, "express": True})
    await whole.settled(mails=1)
    await whole.pass_time(order, days=3, minutes=1)
    await whole.settled(mails=2)

    first, second = (message_from_bytes(mail.content) for mail in whole.shop.smtp.kept)
    passed = parsedate_to_datetime(second["Date"]) - parsedate_to_datetime(first["Date"])
    assert abs(passed - timedelta(days=3)) < timedelta(minutes=2)


async def _is_quiet(whole: Whole, order: str) -> bool:
    described = await whole.handle(order).describe()
    raw = described.raw_description
    return not raw.pending_activities and not raw.HasField("pending_workflow_task")


async def test_an_order_ends_thirty_days_after_it_is_final_and_is_reopened_by_late_news(
    whole: Whole, order: str
) -> None:
    then = today() - timedelta(days=29, hours=23, minutes=59)
    await whole.tell("order.delivered", then, order={"id": order})
    await whole.settled(mails=0)
    assert not await whole.pass_time(order, minutes=5)
    assert await has_ended(whole.handle(order))

    await whole.tell("order.cancelled", order={"id": order})
    await whole.settled(mails=1)


async def test_a_customers_journey_tells_the_end_of_a_perk_and_ends_when_nothing_is_left_to_do(
    whole: Whole, order: str
) -> None:
    customer = {"id": order, "email": "tier@example.org", "tier": "gold"}
    await whole.tell("loyalty.tier_changed", customer=customer, loyalty={"direction": "up"})

    await whole.settled(mails=1)
    journey = next(
        one.journey
        for one in await whole.shop.store.journeys.woken()
        if one.subject.endswith(order)
    )
    handle = whole.client.get_workflow_handle(journey)
    assert await TimeSkipper(whole.client).fast_forward(handle, timedelta(days=364))
    assert await ends_of_perks(whole) == []
    assert not await TimeSkipper(whole.client).fast_forward(handle, timedelta(days=2))
    assert await ends_of_perks(whole) == ["done"]
    assert "Purna" not in journey


async def ends_of_perks(whole: Whole) -> list[str]:
    """What became of every end of a perk that was to be told."""
    return [
        one.state
        for one in await whole.shop.store.inquiries.effects()
        if one.name == "perk.expired"
    ]


async def test_a_decision_that_dies_between_commit_and_answer_is_made_again(
    whole: Whole, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, deaths = PostgresJourneys.decide, list[OpenWork]()

    async def dies_at_first(*asked: Any) -> OpenWork:
        todo = await decide(*asked)
        if not deaths:
            deaths.append(todo)
            raise ConnectionError("the answer was lost")
        return todo

    # A moment nobody can hit from outside.
    monkeypatch.setattr(PostgresJourneys, "decide", dies_at_first)
    await whole.tell("order.confirmed", order={"id": order})
    await whole.settled(mails=1)
    assert [kind for kind, _ in deaths[0].open] == ["send"]


@asynccontextmanager
async def away(database: str) -> AsyncIterator[None]:
    """A database that ends its sessions and lets nobody in, for the length of a block."""
    name = conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, dbname="template1", autocommit=True) as connection:
        connection.execute(f'alter database "{name}" with allow_connections false')
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
        )
        yield
        connection.execute(f'alter database "{name}" with allow_connections true')


async def test_a_database_that_is_away_for_a_while_loses_nothing(
    whole: Whole, order: str, fresh_database: str
) -> None:
    await whole.tell("order.confirmed", order={"id": order})
    async with away(fresh_database):
        await asyncio.sleep(1)

    await whole.settled(mails=1)


async def test_no_history_names_anybody(whole: Whole, order: str) -> None:
    await whole.tell("order.confirmed", order={"id": order})
    await whole.tell("review.received", order={"id": order}, review={"id": f"R{order}", "stars": 1})
    await whole.settled(mails=1)
    await until(lambda: _is_quiet(whole, order))

    told = (await whole.handle(order).fetch_history()).to_json().lower()
    for word in (ANA["email"], "ana-lucia", "example.org"):
        assert word not in told


async def test_a_failure_inside_the_database_names_nobody_either(whole: Whole, order: str) -> None:
    async def breaks(*_: object) -> None:
        raise ValueError(f"Key (email)=({ANA['email']}) is broken")

    whole.shop.store.ledger.attempt = breaks  # type: ignore[method-assign,assignment]  # a failure nobody foresees
    await whole.tell("order.confirmed", order={"id": order})
    await until(lambda: _has_failed(whole, order))

    described = (await whole.handle(order).describe()).raw_description
    failure = described.pending_activities[0].last_failure
    assert (failure.application_failure_info.type, failure.message) == (
        "ValueError",
        "send_message: ValueError",
    )
    assert ANA["email"] not in str(described)


async def test_what_led_to_a_retry_stays_out_of_the_history(whole: Whole, order: str) -> None:
    async def breaks(*_: object) -> None:
        try:
            int(ANA["email"])
        except ValueError:
            raise ApplicationError("again")  # noqa: B904  # the mistake

    whole.shop.store.ledger.attempt = breaks  # type: ignore[method-assign,assignment]  # a failure nobody foresees
    await whole.tell("order.confirmed", order={"id": order})
    await until(lambda: _has_failed(whole, order))

    described = (await whole.handle(order).describe()).raw_description
    assert described.pending_activities[0].last_failure.message == "again"
    assert ANA["email"] not in str(described)


async def _has_failed(whole: Whole, order: str) -> bool:
    with suppress(RPCError):  # it has not begun
        described = (await whole.handle(order).describe()).raw_description
        return any(one.HasField("last_failure") for one in described.pending_activities)
    return False
