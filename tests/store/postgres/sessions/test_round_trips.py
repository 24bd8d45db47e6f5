"""How often the hot paths wait for an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import pytest

from engine.sending.ledger import SENT
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message
from tests.store.shop import NAMING, NOON, an_event, deciding


@pytest.mark.parametrize(
    ("command", "at_most"),
    [
        ("events.ingest", 4),
        ("journeys.decide", 6),
        ("ledger.attempt", 4),
        ("ledger.may_leave", 3),
        ("ledger.change", 1),
    ],
)
async def test_hot_paths_take_few_round_trips(
    store: PostgresStore, database: str, command: str, at_most: int
) -> None:
    key = await a_message(store)
    steps: dict[str, tuple[Any, ...]] = {
        "events.ingest": (
            [an_event("shipment.shipped", "next", things={"shipment": "P2"}, customer="C1")],
            NOON,
        ),
        "journeys.decide": (JOURNEY, NOON, deciding(NOON)),
        "ledger.attempt": (key, "me", NOON),
        "ledger.may_leave": (key, "me", NOON),
        "ledger.change": (key, "me", SENT(), NOON),
    }
    async with counting(database) as (address, turns):
        pool = await open_pool(address, 1)
        watched = PostgresStore(pool, NAMING)
        await watched.rulesets.active()
        for name, told in steps.items():
            before = len(turns)
            await attrgetter(name)(watched)(*told)
            if name == command:
                assert len(turns) - before - 1 <= at_most, (
                    "one more asks whether the session is alive"
                )
                break
        await pool.close()


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A way to the database on which each question that had to wait for the last answer leaves a
    mark.
    """
    parts = urlsplit(url)
    turns: list[str] = []
    last = [""]

    async def passed(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whose: str
    ) -> None:
        while data := await reader.read(65536):
            if whose == "client" and last[0] != "client":
                turns.append(whose)
            last[0] = whose
            writer.write(data)
        writer.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(passed(reader, questions, "client"), passed(answers, writer, "server"))

    async with await asyncio.start_server(both, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield (
            parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl(),
            turns,
        )
