"""`POST /sources/{name}`: events of a sender who signs them, as `rules/sources/NAME.yaml` says, and
shows no token.
"""

import re
from collections.abc import Mapping, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.language.folder.source_files import sources_of
from engine.rules.ruleset import Ruleset
from engine.sources.schemes import Source
from operations.active_ruleset import ActiveRuleset
from process.counts import refused
from web.api.events import MAX_BYTES, Ingest
from web.http.body import read_body
from web.http.refusal import Refusal
from web.parts import WebParts
from web.webhooks.signatures import is_signed, keys_of

_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger("purna.web")


class Sources:
    """Every failure to prove who sends is the same 401."""

    def __init__(self, parts: WebParts, active: ActiveRuleset, ingest: Ingest) -> None:
        self._parts, self._active, self._ingest = parts, active, ingest
        self._told: set[str] = set()

    async def post(self, request: Request) -> Response:
        """As `POST /events` answers, once the signature of the raw body is right; else 401."""
        self._parts.limits.of_address(request)
        source = (await self._active.sources()).get(request.path_params["name"])
        if source is None:
            raise Refusal(404, "source", "there is no such source")
        body = await read_body(request, MAX_BYTES)
        keys = self._known_keys(source)
        if keys and _is_ping(source, request, body):
            return JSONResponse({"accepted": 0})
        if not self._proves(source, keys, request, body):
            refused()
            raise Refusal(401, "signature", "is missing, wrong or too old")
        self._parts.limits.of_sender(f"source {source.name}")
        return await self._ingest.take(request, body, source.name)

    def without_secret(self, ruleset: Ruleset) -> list[str]:
        """The sources whose secret is not set, or not in the form that their scheme has; they are
        refused.
        """
        named = sources_of(ruleset.files).values()
        return sorted(
            source.name for source in named if not _keys(source, self._parts.source_secrets)
        )

    def _known_keys(self, source: Source) -> tuple[bytes, ...]:
        keys = _keys(source, self._parts.source_secrets)
        if not keys and source.name not in self._told:
            self._told.add(source.name)
            _log.warning(
                "source has no secret", source=source.name, setting=f"PURNA_SOURCE_{source.secret}"
            )
        return keys

    def _proves(self, source: Source, keys: Sequence[bytes], request: Request, body: bytes) -> bool:
        try:
            return is_signed(source, keys, request.headers, body, self._parts.now())
        except Exception as error:  # noqa: BLE001  # whatever a stranger made of it, it is no proof
            _log.warning("signature could not be read", error=type(error).__name__)
            return False


def _keys(source: Source, secrets: Mapping[str, Sequence[str]]) -> tuple[bytes, ...]:
    return keys_of(source.scheme.secret, secrets.get(source.secret, ()))


def _is_ping(source: Source, request: Request, body: bytes) -> bool:
    """Whether it asks if anybody is there: nothing is signed and nothing is done."""
    ping = source.scheme.ping
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        bool(ping)
        and kind == _FORM
        and re.fullmatch(rb"%s=[0-9]{1,20}" % ping.encode(), body) is not None
    )
