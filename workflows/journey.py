"""The loop of every journey: nudged or due, ask what is open, see to it, sleep until it is due
next.

A journey knows no rule, no fact and no event. Whatever it forgets it asks again: `decide` answers
what is open, not what is new.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

from activities.messages import CALL, DECIDE, EMIT, HELD, LASTS, SEND_MESSAGE, Todo

_ACTIVITIES = {"send": SEND_MESSAGE, "call": CALL, "emit": EMIT}
_SHORT = ("send", "emit")  # kinds of effects that take a moment, where nothing is wrong
_DECIDE_TIMEOUT = timedelta(seconds=5)
_FIRST_PATIENCE = timedelta(seconds=1)
_LONGEST_PATIENCE = timedelta(seconds=15)
# Longer than the longest default `valid_for`: what is too late ends in the ledger, not here.
_EFFECT_LASTS = timedelta(days=8)
_PROMPT_LASTS = timedelta(
    seconds=3
)  # less than a workflow task may take: nobody hears a nudge meanwhile
_ATTEMPT_LASTS = timedelta(seconds=180)  # a mail server may think for 120 s about the content
_DEAD_AFTER = timedelta(seconds=10)
# How long a run that has to continue waits for what is in flight: an attempt of most kinds is over.
_HANGS_AFTER = timedelta(seconds=5)
_LETS_GO = "lets go of effects that hang"  # how a history says that this code has run
_ON_CURRENT_BUILD = (
    workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
)  # a pinned run would hand on its own build
_ONCE = RetryPolicy(maximum_attempts=1)
_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=60),
)


class Journey:
    """One order's or one customer's run. Its whole state: was it nudged, what is in flight, when it
    wakes.
    """

    def __init__(self) -> None:
        self._nudged = True
        self._has_asked = False
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._wake_at: datetime | None = None
        self._ends_with_these = True
        self._timer: asyncio.Task[None] | None = None
        self._letting_go: asyncio.Task[None] | None = None

    @workflow.signal
    def nudge(self) -> None:
        """Something may have happened; what it is stands in the log."""
        self._nudged = True

    async def live(self, journey_id: str) -> None:
        """Until nothing waits and nothing is open."""
        todo = Todo()
        while not (todo.ended and self._is_idle()):
            await self._nudged_or_due()
            self._continue_if_due(journey_id)
            self._nudged = (
                False  # before the await: a nudge that lands meanwhile must not be forgotten
            )
            todo = await self._decide(journey_id)
            self._ends_with_these = todo.ends_with_these
            self._has_asked = True
            self._carry_out(todo)
            self._rearm(todo.wake_at)

    def _is_idle(self) -> bool:
        return not self._nudged and not self._in_flight

    async def _nudged_or_due(self) -> None:
        await workflow.wait_condition(lambda: self._nudged)

    async def _decide(self, journey_id: str) -> Todo:
        """Ask until there is an answer: a failure means that the database is away, not that nothing
        is open.
        """
        patience = _FIRST_PATIENCE
        while True:
            try:
                return await _ask(journey_id)
            except (
                FailureError
            ) as failure:  # one that timed out is another kind when it is replayed
                if is_cancelled_exception(failure):
                    raise
                workflow.logger.warning("no decision, asking again in %s: %s", patience, failure)
            await workflow.sleep(patience)
            patience = min(2 * patience, _LONGEST_PATIENCE)
            self._continue_if_due(journey_id)

    def _carry_out(self, todo: Todo) -> None:
        if self.is_long():
            self._nudged = (
                self._nudged or not self._in_flight
            )  # what is open begins after the continuation
            self._let_go_later()
            return
        for key, kind in todo.open.items():
            if key not in self._in_flight:
                seeing_to = self._see_to(
                    _ACTIVITIES[kind], key, promptly=todo.promptly and kind in _SHORT
                )
                self._in_flight[key] = asyncio.create_task(seeing_to)

    async def _see_to(self, name: str, key: str, *, promptly: bool) -> None:
        """One effect until it has happened or will not; one that fails for good is found again by
        the sweep.
        """
        answer: str | None = None
        is_let_go = False
        try:
            answer = await _tried_promptly(name, key) if promptly else None
            answer = answer or await _carried_out(name, key)
        except (FailureError, asyncio.CancelledError) as failure:
            is_let_go = is_cancelled_exception(failure)
            if not is_let_go:
                workflow.logger.error("%s failed for good: %s: %s", name, key, failure.__cause__)
        del self._in_flight[key]
        if answer == HELD or is_let_go or self._should_ask_whether_over(answer):
            self._nudged = True

    def _should_ask_whether_over(self, answer: str | None) -> bool:
        """After the last effect, where no timer would ever ask; a failure is left to the sweep,
        which is slower.
        """
        if self._in_flight:
            return False
        is_last = answer is not None and self._wake_at is None and self._ends_with_these
        return self.is_long() or is_last

    def _rearm(self, wake_at: datetime | None) -> None:
        """One timer, moved only to an earlier moment; one that rings too early costs less than one
        that is moved.
        """
        if wake_at is None or (self._wake_at is not None and self._wake_at <= wake_at):
            return
        if self._timer:
            self._timer.cancel()
        self._wake_at = wake_at
        self._timer = asyncio.create_task(self._ring_at(wake_at))

    async def _ring_at(self, wake_at: datetime) -> None:
        left = wake_at - workflow.now()
        # A moment that is past has been asked about already: asking at once again would spin.
        await workflow.sleep(left if left > timedelta(0) else _FIRST_PATIENCE)
        if self._wake_at == wake_at:
            self._wake_at, self._nudged = None, True

    def is_long(self) -> bool:
        """Whether Temporal suggests that this run goes on with a new history."""
        return workflow.info().is_continue_as_new_suggested()

    def _is_outdated(self) -> bool:
        """Whether this run is pinned to a build that is no longer current; never before its first
        question.
        """
        return self._has_asked and workflow.info().is_target_worker_deployment_version_changed()

    def _continue_if_due(self, journey_id: str) -> None:
        """With a new history on the current build, once nothing is in flight; its id is all it
        needs to go on.
        """
        if not (self.is_long() or self._is_outdated()):
            return
        if not self._in_flight:
            workflow.continue_as_new(journey_id, initial_versioning_behavior=_ON_CURRENT_BUILD)
        self._let_go_later()

    def _let_go_later(self) -> None:
        """A call may hang for days: what is in flight has a moment to end, then it is given up.

        Its row stays open, so that the next run sees to it again, and the ledger fences the attempt
        that may still be under way.
        """
        if self._in_flight and self._letting_go is None and workflow.patched(_LETS_GO):
            self._letting_go = asyncio.create_task(self._let_go())

    async def _let_go(self) -> None:
        await workflow.sleep(_HANGS_AFTER)
        for seeing_to in self._in_flight.values():
            seeing_to.cancel()


async def _tried_promptly(name: str, key: str) -> str | None:
    """A first attempt inside the workflow task; None if it takes another, once the pause it asks
    for is over.
    """
    try:
        answer: str = await _within_this_task(name, [key, workflow.now()], str, _PROMPT_LASTS)
    except FailureError as failure:  # see `_decide`
        if is_cancelled_exception(failure):
            raise
        pause = failure.next_retry_delay if isinstance(failure, ApplicationError) else None
    else:
        return None if answer == LASTS else answer
    await workflow.sleep(pause or _FIRST_PATIENCE)
    return None


async def _carried_out(name: str, key: str) -> str:
    answer: str = await workflow.execute_activity(
        name,
        key,
        result_type=str,
        schedule_to_close_timeout=_EFFECT_LASTS,
        start_to_close_timeout=_ATTEMPT_LASTS,
        heartbeat_timeout=_DEAD_AFTER,
        retry_policy=_RETRIES,
    )
    return answer


async def _ask(journey_id: str) -> Todo:
    todo: Todo = await _within_this_task(
        DECIDE, [journey_id, workflow.now()], Todo, _DECIDE_TIMEOUT
    )
    return todo


async def _within_this_task(name: str, told: list[Any], answers: type, lasts: timedelta) -> Any:
    """Once: whoever asks knows better than the SDK when to ask again."""
    return await workflow.execute_local_activity(
        name, args=told, result_type=answers, start_to_close_timeout=lasts, retry_policy=_ONCE
    )
