"""Several web processes on one database and one Temporal, which know nothing of each other."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from psycopg import AsyncConnection
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from store.postgres.store import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import an_event

_WEBS = 3
# A subject whose numbers have a hole or a double, or do not end where its row says.
_UNEVEN = """
select s.id from subjects s left join events e on e.subject = s.id group by s.id, s.seq
having count(e.seq) <> s.seq or count(distinct e.seq) <> s.seq or coalesce(max(e.seq), 0) <> s.seq
"""
_SLOW = """
create sequence begun;
create function sleep() returns trigger language plpgsql
    as 'begin perform nextval(''begun''); perform pg_sleep(0.3); return new; end';
create trigger slow before insert on events for each row when (new.id like 'slow-%')
    execute function sleep()
"""
_DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
_CONTENDED = """
create sequence tries;
create function contend() returns trigger language plpgsql as
'begin perform nextval(''tries''); raise exception using errcode = tg_argv[0]; end';
create trigger contended before insert on events for each row when (new.id like 'contended-%')
execute function contend('{}')
"""
_UNCONTENDED = "drop function contend cascade; drop sequence tries"
_WATCH = """
create table takes (journey text, tries integer, port integer);
create function note_take() returns trigger language plpgsql as
'begin insert into takes values (new.journey, new.tries, inet_client_port()); return null; end';
create trigger takes after update on nudges for each row when (new.tries > old.tries)
    execute function note_take()
"""


@dataclass(frozen=True)
class Web:
    pid: int
    client: httpx.AsyncClient

    async def post(self, *events: Mapping[str, Any]) -> httpx.Response:
        """One, or a batch."""
        return await self.client.post(
            "/events", json=events[0] if len(events) == 1 else events, timeout=30
        )

    def owns(self, port: int) -> bool:
        """Whether this local port is one of its connections'."""
        return any(
            one.laddr and one.laddr.port == port
            for one in psutil.Process(self.pid).net_connections()
        )


@pytest.fixture(scope="module")
async def webs(
    store: PostgresStore, fresh_database: str, temporal_address: str
) -> AsyncIterator[list[Web]]:
    assert store
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(_WEBS):
            environment = settings(fresh_database, TEMPORAL_ADDRESS=temporal_address)
            process = await stack.enter_async_context(a_process(environment))
            found.append(Web(process.pid, await stack.enter_async_context(a_client(environment))))
        await asyncio.gather(*(until_it_lives(web.client) for web in found))
        yield found


async def rows(witness: AsyncConnection, query: str, *told: Any) -> list[tuple[Any, ...]]:
    return await (await witness.execute(query.encode(), told)).fetchall()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(15):
        while not await holds():  # noqa: ASYNC110  # other processes make it true
            await asyncio.sleep(0.05)


def about(name: str, order: str, minute: int = 0) -> dict[str, Any]:
    data = {"shop": "kk", "order": {"id": order}, "customer": {"id": f"C-{order}"}}
    return an_event(name, type="order.changed", time=f"2026-03-02T09:{minute:02}:00Z", data=data)


def told(answers: Iterable[httpx.Response]) -> Counter[str]:
    """What all of them came to; each must have been taken in."""
    found: Counter[str] = Counter()
    for answer in answers:
        assert answer.status_code == 202, (answer.status_code, answer.text)
        found.update(answer.json())
    return +found


async def test_what_all_are_told_at_once_is_there_once(
    webs: list[Web], witness: AsyncConnection
) -> None:
    events = [about(f"all-{number}", f"all-{number % 5}", number % 60) for number in range(60)]

    answers = await asyncio.gather(*(web.post(event) for event in events for web in webs))

    assert told(answers) == {"accepted": 60, "duplicates": 120}
    assert await rows(witness, "select count(*) from events where id like 'all-%%'") == [(60,)]
    assert await rows(
        witness, "select distinct seq from subjects where id like 'order:kk/all-%%'"
    ) == [(12,)]
    assert await rows(witness, _UNEVEN) == []


async def test_of_three_bodies_under_one_id_one_wins_and_two_are_counted(
    webs: list[Web], witness: AsyncConnection
) -> None:
    names = [f"rival-{number}" for number in range(20)]

    answers = await asyncio.gather(
        *(
            web.post(about(name, f"rival-{number}"))
            for name in names
            for number, web in enumerate(webs)
        )
    )

    assert told(answers) == {"accepted": 20, "conflicts": 40}
    assert await rows(
        witness, "select conflicts, count(*) from events where id like 'rival-%%' group by 1"
    ) == [(2, 20)]
    assert await rows(witness, _UNEVEN) == []


