"""What senders do: the same again, out of order, nonsense, poison."""

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import psutil  # type: ignore[import-untyped]  # it has no types of its own

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.faulty_smtp import Taken
from bench.chaos.limits import ChaosLimits, first_names
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent, StoryOrder
from local.rehearsal.demo.log import parsed
from local.rehearsal.event_post import AS_EVENT
from store.memory.store import MemoryStore

_SPOIL = """update subjects set facts = '{"happened": 7}' where id = %s"""
_PARALLEL = 50
_CLIENT_ERROR = 4
_AT_ONCE = 1.0  # second
_PATIENCE = 15.0  # seconds; a request may take ten
_TIMES = 5
_GROWTH = (
    64 * 1024 * 1024
)  # bytes by which the web process may grow over all hostile bodies together


@case(
    "F7", "every event comes one to five times, fifty in parallel, under the same and under new ids"
)
async def again_and_again(scene: CaseScene) -> CaseResult:
    """The replay is told each event once; the sink must agree with it."""
    now = datetime.now(UTC)
    orders = [scene.order() for _ in range(scene.orders)]
    stages = [[order.consent(now - timedelta(days=3)) for order in orders]]
    stages.append([order.event("order.confirmed", now - timedelta(days=2)) for order in orders])
    stages.append([order.gold(now) for order in orders])
    stages.append([order.delivered(now) for order in orders])
    for stage in stages:
        await _posted(scene, [again for event in stage for again in _deliveries(scene, event)])
    why = [] if len(scene.accepted) > len(stages) * len(orders) else ["nothing came under a new id"]
    return await scene.verdict(why=why, is_once=True)


@case("F8", "the events of each order come shuffled")
async def shuffled(scene: CaseScene) -> CaseResult:
    """Final facts as in order; nothing that is over is told of."""
    orders = [scene.order() for _ in range(scene.orders)]
    now = datetime.now(UTC)
    async with asyncio.TaskGroup() as group:
        for order in orders:
            events = _whole(order, now)
            scene.chance.shuffle(events)
            group.create_task(scene.post(*events))
    await scene.settled()
    forbidden = [one.address for one in orders if _told_late(scene, one)]
    return await scene.verdict(
        ChaosLimits(excuses=LATE), forbidden=forbidden, why=await _other_facts(scene, orders, now)
    )


@case("F12", "ten megabytes, depth 10,000, NaN, NUL, lone surrogates, slow senders")
async def hostile_bodies(scene: CaseScene) -> CaseResult:
    """Each is refused within a second while orders go on, and memory stays flat; a slow sender is
    hung up on.
    """
    web = psutil.Process(scene.site.parts.child("web").pid)
    await scene.live(orders=3)
    before = web.memory_info().rss
    slow = asyncio.create_task(_slow(scene))
    why = [
        said
        for name, body in _hostile(scene.order()).items()
        if (said := await _refused(scene, name, body))
    ]
    await scene.live(orders=3)
    why += await slow
    if (growth := web.memory_info().rss - before) > _GROWTH:
        why.append(f"the web process grew by {growth // 2**20} MiB")
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


