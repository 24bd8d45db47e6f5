"""The shop's own system, which carries out the shipped actions: one request for each call, repeated
until answered.

    POST {url}   Idempotency-Key: …   Authorization: Bearer …
    {"action": "refund", "key": "…", "at": "…", "shop": "main", "order": "A1", "customer": "C1", "with": {…}}

The answer is a JSON object with the action's results, or nothing. A 4xx is a refusal and ends the
call; anything else is tried again under the same key, so that a shop that knows the key already
answers as it did before. Nobody else is ever asked: the address stands in the settings, and a
redirect is an answer that makes no sense.
"""

import hashlib
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
# Answers of the 4xx that are about the moment or our settings, not about what was asked.
_LATER = frozenset({401, 403, 408, 409, 425, 429})
_LONGEST = 3600  # seconds; what a shop may ask us to wait


class ShopSystem:
    """A client of the shop's system; whoever opens it closes it."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url, self._client = (
            url,
            httpx.AsyncClient(headers=headers, timeout=_PATIENCE, follow_redirects=False),
        )

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
        try:
            answer = await self._client.post(self._url, json=told, headers=headers)
        except httpx.HTTPError:
            raise retry("the shop's system does not answer") from None
        if answer.is_client_error and answer.status_code not in _LATER:
            raise ApplicationError(
                f"the shop's system refused it: {answer.status_code}", non_retryable=True
            )
        if not answer.is_success:
            raise retry(f"the shop's system answered {answer.status_code}", _retry_after(answer))
        return _results(answer)


def _results(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json() if answer.content else {}
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ApplicationError("the shop's system answered no JSON object", non_retryable=True)
    return told


def _retry_after(answer: httpx.Response) -> timedelta | None:
    told = answer.headers.get("Retry-After", "")
    return (
        timedelta(seconds=min(int(told), _LONGEST)) if told.isascii() and told.isdigit() else None
    )
