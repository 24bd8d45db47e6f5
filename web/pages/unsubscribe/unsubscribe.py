"""`/unsubscribe/{token}`: the link under every marketing message. GET asks, POST withdraws; both
without a login.

The POST of a mail program's own button (RFC 8058) and that of the page are the same to us: whoever
holds the signed token may withdraw, and nobody else can, so it needs no other protection against
forged requests.
"""

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from operations.commands.withdraw_consent import ConsentWithdrawal, withdraw_consent
from operations.intake.accept import Accept
from operations.intake.active_ruleset import ActiveRuleset
from process.signed_links import Claims, categories_of
from web.http.body import read_body
from web.http.limits import address_of
from web.http.rate_limit import RateLimit
from web.pages.page import language, page
from web.pages.unsubscribe.unsubscribe_texts import WORDS
from web.parts import WebParts

_MAX_BYTES = 16 * 1024
_log = structlog.get_logger("purna.web")


class Unsubscribe:
    """Asking is limited by the client's address.

    Withdrawing is limited by the link: a mail program's servers post for many customers from one
    address.
    """

    def __init__(self, parts: WebParts, active: ActiveRuleset, accept: Accept) -> None:
        self._parts, self._active, self._accept = parts, active, accept
        self._by_link = RateLimit(burst=5, per_minute=10)

    async def ask(self, request: Request) -> Response:
        """The page with the button. Changes nothing."""
        if wait := self._parts.limits.pages.wait(address_of(request)):
            return _say(request, "too_many", 429, retry=wait)
        claims = self._claims(request)
        if claims is None:
            return _say(request, "no_link", 404)
        return _say(request, "ask", 200, category=await self._titles(claims))

    async def withdraw(self, request: Request) -> Response:
        """An event `consent.withdrawn` for each category; says that it is done only when it is
        committed and folded.
        """
        await read_body(request, _MAX_BYTES)
        claims = self._claims(request)
        if claims is None:
            wait = self._parts.limits.pages.wait(address_of(request))
            return (
                _say(request, "too_many", 429, retry=wait)
                if wait
                else _say(request, "no_link", 404)
            )
        if wait := self._by_link.wait(request.path_params["token"]):
            return _say(request, "too_many", 429, retry=wait)
        if not await self._is_withdrawn(claims, request.path_params["token"]):
            return _say(request, "failed", 503, retry=1)
        return _say(request, "done", 200, category=await self._titles(claims))

    def _claims(self, request: Request) -> Claims | None:
        return self._parts.links.verify("unsubscribe", request.path_params["token"])

    async def _is_withdrawn(self, claims: Claims, token: str) -> bool:
        now = self._parts.now()
        categories = tuple(categories_of(claims))
        asked = ConsentWithdrawal(claims["shop"], claims["customer"], categories, token)
        try:
            accepted = await self._accept.own(withdraw_consent(asked, now).events, now)
        except Exception as error:  # noqa: BLE001  # the page says so, and the mail program tries again
            _log.warning("consent could not be withdrawn", error=type(error).__name__)
            return False
        return not accepted.quarantined

    async def _titles(self, claims: Claims) -> str:
        """What the shop calls them; their ids while the database is away, for a page must not fail
        for a name.
        """
        named = categories_of(claims)
        try:
            policies = (await self._active.get()).policies
        except Exception:  # noqa: BLE001  # as above
            return ", ".join(named)
        known = [(name, policies.category(name)) for name in named]
        return ", ".join(found.title or name if found else name for name, found in known)


def _say(
    request: Request, what: str, status: int, *, retry: float = 0, category: str = ""
) -> Response:
    lang = language(request)
    headers = {"Retry-After": str(int(retry) + 1)} if retry else {}
    values: dict[str, Any] = {
        "lang": lang,
        "root": "..",
        "text": WORDS[lang][what],
        "category": category,
    }
    return page("unsubscribe/unsubscribe.html", status=status, headers=headers, **values)
