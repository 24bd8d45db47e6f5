"""`POST /sources/{name}`: events of a sender who signs them, as `rules/sources/NAME.yaml` says, and
shows no token.
"""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.sources.schemes import Source
from operations.intake.accept import ProvenSender
from operations.intake.signed_sources import SignedSources, UnknownSource
from process.counts import refused
from web.api.events import MAX_BYTES, Ingest
from web.http.body import read_body
from web.http.refusal import Refusal
from web.parts import WebParts

_FORM = "application/x-www-form-urlencoded"


class SignedEvents:
    """Every failure to prove who sends is the same 401."""

    def __init__(self, parts: WebParts, sources: SignedSources, ingest: Ingest) -> None:
        self._parts, self._sources, self._ingest = parts, sources, ingest

    async def post(self, request: Request) -> Response:
        """As `POST /events` answers, once the signature of the raw body is right; else 401."""
        self._parts.limits.of_address(request)
        source = await self._source(request.path_params["name"])
        body = await read_body(request, MAX_BYTES)
        has_secret = self._sources.has_secret(source)
        if has_secret and _is_ping(source, request, body):
            return JSONResponse({"accepted": 0})
        if not self._sources.proves(source, request.headers, body, self._parts.now()):
            refused()
            raise Refusal(401, "signature", "is missing, wrong or too old")
        self._parts.limits.of_sender(f"source {source.name}")
        return await self._ingest.take(request, ProvenSender(source.name, source.shops), body)

    async def _source(self, name: str) -> Source:
        try:
            return await self._sources.source(name)
        except UnknownSource:
            raise Refusal(404, "source", "there is no such source") from None


def _is_ping(source: Source, request: Request, body: bytes) -> bool:
    """Whether it asks if anybody is there: nothing is signed and nothing is done."""
    ping = source.scheme.ping
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_alone = re.fullmatch(rb"%s=[0-9]{1,20}" % ping.encode(), body) is not None
    return bool(ping) and kind == _FORM and is_alone
