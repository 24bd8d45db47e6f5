"""The namespace of a running worker is deleted and made anew: what waited goes on once the worker's
long polls of the old one have ended, after a minute at most.
"""

import os
from collections.abc import AsyncIterator

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import DeleteNamespaceRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from tests.shop import Shop, a_shop
from tests.workflows.scripted import until
from tests.workflows.test_worker import a_worker

NAME = "soon-gone"


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database) as shop:
        yield shop


async def test_a_worker_goes_on_in_a_namespace_that_is_back(
    client: Client, fresh_database: str, temporal_address: str, shop: Shop
) -> None:
    made_anew = RegisterNamespaceRequest(
        namespace=NAME, workflow_execution_retention_period=Duration(seconds=86_400)
    )
    settings = {
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": NAME,
        "PURNA_DATABASE_URL": fresh_database,
        "PURNA_BASE_URL": "https://purna.example",
        "PURNA_SECRET": "s" * 32,
        "PURNA_SMTP_URL": f"smtp://127.0.0.1:{shop.smtp.port}",
        "PURNA_SENDER": "Shop <shop@purna.example>",
    }
    await client.workflow_service.register_namespace(made_anew)
    async with a_worker(settings) as worker:
        await until(lambda: worker.said("ready"), within=60)
        await shop.tell("order.confirmed", order={"id": "N1"})
        await until(lambda: len(shop.smtp.kept) == 1, within=60)
        await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=NAME))
        await shop.tell("order.confirmed", order={"id": "N2"})
        await until(lambda: worker.said("Temporal refuses this installation"), within=60)
        await client.workflow_service.register_namespace(made_anew)
        await until(lambda: len(shop.smtp.kept) == 2, within=180)
