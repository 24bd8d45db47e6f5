"""The worker process: journeys, activities and a relay, against any Temporal and any PostgreSQL.

Where Temporal is, `temporalio.envconfig` says (`TEMPORAL_ADDRESS` and the like, or a profile);
everything else stands in PURNA_… variables, see `process.settings`. SIGTERM and SIGINT end it: no
new work, what is under way is finished.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import cache, partial
from typing import Any, TypeVar

import structlog
import uvloop
from prometheus_client import start_http_server
from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from activities.actions.registry import load_actions
from activities.actions.shop_system import ShopSystem
from activities.call import CallActivity
from activities.channels.email.mime import parse_sender
from activities.channels.email.smtp import SmtpProvider
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.letters import Letters
from activities.decide import Decide
from activities.emit import EmitActivity
from activities.send_message import SendMessage
from engine.facts.naming import Naming
from process.logs import configure_logs
from process.settings import (
    Build,
    MailSettings,
    MissingSetting,
    Settings,
    ShopSettings,
    Watching,
    read_build,
    read_mail_settings,
    read_settings,
    read_shop_settings,
    read_watching,
    with_files,
)
from process.signed_links import Links
from process.tracing import tracing
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from workflows.names import TASK_QUEUE
from workflows.relay import Relay
from workflows.worker import journey_worker

_LOG = structlog.get_logger()
# more than local activities at once, so that no decision waits for one with its five seconds
# running
_SESSIONS = 36
_WAIT = 2.0  # seconds between two tries at the start
T = TypeVar("T")


async def work(
    settings: Settings,
    mail: MailSettings,
    shop: ShopSettings | None,
    build: Build | None,
    join: Callable[[], Awaitable[Client]],
) -> None:
    """Until cancelled; `join` connects to Temporal."""
    async with AsyncExitStack() as stack:
        provider = SmtpProvider(SmtpSettings.parse(mail.smtp_url), mail.sender)
        stack.push_async_callback(provider.close)
        pool = await open_pool(settings.database_url, _SESSIONS, name="purna worker")
        stack.push_async_callback(pool.close)
        naming, registry = Naming(settings.naming_secret), load_actions(settings.actions)
        store = PostgresStore(pool, naming, frozenset({provider.channel}), registry.specs())
        await available("PostgreSQL and a published ruleset", store.rulesets.active)
        client = await available("Temporal", join)
        relay = Relay(store.nudges, client)
        system = ShopSystem(shop.url, shop.token) if shop else None
        if system:
            stack.push_async_callback(system.close)
        calls, letters = (
            CallActivity(store, registry, system),
            Letters(Links(settings.base_url, settings.secrets)),
        )
        send = SendMessage(store, {provider.channel: provider}, letters, calls.run)
        does: list[Callable[..., Any]] = [
            Decide(store, naming, send.room.admits).decide,
            send.send_message,
            calls.call,
            EmitActivity(store, relay.ring).emit,
        ]
        await stack.enter_async_context(journey_worker(client, does, build=build))
        named = {"deployment": build.deployment, "build": build.id} if build else {}
        _LOG.info("ready", task_queue=TASK_QUEUE, namespace=client.namespace, **named)
        await relay.run()


@contextmanager
def counts_served(address: tuple[str, int] | None) -> Iterator[None]:
    """Our counts at this host and port, for the length of a block."""
    if address is None:
        yield
        return
    server, _ = start_http_server(address[1], address[0])
    try:
        yield
    finally:
        server.shutdown()


async def connect(watching: Watching, traced: Sequence[Interceptor] = ()) -> Client:
    """A client of the Temporal that the environment or a profile names."""
    config = ClientConfig.load_client_connect_config()
    return await Client.connect(**config, runtime=runtime(watching), interceptors=traced)


@cache
def runtime(watching: Watching) -> Runtime:
    """The SDK's engine, which hands its log lines to ours and tells its own counts where it is
    asked to.
    """
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    counts = PrometheusConfig(bind_address="{}:{}".format(*watching.sdk)) if watching.sdk else None
    logs = LoggingConfig(filter=levels, forwarding=forwarding)
    return Runtime(telemetry=TelemetryConfig(logging=logs, metrics=counts))


async def available(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, waited for with one line in the log while there is none."""
    is_told = False
    while True:
        try:
            return await ask()
        except Exception as failure:  # noqa: BLE001  # whatever keeps it away may pass
            if not is_told:
                _LOG.warning("waiting", what=what, failure=type(failure).__name__)
            is_told = True
        await asyncio.sleep(_WAIT)


async def until_signalled(working: Awaitable[None]) -> None:
    """Run it, and cancel it at the first SIGTERM or SIGINT."""
    task = asyncio.ensure_future(working)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _LOG.info("stopped")


def main() -> int:
    """0 after a signal, 2 if a setting is missing or wrong."""
    configure_logs()
    try:
        environment = with_files(os.environ)
        settings, mail = read_settings(environment), read_mail_settings(environment)
        shop, build = read_shop_settings(environment), read_build(environment)
        watching, traced = read_watching(environment), tracing(environment)
        SmtpSettings.parse(mail.smtp_url)
        parse_sender(mail.sender)
    except (MissingSetting, ValueError) as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201  # the one sentence a person reads
        return 2
    with counts_served(watching.ours):
        uvloop.run(
            until_signalled(work(settings, mail, shop, build, partial(connect, watching, traced)))
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
