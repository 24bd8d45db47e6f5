"""What tests are played on live: one PostgreSQL, one Temporal and one mail server for a whole run."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from temporalio.client import Client

from activities.channels.letters import Letters
from compose.migrate import migrate
from local.embedded.supervisor import Supervisor
from local.installation import temporary_home
from local.mail_sink.__main__ import Sink
from local.rehearsal.live.mails import Mails
from operations.cannot_run import CannotRun
from operations.rules.simulated_letters import LINKS
from store.postgres.stage import WATCH


@dataclass(frozen=True, slots=True)
class LiveRig:
    """What the tests of a run share; `database_url` is the template of the database that each of
    them has.
    """

    database_url: str
    temporal: Client
    smtp_port: int
    mails: Mails
    letters: Letters

    async def database(self, name: str) -> str:
        """A new database with every table; its URL."""
        url = urlsplit(self.database_url)
        admin = url._replace(path="/postgres").geturl()
        async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
            await connection.execute(
                f"create database {name} template {url.path.lstrip('/')}".encode()
            )
        return url._replace(path=f"/{name}").geturl()


@asynccontextmanager
async def open_rig() -> AsyncIterator[LiveRig]:
    """Embedded servers in a folder of their own, gone afterwards; a signal ends the block with
    `CannotRun`.
    """
    with temporary_home("purna-test-") as home:
        async with Supervisor(home, {"PATH": os.defpath}, durable=False) as supervisor:
            running = await supervisor.start(lambda found: lay_tables(found.database_url))
            sink = Sink(home / "mail", 0)
            await sink.start()
            try:
                client = await Client.connect(running.temporal_address)
                yield LiveRig(
                    running.database_url, client, sink.port, Mails(sink.mailbox), Letters(LINKS)
                )
            finally:
                await sink.stop()
            return
        raise CannotRun("the tests were interrupted")


def shop_name() -> str:
    """The name of a shop that no other test has."""
    return f"shop_{secrets.token_hex(4)}"


async def lay_tables(database_url: str) -> None:
    """Make an empty database the template of those that tests are played on."""
    await migrate(database_url)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(WATCH)
