"""A request that tells its length in two ways is refused, and its connection is closed (RFC 9112,
section 6.1).

A proxy before us may believe the other one, and take for the next customer's request what a
stranger put in a body.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.http.refusal import Refusal


class OneLength:
    """Middleware around every route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request, unless nobody can be sure where it ends."""
        if not {"content-length", "transfer-encoding"} <= set(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        answer = Refusal(400, "request", "must tell its length once").response()
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
