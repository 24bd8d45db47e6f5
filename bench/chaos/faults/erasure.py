"""A customer is erased while messages wait: their name, address and phone are found nowhere
afterwards.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.faulty_smtp import SmtpFault, mixed
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ROOT, ChaosSite
from bench.chaos.stories import RawEvent, StoryOrder
from engine.facts.naming import subject_id
from local.embedded.programs import programs_for

_GREYLISTED = 0.7
_SLACK = timedelta(seconds=0.5)  # between the last question and DATA on the wire, as in F17


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """A customer who will be erased, with an order."""

    order: StoryOrder
    first_name: str
    phone: str

    @property
    def private(self) -> Mapping[str, str]:
        """What must not be found afterwards, by what it is."""
        return {"name": self.first_name, "address": self.order.address, "phone": self.phone}

    def event(self, kind: str, at: datetime, delivery: int = 1) -> RawEvent:
        """Something that happened to their order, with all that is known of them."""
        known = {**self.private, "first_name": self.first_name, "email": self.order.address}
        return self.order.event(kind, at, delivery, customer=known)


@case("F18", "customers are erased while messages wait for them")
async def erased(scene: CaseScene) -> CaseResult:
    """Half of the customers are erased, one by the command; a search for them over everything finds
    nothing.
    """
    scene.site.smtp.faults = mixed(scene.chance.randrange(2**32), {SmtpFault.RCPT_451: _GREYLISTED})
    # Of another shop: the judge cannot replay a log that says nothing any more.
    shop = f"{scene.shop}-erased"
    people = [_person(shop, number) for number in range(1, scene.orders // 2 + 1)]
    async with asyncio.TaskGroup() as group:
        group.create_task(scene.live(orders=scene.orders - len(people)))
        for person in people:
            group.create_task(_waits(scene, person))
    gone_at = await _erase(scene, people)
    now = datetime.now(UTC)
    await scene.post(*(person.event("order.changed", now) for person in people))
    scene.calm()
    scene.over()
    await scene.settled()
    found = [one async for one in _remains(scene.site, people)]
    return await scene.verdict(
        ChaosLimits(excuses=LATE), forbidden=_afterwards(scene.site, gone_at), why=found
    )


def _person(shop: str, number: int) -> ErasedPerson:
    return ErasedPerson(StoryOrder(shop, f"{number}"), f"Zsazsa{number:04d}", f"+3366{number:07d}")


async def _waits(scene: CaseScene, person: ErasedPerson) -> None:
    """A message that the mail server may put off, and one that is due in a while."""
    now = datetime.now(UTC)
    await scene.post(
        person.event("consent.given", now - timedelta(days=1)),
        person.event("shipment.shipped", now - timedelta(hours=1)),
        person.event("shipment.delivered", now - timedelta(hours=2) + timedelta(seconds=20)),
    )


async def _erase(scene: CaseScene, people: list[ErasedPerson]) -> dict[str, datetime]:
    """When each was gone, by address."""
    gone_at = {}
    for person in people[1:]:
        await scene.site.clients.store.customers.erase(
            subject_id("customer", person.order.shop, person.order.customer), datetime.now(UTC)
        )
        gone_at[person.order.address] = datetime.now(UTC)
    for person in people[:1]:
        await _by_command(scene.site, person)
        gone_at[person.order.address] = datetime.now(UTC)
    return gone_at


async def _by_command(site: ChaosSite, person: ErasedPerson) -> None:
    words = (
        "erase",
        person.order.customer,
        "--shop",
        person.order.shop,
        "--home",
        str(site.parts.home),
        "--yes",
    )
    command = (sys.executable, "-c", "from cli.main import main; main()", *words)
    await _answer(*command, environ={"PATH": os.defpath, "PYTHONPATH": str(ROOT)})


async def _answer(*command: str, environ: Mapping[str, str] | None = None) -> bytes:
    """What a program says on stdout; RuntimeError if it fails."""
    process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1, env=environ)
    told, failure = await process.communicate()
    if process.returncode:
        raise RuntimeError(
            f"{command[0]} ended with {process.returncode}: "
            f"{failure.decode(errors='replace')[-300:]}"
        )
    return told


async def _remains(site: ChaosSite, people: Iterable[ErasedPerson]) -> AsyncIterator[str]:
    """Every place in which something private of an erased customer is still found."""
    dump = await _answer(str(programs_for(None) / "pg_dump"), site.parts.running.database_url)
    for place in _searched("the database's dump", dump, people):
        yield place
    async for workflow in site.clients.temporal.list_workflows():
        handle = site.clients.temporal.get_workflow_handle(workflow.id, run_id=workflow.run_id)
        told = (await handle.fetch_history()).to_json().encode() + workflow.id.encode()
        for place in _searched(f"the history of {workflow.id}", told, people):
            yield place
    for log in sorted(site.parts.home.rglob("*.log")):
        for place in _searched(f"the log {log.name}", log.read_bytes(), people):
            yield place


def _searched(place: str, content: bytes, people: Iterable[ErasedPerson]) -> Iterator[str]:
    for person in people:
        for what, text in person.private.items():
            if text.encode() in content:
                yield f"the {what} of an erased customer is in {place}"


def _afterwards(site: ChaosSite, gone_at: Mapping[str, datetime]) -> Iterator[str]:
    """Mails whose DATA began after their customer was gone."""
    for one in site.smtp.kept:
        since = gone_at.get(one.recipient)
        if since and one.began_at > since + _SLACK:
            yield f"{one.subject} to an erased customer"
