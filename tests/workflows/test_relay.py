"""The relay on a real Temporal, with nudges from memory."""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

from google.protobuf.duration_pb2 import Duration
from structlog.testing import capture_logs
from temporalio.api.operatorservice.v1 import DeleteNamespaceRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from local.rehearsal.meanwhile import meanwhile
from store.records.swept import Swept
from tests.workflows.scripted import ENDED, IDLE, Script, has_ended, on_stage, until
from workflows.names import workflow_id
from workflows.relay import Pace, Relay
from workflows.temporal_identity import TemporalIdentity

NEVER_BY_ITSELF = timedelta(seconds=30)
ASKED = Pace(look=NEVER_BY_ITSELF, sweep=NEVER_BY_ITSELF, signal=timedelta(seconds=30))


class SomeNudges:
    """A store that has nothing but nudges."""

    def __init__(self, *journeys: str) -> None:
        self.waiting = list(journeys)
        self.unreached: list[str] = []
        self.hopeless: list[tuple[str, str]] = []
        self.forgotten: list[str] = []
        self.alive: list[str] = []
        self.is_away = False
        self.is_persistent = False  # what could not be passed on comes again
        self.looked = 0

    async def take(self, limit: int = 200) -> list[tuple[str, str]]:
        self.looked += 1
        if self.is_away:
            raise ConnectionError("away")
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return [(journey, journey.partition(":")[0]) for journey in taken]

    async def failed(self, journey: str) -> None:
        self.unreached.append(journey)
        if self.is_persistent:
            self.waiting.append(journey)

    async def refused(self, journey: str, why: str) -> None:
        self.hopeless.append((journey, why))

    async def sweep(self) -> Swept:
        self.waiting += self.forgotten
        found, self.forgotten = len(self.forgotten), []
        return Swept(found)

    async def recall(self, cluster: str) -> int:  # noqa: ARG002  # the port's
        self.waiting += self.alive
        return len(self.alive)


def running(relay: Relay) -> AbstractAsyncContextManager[None]:
    return meanwhile(relay.run())


async def test_a_nudge_starts_the_journey_it_names(client: Client, number: int) -> None:
    journeys = f"order:relay/{number}", f"customer:relay{number}"
    store, script = SomeNudges(*journeys), Script(ENDED)
    relay = Relay(store, client, task_queue=f"relay-{number}", pace=ASKED)
    async with on_stage(client, script, f"relay-{number}"), running(relay):
        for journey in journeys:
            await until(partial(_ended, client, journey))
    assert store.unreached == []


async def _ended(client: Client, journey: str) -> bool:
    with suppress(Exception):
        return await has_ended(client.get_workflow_handle(journey))
    return False


async def test_a_nudge_reaches_a_journey_that_runs(client: Client, number: int) -> None:
    store, script = SomeNudges(f"order:relay/{number}"), Script(IDLE)
    relay = Relay(store, client, task_queue=f"relay-{number}", pace=ASKED)
    async with on_stage(client, script, f"relay-{number}"), running(relay):
        await until(lambda: len(script.asked) == 1)
        store.waiting.append(f"order:relay/{number}")
        relay.ring()
        await until(lambda: len(script.asked) == 2)


async def test_without_a_bell_it_looks_by_itself(client: Client) -> None:
    store = SomeNudges()
    async with running(Relay(store, client, pace=Pace(look=timedelta(milliseconds=50)))):
        await until(lambda: store.looked > 3, within=2)


async def test_more_nudges_than_a_batch_are_all_taken_at_once(client: Client, number: int) -> None:
    store = SomeNudges(*(f"order:many{number}/{one}" for one in range(250)))
    async with running(Relay(store, client, task_queue=f"nobody-{number}", pace=ASKED)):
        await until(lambda: store.looked == 2)
        await until(lambda: not store.waiting)
    assert store.unreached == []


async def test_a_signal_that_fails_is_given_back() -> None:
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)
    store = SomeNudges(*(f"order:relay/{one}" for one in range(3)))
    pace = replace(ASKED, signal=timedelta(milliseconds=300))
    with capture_logs() as lines:
        async with running(Relay(store, nowhere, pace=pace)):
            await until(lambda: len(store.unreached) == 3)
    assert [line["event"] for line in lines] == ["nudges wait for Temporal"]


async def test_a_nudge_that_temporal_will_never_take_is_given_up_at_once(client: Client) -> None:
    store = SomeNudges("order:relay/" + "x" * 3_000_000)
    relay = Relay(store, client, pace=Pace())
    with capture_logs() as lines:
        async with running(relay):
            await until(lambda: bool(store.hopeless))
    assert store.unreached == []
    assert relay.refusal == ""
    assert [line["event"] for line in lines] == ["Temporal refuses a nudge"]


async def test_a_missing_namespace_is_a_fault_of_the_installation(client: Client) -> None:
    journeys = [f"order:relay/{one}" for one in range(3)]
    store = SomeNudges(*journeys)
    elsewhere = await Client.connect(client.service_client.config.target_host, namespace="nobody")
    relay = Relay(store, elsewhere, pace=ASKED)
    with capture_logs() as lines:
        async with running(relay):
            await until(lambda: len(store.unreached) == 3)
    assert store.hopeless == []
    assert relay.refusal == "NOT_FOUND"
    alarms = [line for line in lines if line["log_level"] == "error"]
    assert [line["event"] for line in alarms] == ["Temporal refuses this installation"]


