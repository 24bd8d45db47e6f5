"""Who may use the API: those who know one of its tokens."""

import hmac

from starlette.requests import Request

from web.http.refusal import Refusal


class Bearer:
    """The tokens that are valid; several, so that a new one can be handed out before the old one is
    withdrawn.
    """

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)

    def check(self, request: Request) -> str:
        """A name for the token of the request.

        Raises a Refusal with 401 unless exactly one Authorization header (RFC 6750) carries a valid
        one.
        """
        told = request.headers.getlist("authorization")
        scheme, _, token = told[0].partition(" ") if len(told) == 1 else ("", "", "")
        place = self._place(token.strip()) if scheme.lower() == "bearer" else 0
        if not place:
            raise Refusal(401, "authorization", "must be Bearer and a valid token")
        return f"token {place}"

    def _place(self, token: str) -> int:
        """Which token it is, from 1; 0 for none.

        Every token is compared, in constant time, so that no answer tells how near a guess came.
        """
        given = token.encode("latin-1")  # as the header was decoded
        return max(
            [hmac.compare_digest(given, known) * at for at, known in enumerate(self._tokens, 1)],
            default=0,
        )
