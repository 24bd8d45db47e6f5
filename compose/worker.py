"""The worker process: journeys, activities and a relay, against any Temporal and any PostgreSQL.
`python -m compose.worker`, or `purna-worker` where the package is installed.

Where Temporal is, `temporalio.envconfig` says (`TEMPORAL_ADDRESS` and the like, or a profile);
everything else stands in PURNA_… variables, see `process.setting_table`. SIGTERM and SIGINT end it:
no new work, what is under way is finished.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
import uvloop
from temporalio.client import Client, Interceptor

from activities.actions.registry import load_actions
from activities.actions.shop_system import ShopSystem
from activities.channels.letters import Letters
from activities.channels.providers import PROVIDERS
from compose.availability import available
from compose.journey_parts import JourneyParts
from compose.naming_secret import check_naming
from compose.providers import check_mail_settings, open_providers
from compose.store import Sessions, open_store
from compose.temporal import connect
from compose.worker_page import WorkerHealth, page_served
from engine.facts.naming import Naming
from operations.health import check_tables
from process.logs import configure_logs
from process.settings import (
    Build,
    MailSettings,
    MissingSetting,
    Settings,
    ShopSettings,
    Watching,
    naming_origin,
    read_build,
    read_lease,
    read_mail_settings,
    read_settings,
    read_shop_settings,
    read_team_address,
    read_watching,
    with_files,
)
from process.settings_file import add_settings_file
from process.shop_code import load_shop_code
from process.signed_links import Links
from process.tracing import tracing
from workflows.names import TASK_QUEUE
from workflows.relay import Relay
from workflows.worker import journey_worker

_LOG = structlog.get_logger()
# more than local activities at once, so that no decision waits for one with its five seconds
# running
_SESSIONS = 36


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Everything that a worker is told by its environment."""

    ours: Settings
    mail: MailSettings | None
    shop: ShopSettings | None
    build: Build | None
    watching: Watching
    traced: Sequence[Interceptor]
    environment: Mapping[str, str] = field(repr=False)  # for providers of the shop's own
    lease: float  # in seconds
    team_address: str = ""
    naming_origin: str = "PURNA_SECRET"


async def work(
    settings: WorkerSettings,
    join: Callable[[], Awaitable[Client]],
    kind: type[JourneyParts] = JourneyParts,
    health: WorkerHealth | None = None,
) -> None:
    """Until cancelled; `join` connects to Temporal, `kind` makes the activities, `health` is told
    how it is.
    """
    health = health or WorkerHealth()
    naming, registry = Naming(settings.ours.naming_secret), load_actions()
    sessions = Sessions(settings.ours.database_url, _SESSIONS, "purna worker")
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(
            open_providers(settings.mail, settings.environment)
        )
        store = await stack.enter_async_context(
            open_store(sessions, naming, frozenset(providers), registry.specs(), settings.lease)
        )
        await available("PostgreSQL with its tables", partial(check_tables, store.overview))
        await available(
            "PostgreSQL",
            partial(check_naming, settings.ours.database_url, naming, settings.naming_origin),
        )
        await available("a published ruleset", store.rulesets.active)
        client = await available("Temporal", join)
        relay = Relay(store.nudges, client)
        system = await stack.enter_async_context(shop_system(settings.shop))
        letters = Letters(Links(settings.ours.base_url, settings.ours.secrets))
        parts = kind(
            store, naming, registry, providers, letters, relay.ring, system, settings.team_address
        )
        build = settings.build
        await stack.enter_async_context(journey_worker(client, parts.activities(), build=build))
        named = {"deployment": build.deployment, "build": build.id} if build else {}
        health.refusal = lambda: relay.refusal
        await stack.enter_async_context(health.watching(store))
        _LOG.info("ready", task_queue=TASK_QUEUE, namespace=client.namespace, **named)
        await relay.run()


@asynccontextmanager
async def shop_system(shop: ShopSettings | None) -> AsyncIterator[ShopSystem | None]:
    """A client of the shop's own system, if there is one, for the length of a block."""
    if shop is None:
        yield None
        return
    system = ShopSystem(shop.url, shop.token)
    try:
        yield system
    finally:
        await system.close()


async def until_signalled(working: Awaitable[None]) -> None:
    """Run it, and cancel it at the first SIGTERM or SIGINT."""
    task = asyncio.ensure_future(working)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _LOG.info("stopped")


def read_worker_settings() -> WorkerSettings:
    """From our environment; `MissingSetting` or `ValueError` with the sentence to print."""
    add_settings_file(os.environ)
    environment = with_files(os.environ)
    load_shop_code(environment)
    mail = None if "email" in PROVIDERS else read_mail_settings(environment)
    lease = read_lease(environment)
    settings = WorkerSettings(
        read_settings(environment),
        mail,
        read_shop_settings(environment),
        read_build(environment),
        read_watching(environment),
        tracing(environment),
        environment,
        lease,
        read_team_address(environment),
        naming_origin(os.environ),
    )
    if mail is not None:
        check_mail_settings(mail, lease)
    return settings


def main(kind: type[JourneyParts] = JourneyParts) -> int:
    """0 after a signal, 2 if a setting is missing or wrong."""
    configure_logs()
    try:
        settings = read_worker_settings()
    except (MissingSetting, ValueError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    join, health = partial(connect, settings.watching, settings.traced), WorkerHealth()
    try:
        with page_served(settings.watching.ours, health):
            uvloop.run(until_signalled(work(settings, join, kind, health)))
    except MissingSetting as missing:  # of Temporal, or of a provider of the shop's own
        sys.stderr.write(f"{missing}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