async def test_a_journey_with_a_long_name_runs_under_a_short_id(
    client: Client, number: int
) -> None:
    journey = f"order:relay/{number}-" + "ä" * 200
    store, script = SomeNudges(journey), Script(ENDED)
    relay = Relay(store, client, task_queue=f"relay-{number}", pace=ASKED)
    async with on_stage(client, script, f"relay-{number}"), running(relay):
        await until(partial(_ended, client, workflow_id(journey)))
    assert len(workflow_id(journey).encode()) <= 255


async def test_a_database_that_is_away_is_waited_for_and_told_once(
    client: Client, number: int
) -> None:
    store = SomeNudges(f"order:relay/{number}")
    store.is_away = True
    relay = Relay(
        store, client, task_queue=f"nobody-{number}", pace=Pace(look=timedelta(milliseconds=20))
    )
    with capture_logs() as lines:
        async with running(relay):
            await until(lambda: store.looked > 3)
            store.is_away = False
            await until(lambda: not store.waiting)
    assert len(lines) == 1


async def test_the_sweep_rings_for_what_was_forgotten(client: Client, number: int) -> None:
    store = SomeNudges()
    store.forgotten = [f"order:relay/{number}"]
    pace = replace(ASKED, sweep=timedelta(milliseconds=50))
    async with running(Relay(store, client, task_queue=f"nobody-{number}", pace=pace)):
        await until(lambda: store.looked >= 2 and not store.waiting)


async def test_a_temporal_with_another_database_is_told_of_every_journey(
    client: Client, number: int
) -> None:
    store, script = SomeNudges(), Script(ENDED)
    store.alive = [f"order:relay/{number}"]
    relay = Relay(
        store,
        client,
        task_queue=f"relay-{number}",
        pace=replace(ASKED, watch=timedelta(seconds=0.05)),
    )
    relay.met = TemporalIdentity("the one before it")
    async with on_stage(client, script, f"relay-{number}"), running(relay):
        await until(partial(_ended, client, store.alive[0]))
        assert store.waiting == []
        await asyncio.sleep(0.2)
    assert len(script.asked) == 1


async def test_a_namespace_that_was_deleted_and_made_anew_is_told_of_every_journey(
    client: Client, number: int
) -> None:
    name, store = f"again-{number}", SomeNudges()
    store.is_persistent = True
    store.alive = [f"order:relay/{number}"]
    made_anew = RegisterNamespaceRequest(
        namespace=name, workflow_execution_retention_period=Duration(seconds=86_400)
    )
    await client.workflow_service.register_namespace(made_anew)
    inside = await Client.connect(client.service_client.config.target_host, namespace=name)
    relay = Relay(store, inside, task_queue="nobody", pace=Pace(watch=timedelta(seconds=0.2)))
    async with running(relay):
        await until(lambda: bool(relay.met.namespace), within=60)
        await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=name))
        await until(lambda: relay.refusal == "NOT_FOUND", within=60)
        await client.workflow_service.register_namespace(made_anew)
        await until(partial(_is_there, inside, store.alive[0]), within=60)
    assert relay.refusal == ""


async def _is_there(client: Client, journey: str) -> bool:
    with suppress(RPCError):
        await client.get_workflow_handle(workflow_id(journey)).describe()
        return True
    return False


async def test_the_same_temporal_is_told_of_nothing(client: Client, number: int) -> None:
    store = SomeNudges()
    store.alive = [f"order:relay/{number}"]
    relay = Relay(
        store,
        client,
        task_queue=f"relay-{number}",
        pace=replace(ASKED, watch=timedelta(seconds=0.05)),
    )
    async with running(relay):
        await until(lambda: bool(relay.met.namespace))
        await asyncio.sleep(0.2)
    assert store.looked == 1


class SomeSecrets:
    """A client of a real Temporal that forbids some questions, as this one here cannot."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.forbidden: set[str] = set()
        self.asked: list[str] = []
        self.workflow_service = self

    def __getattr__(self, name: str) -> Any:
        if name not in ("get_cluster_info", "describe_namespace"):
            return getattr(self._client, name)
        self.asked.append(name)
        if name in self.forbidden:
            return self._refuse
        return getattr(self._client.workflow_service, name)

    async def _refuse(self, *_: Any, **__: Any) -> None:
        raise RPCError("forbidden", RPCStatusCode.PERMISSION_DENIED, b"")


async def test_a_temporal_that_tells_less_is_still_the_same_and_refuses_nobody(
    client: Client, number: int
) -> None:
    store, secretive = SomeNudges(), SomeSecrets(client)
    store.alive = [f"order:relay/{number}"]
    pace = replace(ASKED, watch=timedelta(seconds=0.02))
    relay = Relay(store, cast("Client", secretive), task_queue=f"relay-{number}", pace=pace)
    async with running(relay):
        await until(lambda: bool(relay.met.namespace))
        met = relay.met
        for forbidden in ({"describe_namespace"}, {"get_cluster_info"}):
            secretive.forbidden = forbidden
            secretive.asked.clear()
            await until(lambda: len(secretive.asked) > 8)
            assert (relay.met, relay.refusal) == (met, "")
    assert store.looked == 1


async def test_a_temporal_that_never_tells_its_cluster_is_known_by_its_namespace(
    client: Client, number: int
) -> None:
    store, secretive = SomeNudges(), SomeSecrets(client)
    secretive.forbidden = {"get_cluster_info"}
    store.alive = [f"order:relay/{number}"]
    pace = replace(ASKED, watch=timedelta(seconds=0.02))
    relay = Relay(store, cast("Client", secretive), task_queue=f"relay-{number}", pace=pace)
    relay.met = TemporalIdentity("", "the one before it")
    async with running(relay):
        await until(lambda: store.looked > 1)
    assert (relay.met.cluster, relay.refusal) == ("", "")
