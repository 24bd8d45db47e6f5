"""The shop's own system, which carries out the shipped actions: one request for each call, repeated
until answered.

    POST {url}   Idempotency-Key: …   Authorization: Bearer …
    {"action": "refund", "key": "…", "at": "…", "shop": "main", "order": "A1", "customer": "C1", "with": {…}}

The answer is a JSON object with the action's results, or nothing. A 4xx is a refusal and ends the
call; anything else is tried again under the same key, so that a shop that knows the key already
answers as it did before. Nobody else is ever asked: the address stands in the settings, and a
redirect is an answer that makes no sense.

Whatever answers there is not trusted. An answer has fifteen seconds in all and a mebibyte, packed
and unpacked, and is done only as a JSON object or as nothing at all. Nobody is asked to pack it, but
some proxies do: gzip and deflate are unpacked as they come. Cookies are not kept.
"""

import asyncio
import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext
from activities.attempts import retry
from engine.catalog.values import instant

_PATIENCE = httpx.Timeout(10.0)
_IN_ALL = 15.0  # seconds for one answer, however slowly it comes
_MAX_ANSWER = 1024 * 1024  # bytes
_UNPACKED = {"Accept-Encoding": "identity"}
# How each packed form begins, as zlib wants to know it; deflate comes in zlib's frame.
_PACKED = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}
# Answers of the 4xx that are about the moment or our settings, not about what was asked.
_LATER = frozenset({401, 403, 408, 409, 425, 429})
_LONGEST = 3600  # seconds; what a shop may ask us to wait
_LONGEST_DIGITS = 9


class ShopSystem:
    """A client of the shop's system; whoever opens it closes it."""

    def __init__(self, url: str, token: str, in_all: float = _IN_ALL) -> None:
        """`in_all` are the seconds that one answer may take."""
        headers = _UNPACKED | ({"Authorization": f"Bearer {token}"} if token else {})
        self._url, self._in_all = url, in_all
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=_PATIENCE,
            follow_redirects=False,
            event_hooks={"response": [self._forget]},
        )

    async def _forget(self, _: httpx.Response) -> None:
        """What a server would have us remember grows without end."""
        self._client.cookies.clear()

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def ask(
        self, action: str, context: ActionContext, parameters: BaseModel
    ) -> Mapping[str, Any]:
        """What the shop's system answers to this call; raises `ApplicationError`, non-retryable for
        a refusal.
        """
        told = {
            "action": action,
            "key": context.key,
            "at": instant(context.at),
            "shop": context.shop,
            "order": context.order,
            "customer": context.customer,
            "with": parameters.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        # A header holds no more than ASCII; a key may hold whatever an order is called.
        headers = {"Idempotency-Key": hashlib.sha256(context.key.encode()).hexdigest()}
        asking = self._client.stream("POST", self._url, json=told, headers=headers)
        try:
            async with asyncio.timeout(self._in_all), asking as answer:
                _check_status(answer)
                return _results(await _body(answer))
        except TimeoutError:
            raise retry(f"the shop's system takes longer than {self._in_all:g} seconds") from None
        except httpx.HTTPError:
            raise retry("the shop's system does not answer") from None


def _check_status(answer: httpx.Response) -> None:
    """What is no success ends the call or puts it off; its body is not read."""
    if answer.is_client_error and answer.status_code not in _LATER:
        raise _ended(f"refused it: {answer.status_code}")
    if not answer.is_success:
        raise retry(f"the shop's system answered {answer.status_code}", _retry_after(answer))


async def _body(answer: httpx.Response) -> bytes:
    """The body, unpacked as it comes; what is too long, or packed in a form nobody knows, is no
    answer.
    """
    unpacker = _unpacker(answer.headers.get("Content-Encoding", "").strip().lower())
    body, taken = bytearray(), 0
    async for chunk in answer.aiter_raw():
        taken += len(chunk)
        body += _unpacked(unpacker, chunk, _MAX_ANSWER + 1 - len(body)) if unpacker else chunk
        if max(len(body), taken) > _MAX_ANSWER:
            raise _ended(f"answered more than {_MAX_ANSWER} bytes")
    if unpacker and taken and not unpacker.eof:
        raise retry("the shop's system answered and broke off")
    return bytes(body)


def _unpacker(form: str) -> Any:
    """What unpacks a body in this form, None for one that is not packed."""
    if form in ("", "identity"):
        return None
    if form not in _PACKED:
        raise _ended("answered in a form that is not known: Content-Encoding")
    return zlib.decompressobj(_PACKED[form])


def _unpacked(unpacker: Any, chunk: bytes, at_most: int) -> bytes:
    """The next piece of a body, at most so many bytes of it: what is packed may be a thousand times
    as long.
    """
    try:
        unpacked: bytes = unpacker.decompress(chunk, at_most)
    except zlib.error:
        raise _ended("answered what is not packed as it says: Content-Encoding") from None
    return unpacked


def _results(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _ended("answered no JSON object")
    return told


def _ended(why: str) -> ApplicationError:
    """Asking again would bring the same; a person has to look at what the shop has done."""
    return ApplicationError(f"the shop's system {why}", non_retryable=True)


def _retry_after(answer: httpx.Response) -> timedelta | None:
    told = answer.headers.get("Retry-After", "")
    if not (told.isascii() and told.isdigit() and len(told) <= _LONGEST_DIGITS):
        return None
    return timedelta(seconds=min(int(told), _LONGEST))
