"""The scene of one live test: its database, its worker with every activity, its relay
and its API.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from pydantic import RootModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Registry
from compose.journey_parts import JourneyParts
from compose.providers import mail_server
from compose.store import Sessions, open_store
from engine.catalog.channels import CHANNELS
from engine.scenarios.scenario import Scenario
from engine.scenarios.stage.call_answers import Results
from engine.scenarios.stage.stage import NAMING
from engine.simulation.simulator import Failed
from local.environment import SENDER
from local.installation import InstallationClients
from local.rehearsal.live.clock import StoryClock
from local.rehearsal.live.mails import ByMail
from local.rehearsal.live.rig import LiveRig
from local.rehearsal.meanwhile import meanwhile
from operations.rules.rules_folder import all_actions
from operations.rules.simulated_letters import LINKS, example
from process.api_tokens import ApiToken
from process.settings import MailSettings
from store.ports import Store
from store.postgres.stage import LiveStage
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
        database = await rig.database(scenario.shop)
        registry = all_actions()
        store = await stack.enter_async_context(
            open_store(
                # a session that is still being made when the scene ends would be left open
                Sessions(database, _SESSIONS, "purna test", at_once=True),
                NAMING,
                frozenset(CHANNELS),
                registry.specs(),
            )
        )
        sink = MailSettings(f"smtp://127.0.0.1:{rig.smtp_port}?tls=none", SENDER)
        mail = await stack.enter_async_context(mail_server(sink))
        clock = StoryClock(scenario.starts)
        relay = Relay(store.nudges, rig.temporal, task_queue=scenario.shop)
        journeys = JourneyParts(
            store,
            NAMING,
            _scripted(registry, Results(scenario.results, example), store),
            {channel: ByMail(channel, mail) for channel in CHANNELS},
            rig.letters,
            relay.ring,
        )
        worker = journey_worker(
            rig.temporal,
            journeys.activities(),
            task_queue=scenario.shop,
            interceptors=[clock],
        )
        await stack.enter_async_context(worker)
        parts = WebParts(store, (ApiToken(_TOKEN),), LINKS, lambda: clock.now, ring=relay.ring)
        api = await stack.enter_async_context(_client(parts))
        begun = asyncio.Event()
        await stack.enter_async_context(meanwhile(_after(begun, relay.run)))
        clients = InstallationClients(store, rig.temporal, api, store.pool)
        yield LiveScene(rig, clock, clients, LiveStage(store), begun.set)


def _client(parts: WebParts) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(parts)),
        base_url="http://purna.test",
        headers={"authorization": f"Bearer {_TOKEN}"},
    )


def _scripted(registry: Registry, results: Results, store: Store) -> Registry:
    """The same actions with the same parameters, which answer what the test says."""
    answers: dict[str, RootModel[Any] | None] = {}

    async def run(_: object, context: ActionContext) -> RootModel[Any] | None:
        if context.key not in answers:  # a retry hears the same
            effect = next(one for one in await store.inquiries.effects() if one.key == context.key)
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
