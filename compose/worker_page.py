"""What a worker answers at the address in PURNA_METRICS: its counts, and at `/readyz` whether it
can decide.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import inf
from socketserver import ThreadingMixIn
from threading import Thread
from time import monotonic
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import make_wsgi_app

from operations.health import Readiness, readiness
from operations.stores import WebStore
from process.settings import MissingSetting

_PATIENCE_SECONDS = 3.0
# A worker whose loop has not looked for so long decides nothing either.
_STALLED_SECONDS = 30.0


@dataclass(slots=True)
class WorkerHealth:
    """What the latest look has found; `refusal` says why Temporal refuses the installation, `every`
    in how many seconds the next look is.
    """

    missing: str = "start"
    revision: str | None = None
    looked_at: float = -inf
    refusal: Callable[[], str] = str
    every: float = 5

    def to_json(self) -> dict[str, Any]:
        """As `/readyz` of a web process tells it."""
        is_stalled = monotonic() - self.looked_at > _STALLED_SECONDS
        missing = self.missing or ("loop" if is_stalled else "")
        return {
            "ready": not missing,
            "missing": [missing] if missing else [],
            "ruleset": self.revision,
            "temporal_refuses": self.refusal() or None,
        }

    @asynccontextmanager
    async def watching(self, store: WebStore) -> AsyncIterator[None]:
        """Look every few seconds, for the length of a block, which begins once this has begun."""
        task = asyncio.create_task(self._watch(store))
        try:
            yield
        finally:
            task.cancel()
            self.missing = "start"

    async def _watch(self, store: WebStore) -> None:
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    found = await readiness(store)
            except TimeoutError:
                found = Readiness(None, "database")
            self.revision = found.ruleset.revision if found.ruleset else None
            self.missing, self.looked_at = found.missing or "", monotonic()
            await asyncio.sleep(self.every)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _ServerOfIPv6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = 10  # seconds for one who says nothing

    def log_message(self, *_: object) -> None:
        """Who asks is nobody's concern."""


@contextmanager
def page_served(address: tuple[str, int] | None, health: WorkerHealth) -> Iterator[None]:
    """Both at this host and port, for the length of a block; `MissingSetting` where nobody can be
    served there.
    """
    if address is None:
        yield
        return
    with _server(*address, health) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _server(host: str, port: int, health: WorkerHealth) -> WSGIServer:
    kind = _ServerOfIPv6 if ":" in host else _Server
    try:
        return make_server(host, port, _page(health), kind, _Handler)
    except OSError as failure:
        at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise MissingSetting(
            f"PURNA_METRICS is not right: nobody can be served at {at} ({failure.strerror})."
        ) from None


def _page(health: WorkerHealth) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    counts = make_wsgi_app()

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/readyz":
            told: Iterable[bytes] = counts(environ, start)
            return told
        found = health.to_json()
        status = "200 OK" if found["ready"] else "503 Service Unavailable"
        start(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps(found).encode()]

    return answer
