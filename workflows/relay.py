"""The relay: every nudge in PostgreSQL becomes a signal without content, repeated until a decision
has passed it.

Temporal may be away, slow or have lost its database: a nudge stays where it is until `decide`
deletes it. Time can be skipped for any journey on a server that allows it
(`frontend.WorkflowTimeSkippingEnabled`), however it was started:

    skipper = TimeSkipper(client)
    handle = client.get_workflow_handle(workflow_id(journey))
    left = due_at - await skipper.get_current_time(handle)
    # False: the journey ended before
    is_there = left <= timedelta(0) or await skipper.fast_forward(handle, left)
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from process import counts
from store.ports import Nudges
from workflows.names import TASK_QUEUE, workflow_id, workflow_of
from workflows.temporal_identity import TemporalIdentity, identity_of

_LOG = structlog.get_logger()
_AT_ONCE = 64
_BATCH = 200
_DEAD_AFTER = timedelta(
    seconds=5
)  # a worker that died with a journey in its hands; a decision may take as long
# What is wrong with the installation, not with a journey: its namespace, or how we log in there.
_REFUSES_US = (
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
)
_Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the relay looks by itself, and how long a signal may take."""

    look: timedelta = timedelta(milliseconds=500)
    sweep: timedelta = timedelta(seconds=15)
    watch: timedelta = timedelta(seconds=3)
    signal: timedelta = timedelta(seconds=3)


class Relay:
    """One in every web and worker process; ring its bell after a commit that wrote nudges.

    `met` is the Temporal that it met last, as far as that tells who it is.
    `refusal` is why Temporal refuses this installation as a whole, empty while it does not.
    """

    def __init__(
        self,
        nudges: Nudges,
        client: Client,
        *,
        task_queue: str = TASK_QUEUE,
        pace: Pace | None = None,
    ) -> None:
        self._nudges, self._client, self._task_queue = nudges, client, task_queue
        self._pace = pace or Pace()
        self._bell = asyncio.Event()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._temporal_is_away = False
        self.met = TemporalIdentity()
        self.refusal = ""

    def ring(self) -> None:
        """There are nudges."""
        self._bell.set()

    async def run(self) -> None:
        """Until cancelled; a database or a Temporal that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            group.create_task(
                self._for_ever("nudges", partial(self._relay, group), self._bell_or_look)
            )
            group.create_task(self._for_ever("sweep", self._sweep, self._until_next_sweep))
            group.create_task(self._for_ever("watch", self._watch, self._until_next_watch))

    async def _for_ever(self, what: str, work: _Work, rest: _Work) -> None:
        is_away = False
        while True:
            try:
                await work()
                is_away = False
            except Exception as failure:  # noqa: BLE001  # whatever it was, the nudges are still there
                if not is_away:
                    _LOG.warning(
                        "the relay waits for the database",
                        work=what,
                        failure=type(failure).__name__,
                    )
                is_away = True
            await rest()

    async def _relay(self, group: asyncio.TaskGroup) -> None:
        """Take and pass on until there are no more; a slow signal holds up no other."""
        while True:
            self._bell.clear()
            taken = await self._nudges.take(_BATCH)
            for journey, _ in taken:
                await self._slots.acquire()
                group.create_task(self._pass_on(journey)).add_done_callback(
                    lambda _: self._slots.release()
                )
            if len(taken) < _BATCH:
                return

    async def _pass_on(self, journey: str) -> None:
        """Never raises: a nudge that was not passed on comes again, but one that Temporal cannot
        take at all.
        """
        try:
            await self._signal(journey)
            self._temporal_is_away, self.refusal = False, ""
        except RPCError as failure:
            if failure.status is RPCStatusCode.INVALID_ARGUMENT:
                await self._give_up(journey, failure)
            else:
                self._note_refusal(failure)
                await self._give_back(journey, failure)
        except Exception as failure:  # noqa: BLE001  # every failure means the same: try again soon
            await self._give_back(journey, failure)

    async def _give_up(self, journey: str, failure: RPCError) -> None:
        _LOG.error("Temporal refuses a nudge", journey=journey, failure=failure.message)
        counts.NUDGES_REFUSED.labels(failure.status.name).inc()
        with suppress(Exception):
            await self._nudges.refused(journey, f"Temporal refuses it: {failure.message}"[:500])

    async def _give_back(self, journey: str, failure: Exception) -> None:
        if not self._temporal_is_away:
            _LOG.warning(
                "nudges wait for Temporal", journey=journey, failure=type(failure).__name__
            )
        self._temporal_is_away = True
        with suppress(Exception):
            await self._nudges.failed(journey)

    def _note_refusal(self, failure: RPCError) -> None:
        """An alarm, once, where Temporal refuses whatever this installation asks."""
        refusal = failure.status.name if failure.status in _REFUSES_US else ""
        if refusal:
            counts.NUDGES_REFUSED.labels(refusal).inc()
            if refusal != self.refusal:
                _LOG.error("Temporal refuses this installation", failure=failure.message)
        self.refusal = refusal

    async def _signal(self, journey: str) -> None:
        await self._client.start_workflow(
            workflow_of(journey),
            journey,
            id=workflow_id(journey),
            task_queue=self._task_queue,
            start_signal="nudge",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=_DEAD_AFTER,
            rpc_timeout=self._pace.signal,
        )

    async def _sweep(self) -> None:
        swept = await self._nudges.sweep()
        counts.SWEEP_FAILURES.inc(swept.failed)
        if swept.failed:
            _LOG.warning("a sweep left something to the next one", pages=swept.failed)
        if swept.nudged:
            self.ring()

    async def _watch(self) -> None:
        """A Temporal whose database is another one, or whose namespace was made anew, has forgotten
        every journey and every timer. One that does not tell who it is is not watched: then the
        sweep finds what was forgotten, later.
        """
        try:
            met = await identity_of(self._client, self._pace.signal)
        except RPCError as failure:  # away, or our namespace is
            if failure.status in _REFUSES_US:
                self._note_refusal(failure)
            return
        except RuntimeError:
            return
        if not met.is_another(self.met):
            self.met = met.after(self.met)
            return
        _LOG.warning("Temporal is another one: every journey is nudged")
        recalled = await self._nudges.recall(str(met))
        _LOG.info("every journey has been nudged", journeys=recalled)
        self.ring()
        self.met = met

    async def _bell_or_look(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), self._pace.look.total_seconds())

    async def _until_next_sweep(self) -> None:
        await asyncio.sleep(self._pace.sweep.total_seconds())

    async def _until_next_watch(self) -> None:
        await asyncio.sleep(self._pace.watch.total_seconds())
