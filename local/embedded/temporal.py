"""The embedded Temporal: its development server on one SQLite file."""

import asyncio
import os
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from local.embedded.extra import not_installed
from local.embedded.ports import Ports
from local.embedded.process import Part

HOST = "127.0.0.1"
PROGRAM = Path(sys.executable).with_name("temporal")  # where pip puts it
PRAGMAS = ("journal_mode=wal", "synchronous=1")  # together they double the throughput
DYNAMIC = (
    "frontend.WorkflowTimeSkippingEnabled=true",  # the demo and the scenario tests move clocks
    # how late a timer may ring that was skipped to; else a second
    'history.timerProcessorMaxTimeShift="50ms"',
)


def temporal(file: Path, ports: Ports, log: Path) -> Part:
    """Temporal on the database `file`, which is made anew when missing or broken. Raises
    CannotStart.
    """
    if not PROGRAM.exists():
        raise not_installed("Temporal for this machine", "TEMPORAL_ADDRESS")
    address = f"{HOST}:{ports.choose('temporal')}"

    async def ready() -> bool:
        return await answers(address)

    async def before() -> None:
        await asyncio.to_thread(discard_broken, file)

    return Part(
        name="Temporal",
        command=(str(PROGRAM), "server", "start-dev", *options(file, ports)),
        log=log,
        env={
            "PATH": os.defpath,
            "HOME": str(file.parent),
        },  # its settings file in the real home is not for us
        address=address,
        ready=ready,
        before=before,
    )


def options(file: Path, ports: Ports) -> list[str]:
    """The options of `temporal server start-dev`; every port is named, since it would take any free
    one.
    """
    flags = {
        "--ip": HOST,
        "--port": ports.choose("temporal"),
        "--ui-port": ports.choose("temporal-ui"),
        "--http-port": ports.choose("temporal-http"),
        "--metrics-port": ports.choose("temporal-metrics"),
        "--db-filename": file,
        "--log-level": "error",
    }
    words = [str(word) for pair in flags.items() for word in pair]
    for pragma in PRAGMAS:
        words += ["--sqlite-pragma", pragma]
    for setting in DYNAMIC:
        words += ["--dynamic-config-value", setting]
    return [*words, "--ui-disable-news-fetch"]


def ui_address(ports: Ports) -> str:
    """Where its own pages are."""
    return f"http://{HOST}:{ports.choose('temporal-ui')}"


async def answers(address: str) -> bool:
    """Whether the server knows its namespace."""
    try:
        client = await Client.connect(address)
        request = DescribeNamespaceRequest(namespace="default")
        await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=2))
    except (RPCError, RuntimeError):
        return False
    return True


def discard_broken(file: Path) -> None:
    """Set a broken database aside: nothing in it is needed, every journey can be rebuilt from
    PostgreSQL.
    """
    if file.exists() and sound(file):
        return
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(file.with_name(f"{file.name}.broken{ending}"))


def sound(file: Path) -> bool:
    """Whether SQLite finds nothing wrong with it."""
    try:
        connection = sqlite3.connect(file)
        try:
            return bool(connection.execute("pragma quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return False
