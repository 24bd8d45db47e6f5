"""Who may use the API: those who know one of its tokens."""

import hmac

from starlette.requests import Request

from web.refusal import Refusal


class Bearer:
    """The tokens that are valid; several, so that a new one can be handed out before the old one is withdrawn."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)

    def check(self, request: Request) -> None:
        """Raises a Refusal with 401 unless exactly one Authorization header (RFC 6750) carries a valid token."""
        told = request.headers.getlist("authorization")
        scheme, _, token = told[0].partition(" ") if len(told) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not self._knows(token.strip()):
            raise Refusal(401, "authorization", "must be Bearer and a valid token")

    def _knows(self, token: str) -> bool:
        """Every token is compared, in constant time, so that no answer tells how near a guess came."""
        given = token.encode("latin-1")  # as the header was decoded
        return sum([hmac.compare_digest(given, known) for known in self._tokens]) > 0
