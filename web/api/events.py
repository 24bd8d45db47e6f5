"""`POST /events`: CloudEvents in structured JSON, one or a batch, kept before they are answered
with 202.

`take` is the same for those who have proved in another way who they are.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.sources.translators import Payload
from operations.intake.accept import Accept, EventRefused, OtherShop, ProvenSender, TooManyEvents
from process.counts import refused
from web.http.bearer import Bearer
from web.http.body import read_body
from web.http.refusal import Refusal
from web.http.strict_json import NotJson, read_json
from web.parts import WebParts

MAX_BYTES = 1024 * 1024
_ONE, _BATCH, _EITHER = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
)


class Ingest:
    """The way of an event from a sender into the store."""

    def __init__(self, parts: WebParts, accept: Accept) -> None:
        self._parts, self._accept = parts, accept
        self._bearer = Bearer(parts.tokens)

    async def post(self, request: Request) -> JSONResponse:
        """202 with counts once the events are committed; every other answer means that nothing of
        them was stored.
        """
        self._parts.limits.of_address(request)
        admitted = self._bearer.check(request)
        self._parts.limits.of_sender(admitted.name)
        return await self.take(request, ProvenSender(shops=admitted.shops))

    async def take(
        self, request: Request, sender: ProvenSender, body: bytes | None = None
    ) -> JSONResponse:
        """As `post`, for a sender who has proved who it is.

        `body` is what was read of the request already.
        """
        try:
            kind = _kind(request)
            raw = await read_body(request, MAX_BYTES) if body is None else body
            payload = Payload(_parsed(raw, kind), dict(request.headers))
            return await self._taken_in(payload, sender)
        except Refusal:
            refused()
            raise

    async def _taken_in(self, payload: Payload, sender: ProvenSender) -> JSONResponse:
        is_batch = isinstance(payload.body, list)
        try:
            accepted = await self._accept.posted(payload, sender, self._parts.now())
        except TooManyEvents as many:
            raise Refusal(413, "body", str(many)) from None
        except EventRefused as wrong:
            index = wrong.index if is_batch else None
            raise Refusal(422, wrong.field, wrong.reason, index=index) from None
        except OtherShop as other:
            index = other.index if is_batch else None
            raise Refusal(403, "data.shop", "must be a shop of this token", index=index) from None
        return JSONResponse(accepted.to_json(), 202)


def _kind(request: Request) -> str:
    """The media type. Raises a Refusal with 415 for any other, another charset than UTF-8, and
    packed bodies.
    """
    kind, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = [
        part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset")
    ]
    if kind not in (_ONE, _BATCH, _EITHER) or any(
        charset not in ("utf-8", "utf8") for charset in charsets
    ):
        raise Refusal(415, "content-type", f"must be {_ONE}, {_BATCH} or {_EITHER}, in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "content-encoding", "must be absent")
    return kind


def _parsed(raw: bytes, kind: str) -> Any:
    """The event, or a list of them."""
    try:
        told = read_json(raw)
    except NotJson as wrong:
        raise Refusal(400, "body", str(wrong)) from None
    if isinstance(told, list):
        if kind == _ONE:
            raise Refusal(422, "body", f"must be one event; a batch is sent as {_BATCH}")
    elif kind == _BATCH:
        raise Refusal(422, "body", "must be a list of events")
    return told