@case("F13", "an event that nobody can make sense of")
async def poison(scene: CaseScene) -> CaseResult:
    """Its fold raises for good; it is accepted, set aside where a person sees it, and the others go
    on.
    """
    order, now = scene.order(), datetime.now(UTC)
    await scene.post(order.event("order.confirmed", now - timedelta(hours=1)))
    await scene.settled()
    # A fact that no version of the fold ever wrote: what a bug or a hand in the database would
    # leave behind.
    await scene.execute(_SPOIL, f"order:{scene.shop}/{order.number}")
    poisoned = order.event("shipment.shipped", now - timedelta(minutes=30))
    answer = await scene.events.post(poisoned)
    await scene.live(orders=max(scene.orders // 4, 3))
    await scene.settled()
    seen = {one.id for one in await scene.site.clients.store.quarantine.entries()}
    why = (
        []
        if answer.status_code == httpx.codes.ACCEPTED
        else [f"the poison was answered {answer.status_code}"]
    )
    why += [] if poisoned["id"] in seen else ["the poison is not in the quarantine"]
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


def _deliveries(scene: CaseScene, event: RawEvent) -> list[RawEvent]:
    """Up to five times, each under the old id or a new one."""
    times = scene.chance.randint(1, _TIMES)
    return [event, *(_again(event, scene.chance.randint(1, _TIMES)) for _ in range(times - 1))]


def _again(event: RawEvent, delivery: int) -> RawEvent:
    return {**event, "id": f"{event['id'].rpartition('-')[0]}-{delivery}"}


async def _posted(scene: CaseScene, events: list[RawEvent]) -> None:
    """All of them, fifty at a time, in any order."""
    scene.chance.shuffle(events)
    left = iter(events)

    async def sender() -> None:
        for event in left:
            await scene.post(event)

    await asyncio.gather(*(sender() for _ in range(_PARALLEL)))


def _whole(order: StoryOrder, now: datetime) -> list[RawEvent]:
    """From the order to its arrival, stage by stage; no two at the same time."""
    stages = (
        "order.placed", "order.confirmed", "shipment.packed", "shipment.shipped",
        "shipment.in_transit",
        "shipment.out_for_delivery", "shipment.delivered",
    )  # fmt: skip
    return [
        order.event(kind, now - timedelta(hours=2) + timedelta(minutes=number))
        for number, kind in enumerate(stages)
    ]


def _told_late(scene: CaseScene, order: StoryOrder) -> bool:
    """Whether its customer heard of the shipping after the arrival."""
    subjects = [one.subject.split(" ")[0] for one in _by_time(scene, order)]
    return "delivered" in subjects and "shipped" in subjects[subjects.index("delivered") :]


def _by_time(scene: CaseScene, order: StoryOrder) -> list[Taken]:
    return sorted(
        (one for one in scene.taken() if one.recipient == order.address),
        key=lambda one: one.began_at,
    )


async def _other_facts(scene: CaseScene, orders: list[StoryOrder], now: datetime) -> list[str]:
    """Orders of which other facts are known than if everything had come in order."""
    told = parsed(
        (event for order in orders for event in _whole(order, now)),
        scene.site.parts.ruleset.catalog,
        now,
    )
    store = MemoryStore(scene.site.parts.ruleset, scene.site.clients.store.naming)
    store.ingest(told, now)
    rows = dict(await scene.rows("select id, facts from subjects"))
    subjects = [f"order:{scene.shop}/{order.number}" for order in orders]
    other = [subject for subject in subjects if rows[subject] != store.log.subjects[subject].facts]
    return list(first_names("other facts than in order", other))


def _hostile(order: StoryOrder) -> dict[str, bytes]:
    event = json.dumps(
        order.event("order.confirmed", datetime.now(UTC), order={"total": "?"})
    ).encode()
    return {
        "ten megabytes": b'"' + b"x" * 10_000_000 + b'"',
        "depth 10,000": b"[" * 10_000 + b"]" * 10_000,
        "depth 10,000 of objects": b'{"a":' * 10_000,
        "NaN": event.replace(b'"?"', b"NaN"),
        "NUL": event.replace(b'"?"', b'"\\u0000"'),
        "a lone surrogate": event.replace(b'"?"', b'"\\ud800"'),
        "an encoded surrogate": event.replace(b"?", b"\xed\xa0\x80"),
        "a long number": event.replace(b'"?"', b"1" * 900_000),
        "half an event": event[: len(event) // 2],
    }


async def _refused(scene: CaseScene, name: str, body: bytes) -> str | None:
    """What was wrong with the answer."""
    began = time.monotonic()
    answer = await scene.site.clients.api.post("/events", content=body, headers=AS_EVENT)
    seconds = time.monotonic() - began
    if answer.status_code // 100 != _CLIENT_ERROR:
        return f"{name} was answered {answer.status_code}"
    return f"{name} was answered after {seconds:.1f} s" if seconds > _AT_ONCE else None


async def _slow(scene: CaseScene) -> list[str]:
    """A sender that trickles: what was wrong with how it was seen off."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", httpx.URL(scene.site.parts.running.addresses["web"]).port
    )
    status = ""
    writer.write(b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n")
    token = scene.site.parts.supervisor.keys.api_token.encode()
    writer.write(
        b"Authorization: Bearer "
        + token
        + b"\r\nContent-Type: application/cloudevents+json\r\n\r\n"
    )
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            answer = asyncio.create_task(reader.readline())
            while not answer.done():
                writer.write(b" ")
                await asyncio.wait([answer], timeout=0.2)
            status = (await answer).decode()
    writer.close()
    seconds = time.monotonic() - began
    return (
        []
        if " 408 " in status and seconds < _PATIENCE
        else [f"a slow sender: {status!r} after {seconds:.1f} s"]
    )
