"""Worker and web process are killed again and again while a log is played: nothing is lost, nothing
is sent twice.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from engine.facts.naming import subject_id
from local.parts import naming_of
from local.rehearsal import travel
from local.rehearsal.demo.log import moved, parsed, read_log
from local.rehearsal.demo.player import Player, Progress
from local.rehearsal.demo.verdict import DemoVerdict, judge, replayed
from local.rehearsal.meanwhile import meanwhile
from process.shipped import SAMPLES
from store.records.answers import JourneyRow
from tests.conftest import open_folder
from tests.e2e.installation import Installation, an_installation, until
from tests.e2e.stories import today

SEED = 20261121
_KILLS = 6  # of each
# Seconds between two customers' first events: whom a kill hits stands still for ten, and the next
# one hits others.
_APART = 0.6
# Seconds after which a message inside DATA is given up; the product waits longer for a slow server
# than ours ever is.
_LEASE = 3
_SETTLED = """
select not exists (select 1 from nudges where journey = any(%(mine)s))
    and not exists (
        select 1 from effects where journey = any(%(mine)s)
            and state in ('wanted', 'claimed', 'data'))
    and not exists (
        select 1 from effects join journeys using (journey)
        where journey = any(%(mine)s) and state = 'held'
            and (wake_at is null or wake_at > held_until))
"""
_SHORTEN_LEASES = f"""
update effects set data_until_db = touched_db + interval '{_LEASE} seconds' where state = 'data'
"""  # only our own constant is put in
Log = list[dict[str, Any]]


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[Installation]:
    with open_folder() as folder:
        async with an_installation(folder / ".purna", pause=0.05) as started:
            yield started


class OneCustomer(Player):
    """Plays what happens to one customer, whom no other customer's events concern; so many can be
    played at once.
    """

    def __init__(self, installation: Installation, log: Log) -> None:
        super().__init__(installation.store, installation.temporal, installation.api, Progress())
        self.pool = installation.store.pool
        shop, self.customer = log[0]["data"]["shop"], log[0]["data"]["customer"]["id"]
        orders = {event["data"]["order"]["id"] for event in log if "order" in event["data"]}
        person = naming_of(installation.stage.secret).journey(
            subject_id("customer", shop, self.customer)
        )
        self.mine = [person, *(subject_id("order", shop, order) for order in orders)]

    async def _next_due(self) -> JourneyRow | None:
        rows = [
            row
            for row in await self.store.journeys.woken()
            if row.wake_at and row.waits and row.journey in self.mine
        ]
        return min(rows, key=lambda row: (row.wake_at, row.journey), default=None)

    async def _settled(self) -> None:
        async def is_settled() -> bool:
            async with self.pool.connection() as connection:
                return bool((await connection.rows(_SETTLED, {"mine": self.mine}))[0][0])

        await travel.until(is_settled)


async def test_a_log_that_is_played_under_kills_leads_to_every_message_once(
    installation: Installation, record_property: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel, "_LOOK", 0.1)  # many players look at once
    log = moved(
        [*_copy(read_log(SAMPLES, None), "a"), *_copy(read_log(SAMPLES, None), "b")], today()
    )
    async with killing(installation), giving_up_leases(installation):
        verdict = await _played(installation, log)

    restarts = {name: installation.child(name).restarts for name in ("worker", "web")}
    record_property("uncertain", verdict.uncertain)
    assert verdict.is_clean, verdict
    assert verdict.orders == 24
    assert min(restarts.values()) >= 4, restarts


def _copy(log: Log, name: str) -> Log:
    """The same happening to other customers and orders."""
    copies = []
    for event in log:
        data = {
            thing: told if thing == "shop" else _renamed(told, name)
            for thing, told in event["data"].items()
        }
        if email := data["customer"].get("email"):
            data["customer"]["email"] = f"{name}-{email}"
        copies.append({**event, "id": f"{event['id']}-{name}", "data": data})
    return copies


def _renamed(told: dict[str, Any], name: str) -> dict[str, Any]:
    return {**told, "id": f"{told['id']}-{name}"} if "id" in told else dict(told)


async def _played(installation: Installation, log: Log) -> DemoVerdict:
    began = time.monotonic()
    by_customer: dict[str, Log] = {}
    for event in log:
        by_customer.setdefault(event["data"]["customer"]["id"], []).append(event)
    async with asyncio.TaskGroup() as group:
        for mine in by_customer.values():
            group.create_task(OneCustomer(installation, mine).play(mine))
            await asyncio.sleep(_APART)
    stage = installation.stage
    events = parsed(log, stage.ruleset.catalog, today())
    expected = replayed(
        sorted(events, key=lambda one: one.occurred_at), stage.ruleset, naming_of(stage.secret)
    )
    return judge(
        expected,
        await installation.store.inquiries.effects(),
        stage.mail,
        events,
        time.monotonic() - began,
    )


@asynccontextmanager
async def killing(installation: Installation) -> AsyncIterator[None]:
    async def kill(name: str) -> None:
        chance = random.Random(f"{SEED} {name}")
        for deaths in range(_KILLS):
            await until(lambda deaths=deaths: _serves(installation, name, deaths))  # type: ignore[misc]  # mypy knows no default in a lambda
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            installation.kill(name)

    async with meanwhile(kill("worker")), meanwhile(kill("web")):
        yield


async def _serves(installation: Installation, name: str, deaths: int) -> bool:
    """Whether it has come back after so many deaths; to kill it while it starts would
    hit nothing.
    """
    child = installation.child(name)
    if child.restarts < deaths:
        return False
    if name == "web":
        return await child.part.ready()
    return child.part.log.read_text().count('"event": "ready"') > deaths


@asynccontextmanager
async def giving_up_leases(installation: Installation) -> AsyncIterator[None]:
    async def shorten() -> None:
        while True:
            await installation.execute(_SHORTEN_LEASES)
            await asyncio.sleep(0.5)

    async with meanwhile(shorten()):
        yield
