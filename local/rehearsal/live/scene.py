"""The scene of one live test: its database, its worker with every activity, its relay
and its API.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from pydantic import RootModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Registry, load_actions
from activities.call import CallActivity
from activities.channels.email.smtp import SmtpProvider
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.port import Provider
from activities.decide import Decide
from activities.emit import EmitActivity
from activities.send_message import SendMessage
from engine.catalog.channels import CHANNELS
from engine.scenarios.scenario import Scenario
from engine.scenarios.stage.call_answers import Results
from engine.scenarios.stage.stage import NAMING
from engine.simulation.simulator import Failed
from local.installation import InstallationClients
from local.parts import SENDER
from local.rehearsal.live.clock import StoryClock
from local.rehearsal.live.mails import ByMail
from local.rehearsal.live.rig import LiveRig
from local.rehearsal.meanwhile import meanwhile
from operations.simulated_letters import LINKS, example
from store.postgres.sessions.pool import open_pool
from store.postgres.stage import LiveStage
from store.postgres.store import PostgresStore
from web.app import create_app
from web.parts import WebParts
from workflows.relay import Relay
from workflows.worker import journey_worker

_SESSIONS = 8
_TOKEN = "live"  # noqa: S105  # of an API that nobody else can reach


@dataclass(frozen=True, slots=True)
class LiveScene:
    """Where a test is played; `begin` lets the relay nudge."""

    rig: LiveRig
    clock: StoryClock
    clients: InstallationClients
    stage: LiveStage
    begin: Callable[[], None]


@asynccontextmanager
async def set_scene(rig: LiveRig, scenario: Scenario) -> AsyncIterator[LiveScene]:
    """Everything that runs between an event and a mail, for one test alone; its shop names its
    parts.
    """
    async with AsyncExitStack() as stack:
        pool = await open_pool(await rig.database(scenario.shop), _SESSIONS, name="purna test")
        stack.push_async_callback(pool.close)
        await pool.resize(_SESSIONS, _SESSIONS)
        await (
            pool.wait()
        )  # a session that is still being made when the scene ends would be left open
        mail = SmtpProvider(
            SmtpSettings.parse(f"smtp://127.0.0.1:{rig.smtp_port}?tls=none"), SENDER
        )
        stack.push_async_callback(mail.close)
        registry = load_actions(os.environ.get("PURNA_ACTIONS", ""))
        store = PostgresStore(pool, NAMING, frozenset(CHANNELS), registry.specs())
        clock, relay = (
            StoryClock(scenario.starts),
            Relay(store, rig.temporal, task_queue=scenario.shop),
        )
        calls = CallActivity(store, _scripted(registry, Results(scenario.results, example), store))
        providers: dict[str, Provider] = {channel: ByMail(channel, mail) for channel in CHANNELS}
        send = SendMessage(store, providers, rig.letters, calls.run)
        activities: list[Callable[..., Any]] = [
            Decide(store, NAMING, send.room.admits).decide,
            send.send_message,
            calls.call,
            EmitActivity(store, relay.ring).emit,
        ]
        worker = journey_worker(
            rig.temporal, activities, task_queue=scenario.shop, interceptors=[clock]
        )
        await stack.enter_async_context(worker)
        parts = WebParts(store, (_TOKEN,), LINKS, lambda: clock.now, ring=relay.ring)
        api = await stack.enter_async_context(_client(parts))
        begun = asyncio.Event()
        await stack.enter_async_context(meanwhile(_after(begun, relay.run)))
        clients = InstallationClients(store, rig.temporal, api)
        yield LiveScene(rig, clock, clients, LiveStage(store), begun.set)


def _client(parts: WebParts) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(parts)),
        base_url="http://purna.test",
        headers={"authorization": f"Bearer {_TOKEN}"},
    )


def _scripted(registry: Registry, results: Results, store: PostgresStore) -> Registry:
    """The same actions with the same parameters, which answer what the test says."""
    answers: dict[str, RootModel[Any] | None] = {}

    async def run(_: object, context: ActionContext) -> RootModel[Any] | None:
        if context.key not in answers:  # a retry hears the same
            effect = next(one for one in await store.effects() if one.key == context.key)
            try:
                answer = results.of(effect)
            except Failed as failure:
                raise ApplicationError(str(failure), non_retryable=True) from None
            answers[context.key] = None if answer is None else RootModel[Any](answer)
        return answers[context.key]

    return Registry({name: replace(one, run=run) for name, one in registry.items()})


async def _after(begun: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    await begun.wait()
    await run()
