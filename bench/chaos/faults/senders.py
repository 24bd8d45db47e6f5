"""Senders that are not to be believed in everything: their clocks lie, and each has a name of its
own for the same parcel and the same person.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from urllib.parse import urlsplit

import httpx

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE, killing_workers
from bench.chaos.faults.rule_meanings import miscounted, unsure
from bench.chaos.faulty_smtp import Taken
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent, StoryOrder
from engine.decisions.reason import Reason
from local.rehearsal.meanwhile import meanwhile

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_AHEAD = timedelta(minutes=10)
_YEAR = 366 * _DAY
_SLACK = timedelta(seconds=0.5)  # between the last question and DATA on the wire


@case("R3", "consent is dated a year ahead, cancellations ten minutes ahead; people unsubscribe")
async def clocks_ahead(scene: CaseScene) -> CaseResult:
    """After the page's answer nothing promotional comes, and what was cancelled is not thanked
    for.
    """
    people = [scene.order() for _ in range(max(scene.orders // 2, 4))]
    for person in people:
        now = datetime.now(UTC)
        await scene.post(person.consent(now + _YEAR), arrival(person, person.number, now))
    await scene.settled()
    answered = dict([await unsubscribe(scene, one) for one in scene.taken() if is_thanks(one)])
    cancelled: dict[str, datetime] = {}
    for number, person in enumerate(people):
        now = datetime.now(UTC)
        second = f"{person.number}-second"
        await scene.post(arrival(person, second, now, timedelta(seconds=3)))
        if number % 2:
            await scene.post(person.event("order.cancelled", now + _AHEAD, order={"id": second}))
            cancelled[person.address] = datetime.now(UTC)
    await scene.settled(datetime.now(UTC) + timedelta(minutes=1))
    forbidden = [
        f"{one.subject} to {one.recipient}"
        for one in scene.taken()
        if is_thanks(one)
        and any(one.began_at > said.get(one.recipient, _never()) for said in (answered, cancelled))
    ]
    why = [] if len(answered) == len(people) else [f"{len(answered)} of {len(people)} were thanked"]
    limits = ChaosLimits(excuses=LATE | {Reason.NO_CONSENT})
    return await scene.verdict(limits, forbidden=forbidden, why=why)


@case("R4", "the carrier knows parcels by their number, and tells of them before the shop does")
async def several_names(scene: CaseScene) -> CaseResult:
    """Each parcel is one thing under two names, in whatever order its news come."""
    orders = [scene.order() for _ in range(scene.orders)]
    async with meanwhile(killing_workers(scene)):
        await asyncio.gather(*(_two_senders(scene, order) for order in orders))
    scene.over()
    await scene.settled()
    why = miscounted(scene, {"delivered": orders}, await unsure(scene), only=("delivered",))
    return await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why)


async def _two_senders(scene: CaseScene, order: StoryOrder) -> None:
    now = datetime.now(UTC)
    number = f"T-{scene.shop}-{order.number}"
    parcel = {"id": f"P{order.number}", "tracking_number": number}
    events = [
        order.event("order.confirmed", now - 2 * _DAY),
        order.event("shipment.shipped", now - _DAY, shipment=parcel),
        _of_carrier(scene, "shipment.in_transit", number, now - 3 * _HOUR),
        _of_carrier(scene, "shipment.delivered", number, now - _HOUR),
    ]
    scene.chance.shuffle(events)
    for event in events:
        await asyncio.sleep(scene.chance.uniform(0, 0.5))
        await scene.post(event)


def _of_carrier(scene: CaseScene, kind: str, number: str, at: datetime) -> RawEvent:
    """All that a carrier knows: its number for the parcel."""
    return {
        "specversion": "1.0", "id": f"{number}-{kind}", "source": "chaos", "type": kind,
        "time": at.isoformat(),
        "data": {"shop": scene.shop, "shipment": {"tracking_number": number}},
    }  # fmt: skip


def arrival(
    person: StoryOrder, order: str, now: datetime, due_in: timedelta = timedelta(0)
) -> RawEvent:
    """An order of this person has arrived at a moment from which thanks are due in so long."""
    at, parcel = now - 2 * _HOUR + due_in, {"id": f"P{order}"}
    event = person.event("shipment.delivered", at, order={"id": order}, shipment=parcel)
    return {**event, "id": f"{event['id']}-{order}"}


def is_thanks(one: Taken) -> bool:
    """Whether a mail is one that needs consent."""
    return one.subject.startswith("thanks")


def _never() -> datetime:
    return datetime.max.replace(tzinfo=UTC)


async def unsubscribe(scene: CaseScene, one: Taken) -> tuple[str, datetime]:
    """One click, as a mail program does it; from then on nothing may come but what is leaving."""
    link = urlsplit(str(message_from_bytes(one.content)["List-Unsubscribe"]).strip("<>"))
    answer = await scene.site.clients.api.post(
        f"{link.path}?{link.query}", data={"List-Unsubscribe": "One-Click"}
    )
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"the page answered {answer.status_code}")
    return one.recipient, datetime.now(UTC) + _SLACK
