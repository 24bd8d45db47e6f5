"""What the attempts of all effects share: who makes them, when they are, and how they
are put off.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import HELD
from engine.decisions.redecided.redecided_firings import calls_for_redeciding
from engine.sending.gates import Dropped, Held
from engine.sending.question import Question
from process import counts as metrics
from process.logs import NOT_NOW
from store.ports import Ledger
from store.records.attempts import Busy, Settled

_LOG = structlog.get_logger()
_INSISTS = 60.0  # seconds
_ONE_TRY = 5.0
_LONGEST_WAIT = timedelta(minutes=1)  # for a place among the attempts inside workflow tasks


def fresh_owner() -> str:
    """A token that no other attempt has, on any worker."""
    return secrets.token_hex(16)


class AttemptClock:
    """The gates' now: the workflow's own clock, also where time is skipped, fresh on each attempt.

    An attempt inside a workflow task is told by the workflow when it was asked for, since its
    worker does not know that clock; how long it waited for a place is added, as far as that can be:
    the worker's clock may have been set meanwhile.
    """

    def __init__(self, told: datetime | None = None) -> None:
        info = activity.info()
        waited = info.started_time - info.current_attempt_scheduled_time
        waited = min(max(waited, timedelta(0)), _LONGEST_WAIT)
        self.at_start = info.started_time if told is None else told + waited
        self._since = self._left_at = time.monotonic()

    def leave(self) -> datetime:
        """As `later`; from this moment on the lease of a message runs."""
        self._left_at = time.monotonic()
        return self.later()

    def left_of(self, lease: float) -> float:
        """How many seconds of the lease are left since the message began to leave; enough for one
        try at least, which the ledger refuses where another attempt has taken over.
        """
        return max(_ONE_TRY, self._left_at + lease - time.monotonic())

    def later(self) -> datetime:
        """The same clock at this moment; no time is skipped while an attempt is under way."""
        return self.at_start + timedelta(seconds=time.monotonic() - self._since)


async def claim(ledger: Ledger, key: str, owner: str, now: datetime) -> Question | str:
    """An attempt starts: the question of the claimed effect, or what to answer where there is
    nothing to do.
    """
    attempt = await ledger.attempt(key, owner, now)
    match attempt.verdict:
        case Held(reason=reason):
            metrics.attempted(attempt.question, HELD, reason or "")
            return HELD
        case Dropped(reason=reason, by=by):
            metrics.attempted(attempt.question, "dropped", reason)
            # What says another thing by now has to be carried out again by its journey.
            return HELD if calls_for_redeciding(reason, by) else "dropped"
        case Settled(state):
            return state
        case Busy(retry_after):
            raise retry("another attempt is busy with it", retry_after)
    assert attempt.question is not None
    return attempt.question


def retry(why: str, after: timedelta | None = None) -> ApplicationError:
    """The error with which Temporal tries the same effect again, after a while. `why` is written
    into the history.
    """
    return ApplicationError(why, type=NOT_NOW, next_retry_delay=after)


async def to_its_end(work: Coroutine[Any, Any, str]) -> str:
    """Work that a cancellation does not cut short: half a message would be one of which nobody
    knows.

    It does no harm where another attempt has begun meanwhile: the ledger lets only one of them past
    the last question.
    """
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        with suppress(Exception):
            await working
        raise


async def insist(record: Callable[[], Awaitable[bool]], at_most: float = _INSISTS) -> None:
    """Write down what has happened outside, though the database may be away for a moment.

    What cannot be written down would have to count as unknown. False from the ledger means that
    another attempt has taken over; it knows better. `at_most` is in seconds: what is left of a
    lease, after which another attempt judges this one dead.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(min(at_most, _INSISTS)):
            while not await _recorded(record):  # noqa: ASYNC110  # it is the database that has to come back
                await asyncio.sleep(1)
            return
    raise retry("what happened could not be written down")


async def _recorded(record: Callable[[], Awaitable[bool]]) -> bool:
    """Whether the ledger has answered, be it that another attempt has taken over."""
    try:
        if not await record():
            _LOG.warning(
                "fenced: another attempt has taken over", activity=activity.info().activity_id
            )
    except Exception as failure:  # noqa: BLE001  # any of them leaves the fact unwritten
        _LOG.warning("not written down yet", failure=type(failure).__name__)
        return False
    return True
