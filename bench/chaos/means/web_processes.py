"""Web processes beside the one that there is, for as long as a case needs them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import httpx

from bench.chaos.site import PATIENCE, ChaosSite
from local.embedded.process import Child, Part
from local.parts import answers

_SECONDS = 10  # that a request may take
# Nothing is encrypted here; to read whom it trusts takes each client longer than its requests.
_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class WebProcess:
    """A web process, and how many requests it has not answered."""

    child: Child
    api: httpx.AsyncClient
    under_way: int = 0

    def client(self) -> httpx.AsyncClient:
        """One for a single sender: those who share one wait for each other's connections."""
        return httpx.AsyncClient(
            base_url=self.api.base_url, headers=self.api.headers, timeout=_SECONDS, verify=_TRUST
        )


@asynccontextmanager
async def web_processes(site: ChaosSite, number: int) -> AsyncIterator[list[WebProcess]]:
    """So many: the one that there is, and others like it."""
    first = site.parts.child("web")
    names = [f"web-{one}" for one in range(2, number + 1)]
    others = [
        Child(_at(first.part, name, site.parts.supervisor.ports.choose(name)), PATIENCE)
        for name in names
    ]
    async with AsyncExitStack() as stack:
        for child in others:
            stack.push_async_callback(child.stop)
        await asyncio.gather(*(child.start() for child in others))
        yield [
            WebProcess(child, await stack.enter_async_context(_client(site, child.part.address)))
            for child in (first, *others)
        ]


def _client(site: ChaosSite, address: str) -> httpx.AsyncClient:
    headers = site.clients.api.headers
    return httpx.AsyncClient(base_url=address, headers=headers, timeout=_SECONDS, verify=_TRUST)


def _at(web: Part, name: str, port: int) -> Part:
    address = f"http://127.0.0.1:{port}"
    env = {**web.env, "PURNA_PORT": str(port)}
    ready = answers(f"{address}/healthz", env["PURNA_INSTANCE"])
    return replace(
        web, name=name, log=web.log.with_name(f"{name}.log"), env=env, address=address, ready=ready
    )
