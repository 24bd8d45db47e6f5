"""The clock of a story on real Temporal: what a journey's own clock, which time skipping moves,
means in the story.

A run of a journey begins at real time, whatever moment its story has reached; from there on its
clock is the server's. So each run is told apart by how far it was from the story when it began, and
the rules, the ledger and the mails see only moments of the story. Those are whole minutes: the
seconds in which a moment is really played are not part of it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.messages import DECIDE, Todo
from local.rehearsal.player import PAST_DUE

# Timers ring so much later than they would, so that a journey can be brought to a moment before
# what is due then.
_LATE = timedelta(seconds=30)


class StoryClock(Interceptor):
    """Put on the worker of one test; `now` is the moment its story has reached."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._ahead: dict[str, timedelta] = {}
        self._runs: dict[str, str] = {}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        """See `Interceptor`."""
        return _Inbound(next, self)

    def in_story(self, info: activity.Info, at: datetime) -> datetime:
        """A moment of a journey's own clock, as a minute of the story."""
        run = info.workflow_run_id or ""
        self._runs[info.workflow_id or ""] = run
        return _minute(at - self._ahead.setdefault(run, at - self.now))

    def rings(self, info: activity.Info, at: datetime) -> datetime:
        """When the timer of a journey has to ring for a moment of the story."""
        return at + self._ahead[info.workflow_run_id or ""] + _LATE

    def at_its_own(self, journey: str, at: datetime) -> datetime | None:
        """A moment of the story on the clock of a journey; None if it never ran."""
        ahead = self._ahead.get(self._runs.get(journey, ""))
        return None if ahead is None else at + ahead

    def past_due(self, journey: str, at: datetime) -> datetime | None:
        """Just after the timer of what is due at a moment, which the story has reached now."""
        self.now = max(self.now, at)
        own = self.at_its_own(journey, self.now)
        return own and own + _LATE + PAST_DUE


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, clock: StoryClock) -> None:
        super().__init__(inner)
        self._clock = clock

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self._clock))

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        info = activity.info()
        input.args = [
            self._clock.in_story(info, one) if isinstance(one, datetime) else one
            for one in input.args
        ]
        if info.activity_type != DECIDE:
            return await super().execute_activity(input)
        todo: Todo = await super().execute_activity(input)
        return replace(todo, wake_at=todo.wake_at and self._clock.rings(info, todo.wake_at))


class _Outbound(ActivityOutboundInterceptor):
    """Attempts start at a moment of the story; a decision is told its moment, and asks for none."""

    def __init__(self, inner: ActivityOutboundInterceptor, clock: StoryClock) -> None:
        super().__init__(inner)
        self._clock = clock

    def info(self) -> activity.Info:
        info = super().info()
        if info.activity_type == DECIDE:
            return info
        if info.is_local:  # it is told its moment too, in which it has waited for nothing
            return replace(info, started_time=info.current_attempt_scheduled_time)
        return replace(info, started_time=self._clock.in_story(info, info.started_time))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
