"""Networks that swallow everything, locks that somebody keeps, a database that takes no writes, and
connections that say nothing.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import psycopg

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.limits import ChaosLimits, first_names
from bench.chaos.means.black_hole import NotAllowed, swallow
from bench.chaos.means.web_processes import web_processes
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent
from bench.chaos.timed_senders import NO_ANSWER, TimedSenders
from compose.store import Sessions, open_store
from local.embedded.postgres import answers
from local.rehearsal.meanwhile import meanwhile
from web.http.crowd import make_room

_SENDERS = 4
_BREATH = 0.3  # seconds between two requests of one sender
_ANSWERED_WITHIN = 5.0  # seconds
_LOCKS_END_WITHIN = 15.0
_LOCKED, _COMPARED = 20.0, 12.0
_OTHERS_WITHIN = 1.0
_UNWRITABLE = 4.0
_LOOK = 0.05
_SILENT, _STRANGER, _NEIGHBOUR = 2000, "127.0.0.2", "127.0.0.1"
_HUNG_UP_ON = 5.0  # seconds before they come again
_LOCK = "select 1 from subjects where id like %s order by id limit 1 for update"


@case("F23", "the database sessions of the web process and all workers are black-holed at once")
async def black_holed_sessions(scene: CaseScene) -> CaseResult:
    """New sessions work: requests are answered within 5 s, and mails go on within 15 s of the
    first one that a stranger gets after the strike, which is when others could have one.
    """
    over, parts, waited = asyncio.Event(), scene.site.parts, list[float]()
    server = psutil.Process(parts.child("PostgreSQL").pid)

    async def fault() -> int:
        await asyncio.sleep(2)
        web = psutil.Process(parts.child("web").pid)
        struck = await asyncio.to_thread(
            swallow, [web, *scene.site.workers()], server, _port(scene)
        )
        waited.append(await _until_new_session(scene))
        scene.over()
        await asyncio.sleep(10)
        over.set()
        return struck

    try:
        async with _senders(scene) as (senders, bystanders):
            struck, *_ = await asyncio.gather(
                fault(),
                scene.live(),
                *(senders.orders(over, _BREATH) for _ in range(_SENDERS)),
                bystanders.orders(over, _BREATH),
            )
    except NotAllowed as reason:
        return _skipped(scene, reason)
    why = [*first_names("answers", senders.why)]
    if not struck:
        why.append("no session was black-holed: the case proves nothing")
    result = await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why)
    measured = {
        "sessions black-holed": struck or 0,
        "s until a new session": round(waited[0], 2),
        **_longest(senders, bystanders),
    }
    return _slowed(result, senders.slower_than(_ANSWERED_WITHIN, bystanders), measured)


@case("F24", "a worker's host is black-holed inside transactions that hold locks")
async def black_holed_host(scene: CaseScene) -> CaseResult:
    """One session waits for its host between two statements, another in the middle of one message;
    the database ends both by itself.
    """
    await scene.live()
    await scene.settled()
    server = psutil.Process(scene.site.parts.child("PostgreSQL").pid)
    try:
        why = [
            f"{name}: its lock was kept for {seconds:.1f} s"
            for name, is_between in (("between statements", True), ("inside a message", False))
            if (seconds := await _kept(scene, server, is_between=is_between)) > _LOCKS_END_WITHIN
        ]
    except NotAllowed as reason:
        return _skipped(scene, reason)
    scene.over()
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


@case("F25", "somebody keeps one order's row locked for 20 s")
async def locked_order(scene: CaseScene) -> CaseResult:
    """Whoever tells of other orders notices nothing; what is told of this one comes later."""
    stuck, locked, over, now = scene.order(), asyncio.Event(), asyncio.Event(), datetime.now(UTC)
    await scene.post(stuck.event("order.confirmed", now))
    await scene.settled()

    async def fault() -> None:
        async with _locked(scene, f"order:{scene.shop}/{stuck.number}"):
            locked.set()
            await asyncio.gather(asyncio.sleep(_LOCKED), orders())
        scene.over()

    async def orders() -> None:
        asyncio.get_running_loop().call_later(_COMPARED, over.set)
        await _ask_both(others, bystanders, over)
        await scene.live()  # not before: all of it is told to one of the two processes

    async def post_once_locked(event: RawEvent) -> None:
        await locked.wait()
        await its_own.post(event)

    news = [stuck.event("order.changed", now, delivery) for delivery in range(12)]
    async with _senders(scene) as (others, bystanders):
        its_own = others.beside()
        await asyncio.gather(fault(), *(post_once_locked(one) for one in news))
    why = [*first_names("answers", [*others.why, *its_own.why])]
    if not its_own.answers[503]:
        why.append("nobody was told to come again: the case proves nothing")
    slow = its_own.slower_than(_ANSWERED_WITHIN, bystanders)
    slow += others.often_slower_than(_OTHERS_WITHIN, bystanders)
    measured = {
        "p95 of other senders": round(others.p95(), 3),
        "p95 of bystanders": round(bystanders.p95(), 3),
    }
    return _slowed(await scene.verdict(ChaosLimits(excuses=LATE), why=why), slow, measured)


@case("F33", "PostgreSQL is read-only for a while")
async def read_only(scene: CaseScene) -> CaseResult:
    """Senders are told to come again, `/readyz` says what is missing, and all goes on by itself."""
    over, told = asyncio.Event(), list[str]()

    async def fault() -> None:
        await asyncio.sleep(1)
        await _set_read_only(scene, "on")
        try:
            await asyncio.sleep(_UNWRITABLE / 2)
            ready = await scene.site.clients.api.get("/readyz")
            told.extend(ready.json()["missing"])
            await asyncio.sleep(_UNWRITABLE / 2)
        finally:
            await _set_read_only(scene, "off")
        scene.over()
        over.set()

    async with _senders(scene) as (senders, bystanders):
        await asyncio.gather(
            fault(),
            scene.live(),
            *(senders.orders(over, _BREATH) for _ in range(_SENDERS)),
            bystanders.asks(over, _BREATH),
        )
    why = [*first_names("answers", senders.why)]
    if told != ["writes"]:
        why.append(f"/readyz said that {told} was missing")
    if not senders.answers[503]:
        why.append("nobody was told to come again: the case proves nothing")
    result = await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why)
    slow = senders.slower_than(_ANSWERED_WITHIN, bystanders)
    return _slowed(result, slow, _longest(senders, bystanders))


@case("F36", "two thousand connections say nothing")
async def silent_connections(scene: CaseScene) -> CaseResult:
    """Those who have something to say are served meanwhile; first the silent are strangers, then
    they come from the address of those who speak, who may be hung up on and come again.
    """
    orders = max(scene.orders // 2, 1)

    async def speak(over: asyncio.Event) -> None:
        await scene.live(orders=orders)
        over.set()

    async with _senders(scene) as (senders, bystanders):
        beside_them = senders.beside()
        for address, who in ((_STRANGER, senders), (_NEIGHBOUR, beside_them)):
            over = asyncio.Event()
            async with meanwhile(_say_nothing(scene, address)):
                await asyncio.gather(speak(over), _ask_both(who, bystanders, over))
    wrong = [one for one in beside_them.why if not one.startswith(NO_ANSWER)]
    why = [*first_names("answers", [*senders.why, *wrong])]
    result = await scene.verdict(ChaosLimits(excuses=LATE), why=why)
    slow = [
        line
        for one in (senders, beside_them)
        for line in one.slower_than(_ANSWERED_WITHIN, bystanders)
    ]
    hung_up_on = len(beside_them.why) - len(wrong)
    measured = {"requests from the same address that were hung up on": hung_up_on}
    return _slowed(result, slow, measured | _longest(senders, bystanders))


@asynccontextmanager
async def _senders(scene: CaseScene) -> AsyncIterator[tuple[TimedSenders, TimedSenders]]:
    """Those who ask the web process that there is, and bystanders; both have met their process."""
    async with web_processes(scene.site, 2) as webs:
        senders, bystanders = (TimedSenders(scene, one) for one in webs)
        for one in (senders, bystanders):
            await one.beside().post(one.new_order())
        yield senders, bystanders


async def _ask_both(senders: TimedSenders, bystanders: TimedSenders, over: asyncio.Event) -> None:
    """As many of either, at the same time."""
    await asyncio.gather(
        *(one.orders(over, _BREATH) for one in (senders, bystanders) for _ in range(_SENDERS))
    )


def _port(scene: CaseScene) -> int:
    port = urlsplit(scene.site.parts.running.database_url).port
    assert port is not None
    return port


def _slowed(result: CaseResult, slow: list[str], measured: Mapping[str, float]) -> CaseResult:
    """With what a busy machine alone can cause, and how long it took."""
    return replace(result, slow=(*result.slow, *slow), measured=measured)


def _longest(senders: TimedSenders, bystanders: TimedSenders) -> dict[str, float]:
    """What a sender has waited at most."""
    return {
        f"s that a {who} waited at most": round(max(one.seconds, default=0.0), 2)
        for who, one in (("sender", senders), ("bystander", bystanders))
    }


async def _until_new_session(scene: CaseScene) -> float:
    """How many seconds pass until a stranger's new session has answered."""
    began = time.monotonic()
    while not await answers(scene.site.parts.running.database_url):  # noqa: ASYNC110  # the server makes it true
        await asyncio.sleep(_LOOK)
    return time.monotonic() - began


