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

from compose.store import naming_of
from engine.facts.naming import subject_id
from local.rehearsal.demo.log import moved, parsed, read_log
from local.rehearsal.demo.play import judged_play, play_log
from local.rehearsal.demo.progress import Progress
from local.rehearsal.demo.verdict import DemoVerdict, verdict_of
from local.rehearsal.meanwhile import meanwhile
from local.rehearsal.player import Player, PlayRules
from local.rehearsal.travel import until
from process.shipped import SAMPLES
from tests.conftest import open_folder
from tests.e2e.running_shop import RunningShop, a_running_shop
from tests.e2e.stories import today

SEED = 20261121
_KILLS = 6  # of each
# Seconds between two customers' first events: whom a kill hits stands still for ten, and the next
# one hits others.
_APART = 0.6
# A message that is leaving is given up after three seconds; the product waits longer for a slow
# server than ours ever is.
_IMPATIENT = {"PURNA_LEASE": "3", "PURNA_SMTP_TIMEOUTS": "operation=1 data=1.5 record=0.5"}
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
Log = list[dict[str, Any]]


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[RunningShop]:
    with open_folder() as folder:
        async with a_running_shop(folder / ".purna", pause=0.05, **_IMPATIENT) as started:
            yield started


def a_player(running: RunningShop, log: Log) -> Player:
    """Plays what happens to one customer, whom no other customer's events concern; so many can be
    played at once.
    """
    shop, customer = log[0]["data"]["shop"], log[0]["data"]["customer"]["id"]
    orders = {event["data"]["order"]["id"] for event in log if "order" in event["data"]}
    person = naming_of(running.parts.secret).journey(subject_id("customer", shop, customer))
    mine = [person, *(subject_id("order", shop, order) for order in orders)]

    async def is_at_rest() -> bool:
        async with running.clients.pool.connection() as connection:
            return bool((await connection.rows(_SETTLED, {"mine": mine}))[0][0])

    # Many players look at once.
    return Player(running.clients, PlayRules(mine=mine, is_at_rest=is_at_rest, look=0.1))


@pytest.mark.timeout(300)  # beside all other tests
async def test_a_log_that_is_played_under_kills_leads_to_every_message_once(
    running: RunningShop, record_property: Any
) -> None:
    log = moved(
        [*_copy(read_log(SAMPLES, None), "a"), *_copy(read_log(SAMPLES, None), "b")], today()
    )
    async with killing(running):
        verdict = await _played(running, log)

    restarts = {name: running.parts.child(name).restarts for name in ("worker", "web")}
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


async def _played(running: RunningShop, log: Log) -> DemoVerdict:
    began = time.monotonic()
    by_customer: dict[str, Log] = {}
    for event in log:
        by_customer.setdefault(event["data"]["customer"]["id"], []).append(event)
    async with asyncio.TaskGroup() as group:
        for mine in by_customer.values():
            group.create_task(play_log(mine, a_player(running, mine), Progress()))
            await asyncio.sleep(_APART)
    events = parsed(log, running.parts.ruleset.catalog, today())
    in_order = sorted(events, key=lambda event: event.occurred_at)
    judgement = judged_play(
        running.parts, in_order, await running.clients.store.inquiries.effects()
    )
    return verdict_of(judgement, events, time.monotonic() - began)


@asynccontextmanager
async def killing(running: RunningShop) -> AsyncIterator[None]:
    async def kill(name: str) -> None:
        chance = random.Random(f"{SEED} {name}")
        for deaths in range(_KILLS):
            await until(lambda deaths=deaths: _serves(running, name, deaths))  # type: ignore[misc]  # mypy knows no default in a lambda
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            running.parts.kill(name)

    async with meanwhile(kill("worker")), meanwhile(kill("web")):
        yield


async def _serves(running: RunningShop, name: str, deaths: int) -> bool:
    """Whether it has come back after so many deaths; to kill it while it starts would
    hit nothing.
    """
    child = running.parts.child(name)
    if child.restarts < deaths:
        return False
    if name == "web":
        return await child.part.ready()
    return running.parts.workers_ready() > deaths
