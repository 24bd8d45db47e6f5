"""What a worker tells those who watch it: counts, traces and log lines, and nothing of a person or
a secret.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from sys import executable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.service import RPCError

from bench.chaos.faulty_smtp import FaultScript, SmtpFault
from local.embedded.ports import Ports
from tests.shop import ANA, Shop, a_shop
from tests.web.serving import port_of, running
from tests.workflows.scripted import until
from tests.workflows.test_worker import WORKER, a_worker

ORDERS = ("M1", "M2", "L0", "L1", "L2", "L3")
SECRET = "a-secret-that-must-not-be-told-00"


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database) as shop:
        yield shop


@pytest.fixture(autouse=True)
async def leaves_no_journey(client: Client) -> AsyncIterator[None]:
    """The next worker on this Temporal has another database: it must not find journeys
    of this one.
    """
    yield
    for order in ORDERS:
        with suppress(RPCError):
            await client.get_workflow_handle(f"order:main/{order}").terminate()


@pytest.fixture
def settings(fresh_database: str, temporal_address: str, shop: Shop) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": temporal_address,
        "PURNA_DATABASE_URL": fresh_database,
        "PURNA_BASE_URL": "https://purna.example",
        "PURNA_SECRET": f"{SECRET} {'s' * 32}",
        "PURNA_SMTP_URL": f"smtp://127.0.0.1:{shop.smtp.port}",
        "PURNA_SENDER": "Shop <shop@purna.example>",
    }


async def test_counts_of_ours_and_of_the_sdk_are_told(
    shop: Shop, settings: dict[str, str], tmp_path: Path
) -> None:
    ports = Ports(tmp_path / "ports.json")
    ours, sdk = ports.choose("metrics"), ports.choose("sdk")
    asked = {"PURNA_METRICS": f"127.0.0.1:{ours}", "PURNA_TEMPORAL_METRICS": f"127.0.0.1:{sdk}"}
    async with a_worker({**settings, **asked}), httpx.AsyncClient(trust_env=False) as client:
        await shop.tell("order.confirmed", order={"id": "M1"})
        await until(lambda: len(shop.smtp.kept) == 1, within=20)
        await asyncio.sleep(0.5)
        told = (await client.get(f"http://127.0.0.1:{ours}/metrics")).text
        core = (await client.get(f"http://127.0.0.1:{sdk}/metrics")).text

    assert (
        'purna_messages_total{channel="email",class="courtesy",reason="",result="sent"} 1.0' in told
    )
    assert "temporal_workflow_task_execution_latency" in core


async def test_a_journey_and_its_activities_are_traced(
    shop: Shop, settings: dict[str, str]
) -> None:
    received: list[bytes] = []

    async def keep(request: Request) -> Response:
        received.append(await request.body())
        return Response()

    async with running(
        Starlette(routes=[Route("/v1/traces", keep, methods=["POST"])])
    ) as collector:
        endpoint = f"http://127.0.0.1:{port_of(collector)}"
        asked = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        async with a_worker({**settings, **asked}):
            await shop.tell("order.confirmed", order={"id": "M2"})
            await until(lambda: b"RunActivity:send_message" in b"".join(received), within=20)
    spans = b"".join(received)
    assert b"order:main/M2" in spans
    assert ANA["email"].encode() not in spans


async def test_an_address_that_is_none_is_one_sentence(settings: dict[str, str]) -> None:
    wrong = {**settings, "PURNA_METRICS": "9464"}
    process = await asyncio.create_subprocess_exec(executable, WORKER, env=wrong, stderr=PIPE)
    _, told = await process.communicate()

    assert (process.returncode, told.count(b"\n")) == (2, 1)
    assert told.startswith(b"PURNA_METRICS is not an address")


async def test_no_log_line_tells_of_a_person_or_a_secret(
    shop: Shop, settings: dict[str, str]
) -> None:
    shop.smtp.faults = FaultScript(
        SmtpFault.RCPT_550_POLICY,
        SmtpFault.TAKE_AND_DROP,
        SmtpFault.CONTENT_554,
        SmtpFault.MAIL_550,
    )
    async with a_worker(settings) as worker:
        for order in ORDERS[2:]:
            await shop.tell("order.confirmed", order={"id": order})
        await until(
            lambda: len(worker.said("message")) >= 3 and worker.said("uncertain"), within=30
        )
    lines = str(worker.lines)

    assert {line["rule"] for line in worker.said("message")} == {"confirmed"}
    assert all(line["key"].startswith("order:main/") for line in worker.said("message"))
    for private in (*ANA.values(), SECRET, "s" * 32):
        assert private == ANA["id"] or private not in lines