async def test_batches_that_name_the_same_orders_in_opposite_orders_wait_for_each_other(
    webs: list[Web], witness: AsyncConnection
) -> None:
    def batch(number: int) -> list[dict[str, Any]]:
        orders = [f"crossed-{order}" for order in range(6)]
        return [
            about(f"{order}-{number}", order, number)
            for order in (orders if number % 2 else orders[::-1])
        ]

    answers = await asyncio.gather(
        *(webs[number % _WEBS].post(*batch(number)) for number in range(30))
    )

    assert told(answers) == {"accepted": 180}
    assert await rows(
        witness, "select distinct seq from subjects where id like 'order:kk/crossed-%%'"
    ) == [(30,)]


async def test_conflicts_that_are_counted_in_opposite_orders_wait_for_each_other(
    webs: list[Web], witness: AsyncConnection
) -> None:
    names = [f"counted-{number}" for number in range(40)]
    await webs[0].post(*(about(name, name) for name in names))
    before = await rows(witness, _DEADLOCKS)
    chance = random.Random(1)
    batches = [
        [about(name, name, minute=1) for name in chance.sample(names, 33)] for _ in range(30)
    ]

    answers = await asyncio.gather(
        *(webs[number % _WEBS].post(*batch) for number, batch in enumerate(batches))
    )

    assert told(answers) == {"conflicts": 30 * 33}
    assert await rows(witness, "select sum(conflicts) from events where id like 'counted-%%'") == [
        (30 * 33,)
    ]
    await asyncio.sleep(1.1)  # sessions tell of their deadlocks once a second
    assert await rows(witness, _DEADLOCKS) == before


async def test_two_who_wait_for_each_other_let_go_and_cost_no_event(
    webs: list[Web], witness: AsyncConnection
) -> None:
    """Under one id each names another order, so that no lock of an order keeps them apart; whoever
    waits for too long gives up before the database finds the deadlock, and tries again.
    """
    await witness.execute(_SLOW)
    ours, theirs = (
        [about(f"slow-{n}", f"{whose}-{n}") for n in (1, 2)] for whose in ("ours", "theirs")
    )

    answers = await asyncio.gather(webs[0].post(*ours), webs[1].post(*reversed(theirs)))

    assert told(answers) == {"accepted": 2, "conflicts": 2}
    assert await rows(witness, "select conflicts from events where id like 'slow-%%'") == [
        (1,),
        (1,),
    ]
    # both had begun: whoever comes later inserts nothing
    assert await rows(witness, "select last_value > 2 from begun") == [(True,)]


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_is_contended_three_times_is_told_to_come_back_and_another_process_takes_it(
    webs: list[Web], witness: AsyncConnection, state: str
) -> None:
    event = about(f"contended-{state}", state)
    async with witnessed(witness, _CONTENDED.format(state), _UNCONTENDED):
        refused = await webs[0].post(event)
        tries = await rows(witness, "select last_value from tries")

    assert (refused.status_code, refused.headers["retry-after"], tries) == (503, "1", [(3,)])
    assert told([await webs[1].post(event)]) == {"accepted": 1}
    assert told([await webs[0].post(event)]) == {"duplicates": 1}


@asynccontextmanager
async def witnessed(witness: AsyncConnection, before: str, after: str) -> AsyncIterator[None]:
    await witness.execute(before.encode())
    try:
        yield
    finally:
        await witness.execute(after.encode())


async def test_relays_share_the_nudges_and_no_take_is_more_than_one_signal(
    webs: list[Web], witness: AsyncConnection, temporal_address: str
) -> None:
    temporal = await Client.connect(temporal_address)
    await witness.execute(_WATCH)
    names = [f"shared-{number}" for number in range(90)]
    mine = {f"order:kk/A-{name}" for name in names}
    try:
        answers = await asyncio.gather(
            *(webs[n % _WEBS].post(an_event(name)) for n, name in enumerate(names))
        )
        assert told(answers) == {"accepted": 90}

        async def are_signalled() -> bool:
            return all((await signals(temporal, mine)).values())

        await until(are_signalled)
        heard = await signals(temporal, mine)
        takes = await rows(witness, "select journey, tries, port from takes")
        times = Counter(journey for journey, _, _ in takes)
        assert len({(journey, tries) for journey, tries, _ in takes}) == len(takes)
        assert all(heard[journey] <= times[journey] for journey in mine)
        assert all(any(web.owns(port) for _, _, port in takes) for web in webs)
    finally:
        async for run in temporal.list_workflows("ExecutionStatus = 'Running'"):
            if run.id in {
                journey for (journey,) in await rows(witness, "select journey from journeys")
            }:
                await temporal.get_workflow_handle(run.id).terminate()


async def signals(temporal: Client, journeys: Iterable[str]) -> dict[str, int]:
    """How often each has been nudged."""

    async def of(journey: str) -> int:
        try:
            history = await temporal.get_workflow_handle(journey).fetch_history()
        except RPCError:  # it has not begun
            return 0
        return sum(
            event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
            for event in history.events
        )

    return {journey: await of(journey) for journey in journeys}
