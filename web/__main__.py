"""The web process: API, pages and a relay, against any PostgreSQL and any Temporal. `python -m
web`.

Settings are environment variables, see `process.setting_table`; where Temporal is,
`temporalio.envconfig` says. Neither the database nor Temporal has to be there at the start:
/readyz tells. SIGTERM and SIGINT end it after the requests under way.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import uvloop

from compose.web import open_backend
from process.logs import configure_logs
from process.settings import MissingSetting, Settings, read_settings, with_files
from process.settings_file import add_settings_file
from process.shop_code import load_shop_code
from process.signed_links import Links
from web.app import create_app
from web.http.limits import Limits
from web.http.server import serve_until_signal, server_of
from web.http.settings import WebSettings, read_web_settings
from web.parts import WebParts


async def run(settings: Settings, ours: WebSettings) -> None:
    """Until a signal ends it."""
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(open_backend(settings))
        links = Links(settings.base_url, settings.secrets)
        parts = WebParts(
            behind.store,
            ours.tokens,
            links,
            lambda: datetime.now(UTC),
            ours.mail_url,
            behind.relay.ring,
            Limits(ours.rates),
            ours.source_secrets,
            ours.allowance,
            lambda: behind.relay.refusal,
        )
        server = server_of(create_app(parts), ours)
        # Before the relay calls Temporal: a process that ends with its first call under way may
        # hang for ever.
        listening = server.config.bind_socket()
        stack.push_async_callback(_ended, asyncio.create_task(behind.relay.run()))
        await serve_until_signal(server, listening)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


def main() -> int:
    """0 after a signal, 2 if a setting is missing or wrong."""
    configure_logs()
    try:
        add_settings_file(os.environ)
        environment = with_files(os.environ)
        load_shop_code(environment)
        settings, ours = read_settings(environment), read_web_settings(environment)
        uvloop.run(run(settings, ours))
    except MissingSetting as missing:  # where Temporal is, is read when it is reached for
        sys.stderr.write(f"{missing}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
