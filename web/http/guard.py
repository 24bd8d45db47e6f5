"""Whatever fails behind it, the answer is 503 and the log says where, never what the
sender told.
"""

import asyncio
import traceback
from pathlib import Path

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operations.store_failures import NoRuleset, TooOld, is_away
from web.http.refusal import unavailable

_log = structlog.get_logger("purna.web")
# Each frame of an error by file, line and function; the error's own text may quote a customer.
_FRAMES = 5
# Seconds for an answer to who only reads; what is told is limited where it is taken in.
_SECONDS, _READING = 4.0, ("GET", "HEAD")


class Guard:
    """Middleware around every route.

    A sender repeats what was answered with 503 and gives up on a 500, so an error of ours must not
    cost an event.
    """

    def __init__(self, app: ASGIApp, seconds: float = _SECONDS) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request; answer for it if it fails before it has answered."""
        is_answered = False

        async def sending(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        limit = asyncio.timeout(self._seconds if scope.get("method") in _READING else None)
        try:
            async with limit:
                await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # the process ends and will not wait longer
            if not is_answered:
                await unavailable("the server is going away").response()(scope, receive, send)
            raise
        except Exception as error:  # noqa: BLE001  # this is the place where all of them end
            if not is_answered:
                reason = "the database is slow" if limit.expired() else _reason(error)
                await unavailable(reason).response()(scope, receive, send)


def _reason(error: Exception) -> str:
    """The reason that the sender reads; of an error that nobody expected the log says more."""
    if isinstance(error, NoRuleset):
        return "no rules have been published yet"
    if isinstance(error, TooOld):
        _log.error("this program is too old for the published rules")
        return "this program is too old for the published rules"
    if is_away(error):
        _log.warning("database is away or busy", error=type(error).__name__)
        return "the database is away or busy"
    _log.error("request failed", error=type(error).__name__, at=_frames(error))
    return "cannot answer just now"


def _frames(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
