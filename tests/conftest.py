"""Real servers for every test that asks for one: started at the first request, once per run, and
always stopped.
"""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from local.embedded.ports import Ports
from local.embedded.postgres import postgres
from local.embedded.process import Child
from local.embedded.temporal import temporal

# A busy machine is no fault of what is tested; where others are suppressed, a test says so itself.
settings.register_profile("purna", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("purna")

CreateDatabase = Callable[[str], Awaitable[str]]


@contextmanager
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="purna-tests-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # under root PostgreSQL runs as another account, which must get through
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for PostgreSQL or a supervisor of one test alone."""
    with open_folder() as folder:
        (folder / ".purna").mkdir()
        (folder / ".purna").chmod(0o711)
        yield folder / ".purna"


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
async def postgres_url(servers_folder: Path) -> AsyncIterator[str]:
    """The URL of the empty database `purna` on a PostgreSQL of this test run."""
    port = Ports(servers_folder / "ports.json").choose("postgres")
    part = await postgres(
        servers_folder / "postgres", port, servers_folder / "postgres.log", durable=False
    )
    async with Child(part):
        yield part.address


@pytest.fixture(scope="session")
async def temporal_address(servers_folder: Path) -> AsyncIterator[str]:
    """`host:port` of a Temporal of this test run, with the namespace `default`."""
    ports = Ports(servers_folder / "ports.json")
    part = temporal(servers_folder / "temporal.db", ports, servers_folder / "temporal.log")
    async with Child(part):
        yield part.address


@pytest.fixture(scope="session")
def create_database(postgres_url: str) -> CreateDatabase:
    """Makes a new database as a copy of the named one, to which nobody may be connected; answers
    its URL.
    """
    made = 0

    async def create(template: str = "template1") -> str:
        nonlocal made
        made += 1
        name = f"test_{made}"
        async with await psycopg.AsyncConnection.connect(
            postgres_url, autocommit=True
        ) as connection:
            await connection.execute(f"create database {name} template {template}".encode())
        return urlsplit(postgres_url)._replace(path=f"/{name}").geturl()

    return create


@pytest.fixture(scope="module")
async def fresh_database(create_database: CreateDatabase) -> str:
    """The URL of an empty database for this test module alone."""
    return await create_database("template1")
