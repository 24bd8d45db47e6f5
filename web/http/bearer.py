"""Who may use the API: those who know one of its tokens, each for the shops that it opens."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from process.api_tokens import ApiToken
from web.http.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whoever has shown a token: a name for it, and the shops that it opens, None for every one."""

    name: str
    shops: frozenset[str] | None


class Bearer:
    """The tokens that are valid; several, so that a new one can be handed out before the old one is
    withdrawn.
    """

    def __init__(self, tokens: Sequence[ApiToken]) -> None:
        self._tokens = tuple(tokens)

    def check(self, request: Request) -> Admitted:
        """Who shows a token.

        Raises a Refusal with 401 unless exactly one Authorization header (RFC 6750) carries a valid
        one.
        """
        told = request.headers.getlist("authorization")
        scheme, _, token = told[0].partition(" ") if len(told) == 1 else ("", "", "")
        place = self._place(token.strip()) if scheme.lower() == "bearer" else 0
        if not place:
            raise Refusal(401, "authorization", "must be Bearer and a valid token")
        return Admitted(f"token {place}", self._tokens[place - 1].shops)

    def check_for_every_shop(self, request: Request) -> Admitted:
        """As `check`; a Refusal with 403 where the token opens some shops only."""
        admitted = self.check(request)
        if admitted.shops is not None:
            raise Refusal(403, "authorization", "must be a token of every shop")
        return admitted

    def _place(self, token: str) -> int:
        """Which token it is, from 1; 0 for none.

        Every token is compared, in constant time, so that no answer tells how near a guess came.
        """
        given = token.encode("latin-1")  # as the header was decoded
        return max(
            [
                hmac.compare_digest(given, known.text.encode()) * at
                for at, known in enumerate(self._tokens, 1)
            ],
            default=0,
        )
