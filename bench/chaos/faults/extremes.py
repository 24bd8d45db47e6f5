"""What senders state that is extreme and not wrong: one customer with the orders of everybody, ids
and texts as long as they may be.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bench.chaos.cases import case
from bench.chaos.limits import first_names, percentile
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent, StoryOrder
from engine.facts.lengths import MAX_ID, MAX_ID_BYTES, MAX_NAME, MAX_TEXT

_CROWD = 10  # orders of one guest for each order of the run
_OTHERS = 30  # of whose requests the time is taken
_BREATH = 0.05
_SLOWER, _SLACK = 1.5, 0.1  # times, seconds
# A letter of each number of bytes, and one that JSON and addresses have to escape.
_LETTERS = ("x", "é", "本", "🎁", '"', "/")
# By what things and people are found: the longest that is taken, and what it is to be refused by.
_SHORT = {
    "shipment.carrier": MAX_NAME,
    "shipment.tracking_number": MAX_NAME,
    "customer.phone": MAX_NAME,
    "order.phone": MAX_NAME,
}
_LONG = ("customer.first_name", "order.shipping_address", "shipment.place")


@case("F30", "one guest id shared by the orders of everybody")
async def shared_guest(scene: CaseScene) -> CaseResult:
    """Each order's mail goes to the address that the order stated, and others wait no longer than
    beside as many orders of as many customers.
    """
    crowd = [scene.order() for _ in range(_CROWD * scene.orders)]
    strangers = [scene.order() for _ in range(len(crowd))]
    apart = await _beside(scene, [_shipped(one) for one in strangers])
    await scene.settled()  # their mails would slow whoever comes next
    shared = await _beside(scene, [_shipped(one, "guest") for one in crowd])
    await scene.settled()
    why = list(_astray(scene, crowd))
    if shared > _SLOWER * apart + _SLACK:
        why.append(f"p95 of others is {shared:.2f} s beside one guest, {apart:.2f} s beside many")
    return await scene.verdict(why=why)


@case("F39", "ids and texts of maximal length in every field")
async def longest(scene: CaseScene) -> CaseResult:
    """Taken, kept and written to, or refused with 422 and the name of the field."""
    orders = [scene.order() for _ in _LETTERS]
    taken = list(zip(orders, _LETTERS, strict=True))
    why = [said for one in taken for said in await _posted_at_length(scene, *one)]
    for letter in _LETTERS:
        why += [said for name in _SHORT for said in await _refused(scene, name, letter, _SHORT)]
    why += [said for name in _LONG for said in await _refused(scene, name, "x", {})]
    await scene.settled()
    missing = {one.address for one in orders} - {one.recipient for one in scene.taken()}
    why += first_names("taken and never written to", sorted(missing))
    return await scene.verdict(why=why)


def _shipped(order: StoryOrder, customer: str = "") -> RawEvent:
    known = {"customer": {"id": customer}} if customer else {}
    return order.event("shipment.shipped", datetime.now(UTC) - timedelta(hours=1), 1, **known)


async def _beside(scene: CaseScene, crowd: Sequence[RawEvent]) -> float:
    """The 95th percentile of the time that others wait for their 202 while these are posted."""
    waited: list[float] = []
    async with asyncio.TaskGroup() as group:
        for event in crowd:
            group.create_task(scene.post(event))
        for _ in range(_OTHERS):
            await asyncio.sleep(_BREATH)
            began, order = time.monotonic(), scene.order()
            answer = await scene.events.post(_shipped(order))
            waited.append(time.monotonic() - began)
            if answer.status_code != httpx.codes.ACCEPTED:
                waited.append(float("inf"))
    return percentile(sorted(waited), 0.95)


def _astray(scene: CaseScene, crowd: Sequence[StoryOrder]) -> Iterator[str]:
    """Mails that an address did not get once, counted by hand."""
    told = Counter((one.recipient, one.subject) for one in scene.taken())
    wrong = [one.address for one in crowd if told[one.address, f"shipped {one.number}"] != 1]
    yield from first_names("without the one mail of their order", wrong)


async def _posted_at_length(scene: CaseScene, order: StoryOrder, letter: str) -> list[str]:
    """An order all of whose ids and texts are as long as they may be."""
    name = _longest(letter, MAX_ID)
    things: dict[str, dict[str, Any]] = {
        "order": {"id": name, "items": [{"id": name, "title": letter * MAX_TEXT}] * 5},
        "shipment": {"id": name, "tracking_number": name},
        "customer": {"id": name},
    }
    for fact in _LONG:
        things[fact.partition(".")[0]][fact.partition(".")[2]] = letter * MAX_TEXT
    event = order.event("shipment.shipped", datetime.now(UTC) - timedelta(hours=1), 1, **things)
    return await _answered(scene, {**event, "id": name}, httpx.codes.ACCEPTED, "")


async def _refused(scene: CaseScene, fact: str, letter: str, short: dict[str, int]) -> list[str]:
    """A text that is longer than it may be."""
    thing, _, key = fact.partition(".")
    text = _longest(letter, short[fact]) + letter if fact in short else letter * (MAX_TEXT + 1)
    event = scene.order().event("shipment.shipped", datetime.now(UTC), 1, **{thing: {key: text}})
    return await _answered(scene, event, httpx.codes.UNPROCESSABLE_ENTITY, f"data.{fact}")


async def _answered(scene: CaseScene, event: RawEvent, status: int, field: str) -> list[str]:
    """What is wrong with the answer."""
    answer = await scene.events.post(event)
    named = answer.json().get("error", {}).get("field", "")
    if (answer.status_code, named) == (status, field):
        return []
    return [f"{field or 'the longest ids'} answered {answer.status_code} {named}"]


def _longest(letter: str, most: int) -> str:
    """A text of one letter, as long as an index bears."""
    return letter * min(most, MAX_ID_BYTES // len(letter.encode()))
