"""Whether the process lives, and whether it can do its work."""

import asyncio
from collections.abc import Callable
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.rules.ruleset import Ruleset
from operations.health import Readiness, readiness
from web.parts import WebParts

_PATIENCE_SECONDS = 3.0
# However many ask, the database is asked once in so long while all is well, and else by one at a
# time.
_HOLDS_SECONDS = 1.0
_HEADERS = {"Cache-Control": "no-store"}


class Health:
    """What a load balancer asks for."""

    def __init__(self, parts: WebParts, without_secret: Callable[[Ruleset], list[str]]) -> None:
        self._parts, self._without_secret = parts, without_secret
        self._look: asyncio.Task[Readiness] | None = None
        self._holds_until = 0.0

    async def lives(self, _: Request) -> JSONResponse:
        """200 as long as the process answers at all."""
        return JSONResponse({"lives": True}, headers=_HEADERS)

    async def is_ready(self, _: Request) -> JSONResponse:
        """200 when the database answers, has its tables and a ruleset is active, else 503 with what is
        missing.

        A source without its secret, or a Temporal that refuses us, is told and leaves the process
        ready: all others are served, and events are kept.
        """
        known = await self._readiness()
        ruleset = known.ruleset
        told = {
            "ready": not known.missing,
            "missing": [known.missing] if known.missing else [],
            "ruleset": ruleset.revision if ruleset else None,
            "sources_without_secret": self._without_secret(ruleset) if ruleset else [],
            "temporal_refuses": self._parts.refusal() or None,
        }
        return JSONResponse(told, 503 if known.missing else 200, _HEADERS)

    async def _readiness(self) -> Readiness:
        """What the latest look has found, or will find."""
        if self._look is None or (self._look.done() and monotonic() >= self._holds_until):
            self._look = asyncio.create_task(self._looked())
        return await asyncio.shield(self._look)

    async def _looked(self) -> Readiness:
        """As the operation says; a database that takes too long to answer is missing."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                known = await readiness(self._parts.store)
        except TimeoutError:
            return Readiness(None, "database")
        if not known.missing:
            self._holds_until = monotonic() + _HOLDS_SECONDS
        return known
