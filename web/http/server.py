"""The HTTP server around the app: patient with senders for a while, and ended without cutting
anybody off.
"""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from web.http.crowd import Crowd, make_room
from web.http.settings import WebSettings
from web.http.timeouts import patient

INSTANCE = "x-purna-instance"
_REQUEST_SECONDS = 10.0
_FAREWELL_SECONDS = 10
# What was sent on a standing connection before its sender could know must not meet a closed door.
_LINGER_SECONDS = 0.5
_LOOK_SECONDS = 0.05


class Server(uvicorn.Server):
    """uvicorn, but for its signals: it would end the process before the pool and the relay are
    closed.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are captured here."""
        yield

    def leave(self) -> None:
        """Take no more requests, answer those under way, then return from `serve`."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Who is connected may ask once more, and is told with the answer to come to this process
        no more.
        """
        await asyncio.sleep(0)  # asyncio drops whom it has accepted in the same turn
        for server in self.servers:
            server.close()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await asyncio.sleep(_LOOK_SECONDS)  # one that has just connected is not known yet
                while state.connections:  # noqa: ASYNC110  # uvicorn offers no event
                    await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(sockets)


def server_of(
    app: ASGIApp, settings: WebSettings, *, request_seconds: float = _REQUEST_SECONDS
) -> Server:
    """A server for one app. It writes no access log: the paths of links are secrets."""
    return Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=patient(request_seconds, Crowd(settings.connections, make_room())),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # anybody can cause its warnings, as often as they like
            access_log=False,
            # uvicorn itself would believe whoever comes from this machine.
            forwarded_allow_ips=settings.proxies,
            server_header=False,
            headers=[(INSTANCE, settings.instance)] if settings.instance else [],
            timeout_graceful_shutdown=_FAREWELL_SECONDS,
        )
    )


async def serve_until_signal(server: Server, listening: socket.socket) -> None:
    """Serve whoever comes to this socket until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, server.leave)
    await server.serve([listening])
