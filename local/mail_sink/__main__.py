"""The embedded mail server: takes every mail, keeps it, and shows it. `python -m
local.mail_sink.__main__ --help`.
"""

import argparse
import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from local.mail_sink.mailbox import Mailbox
from local.mail_sink.viewer import mail_view
from process.logs import configure_logs
from web.http.server import INSTANCE

_LOOPBACK = "127.0.0.1"
_OWN_NAMES = (_LOOPBACK, "localhost")
_MAX_BYTES = 1024 * 1024


class Sink:
    """An SMTP server on this machine whose 250 means that the mail is on disk."""

    def __init__(self, folder: Path, port: int) -> None:
        """`port` 0 takes a free one, known as `port` after `start`."""
        self.port = port
        self.mailbox = Mailbox(folder)
        self._server: asyncio.Server | None = None
        self._talks: WeakSet[SMTP] = WeakSet()

    async def start(self) -> None:
        """Listen, in the running loop."""
        self._server = await asyncio.get_running_loop().create_server(
            self._talk, _LOOPBACK, self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._server is None:
            return
        self._server.close()
        for talk in self._talks:
            if talk.transport is not None:
                talk.transport.close()
        await self._server.wait_closed()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd looks for this name
        """Keep the mail before it is acknowledged."""
        raw = envelope.original_content
        if raw is None:
            return "554 5.6.0 nothing to keep"
        try:
            order = await asyncio.to_thread(self.mailbox.keep, raw)
        except OSError:
            return "451 4.3.0 could not be kept"
        return f"250 2.0.0 kept as {order}"

    def _talk(self) -> SMTP:
        talk = SMTP(
            self,
            data_size_limit=_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            loop=asyncio.get_running_loop(),
        )
        self._talks.add(talk)
        return talk


class _Http(uvicorn.Server):
    """uvicorn, but for its signals: it would end the process before the mail server is stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        self.should_exit = True


def mail_site(folder: Path) -> ASGIApp:
    """The pages behind a guard: a foreign name that was made to lead here must not read the mails."""
    return TrustedHostMiddleware(mail_view(folder), _OWN_NAMES, www_redirect=False)


async def serve(folder: Path, smtp_port: int, http_port: int, instance: str = "") -> None:
    """Take and show mails until the process is asked to end; `instance` is told in a header of
    every page.
    """
    sink = Sink(folder, smtp_port)
    await sink.start()
    app = mail_site(folder)
    told = [(INSTANCE, instance)] if instance else []
    http = _Http(
        uvicorn.Config(
            app,
            host=_LOOPBACK,
            port=http_port,
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            headers=told,
        )
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, http.leave)
    try:
        await http.serve()
    finally:
        await sink.stop()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m local.mail_sink.__main__", description="Takes every mail and shows it."
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="where the mails are kept, one .eml file each"
    )
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--instance", default="", help="by which whoever started it knows it again")
    asked = parser.parse_args()
    configure_logs()
    asyncio.run(serve(asked.folder, asked.smtp_port, asked.http_port, asked.instance))


if __name__ == "__main__":
    main()
