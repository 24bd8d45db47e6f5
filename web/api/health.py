"""Whether the process lives, and whether it can do its work."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.rules.ruleset import Ruleset
from operations.health import Readiness, readiness
from web.parts import WebParts

_PATIENCE_SECONDS = 3.0
_HEADERS = {"Cache-Control": "no-store"}


class Health:
    """What a load balancer asks for."""

    def __init__(self, parts: WebParts, without_secret: Callable[[Ruleset], list[str]]) -> None:
        self._parts, self._without_secret = parts, without_secret

    async def lives(self, _: Request) -> JSONResponse:
        """200 as long as the process answers at all."""
        return JSONResponse({"lives": True}, headers=_HEADERS)

    async def is_ready(self, _: Request) -> JSONResponse:
        """200 when the database answers, has its tables and a ruleset is active, else 503 with what is
        missing.

        A source without its secret is told and leaves the process ready: all others are served.
        """
        known = await self._readiness()
        ruleset = known.ruleset
        told = {
            "ready": not known.missing,
            "missing": [known.missing] if known.missing else [],
            "ruleset": ruleset.revision if ruleset else None,
            "sources_without_secret": self._without_secret(ruleset) if ruleset else [],
        }
        return JSONResponse(told, 503 if known.missing else 200, _HEADERS)

    async def _readiness(self) -> Readiness:
        """As the operation says; a database that takes too long to answer is missing."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await readiness(self._parts.store)
        except TimeoutError:
            return Readiness(None, "database")