def _skipped(scene: CaseScene, reason: Exception) -> CaseResult:
    return CaseResult(scene.fault, scene.title, skipped=str(reason))


async def _kept(scene: CaseScene, server: psutil.Process, *, is_between: bool) -> float:
    """How many seconds a lock was kept by a session whose host has vanished."""
    sessions = Sessions(scene.site.parts.running.database_url, 1, "purna lost host")
    naming, seconds = scene.site.clients.store.naming, list[float]()
    with suppress(psycopg.OperationalError):  # the session is lost
        async with (
            open_store(sessions, naming) as store,
            store.pool.connection() as connection,
            AsyncExitStack() as stack,
        ):
            await connection.execute("begin")
            if not is_between:
                await stack.enter_async_context(connection.pipeline())
            locking = await connection.execute(_LOCK, (f"order:{scene.shop}/%",))
            assert await locking.fetchone()
            ours = frozenset({_local_port(connection.fileno())})
            await asyncio.to_thread(swallow, [psutil.Process()], server, _port(scene), ours)
            began = time.monotonic()
            async with _locked(scene, f"order:{scene.shop}/%"):
                seconds.append(time.monotonic() - began)
            await connection.close()
    return seconds[0] if seconds else inf  # nobody was let in


def _local_port(number: int) -> int:
    with socket.socket(fileno=os.dup(number)) as ours:
        return int(ours.getsockname()[1])


@asynccontextmanager
async def _locked(scene: CaseScene, subject: str) -> AsyncIterator[None]:
    """By somebody whom no limit of ours ends."""
    async with (
        await psycopg.AsyncConnection.connect(scene.site.parts.running.database_url) as connection,
        connection.transaction(),
    ):
        locking = await connection.execute(_LOCK, (subject,))
        assert await locking.fetchone()
        yield


async def _set_read_only(scene: CaseScene, state: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        scene.site.parts.running.database_url, autocommit=True
    ) as connection:
        await connection.execute(
            f"alter system set default_transaction_read_only = {state}".encode()
        )
        await connection.execute("select pg_reload_conf()")


async def _say_nothing(scene: CaseScene, whence: str) -> None:
    """Each connection is made anew as soon as it is hung up on, until this is cancelled."""
    make_room()  # so many files are more than a process usually opens
    address = urlsplit(scene.site.parts.url)

    async def silence() -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(
                    address.hostname, address.port, local_addr=(whence, 0)
                )
                try:
                    await reader.read()
                finally:
                    writer.close()
            await asyncio.sleep(_HUNG_UP_ON)

    await asyncio.gather(*(silence() for _ in range(_SILENT)))
