"""Questions of the tests to the store, and to its tables where it has no answer of its own."""

from typing import Any

import psycopg

from engine.facts.events import Event
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, an_event, deciding, placed

JOURNEY = "order:a shop%2F1/A1"


def shipped(order: str = "A1", /, **more: Any) -> Event:
    return an_event(
        "shipment.shipped",
        f"shipped {order}",
        order=order,
        things={"shipment": f"P{order}"},
        **more,
    )


async def a_message(store: PostgresStore, ordered: Event | None = None) -> str:
    """The key of a message that is wanted."""
    await store.events.ingest([ordered or placed(), shipped()], NOON)
    ((_, key),) = (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open
    return key


async def somebody_decides(store: PostgresStore) -> None:
    """A decision was committed a moment ago, about another order."""
    await store.events.ingest([placed("Other", None), shipped("Other")], NOON)
    await store.journeys.decide("order:a shop%2F1/Other", NOON, deciding(NOON))


async def asked(store: PostgresStore, query: str, *told: Any) -> list[tuple[Any, ...]]:
    async with store.pool.connection() as connection:
        return await (await connection.execute(query.encode(), told)).fetchall()


async def told(store: PostgresStore, statement: str, *told: Any) -> None:
    async with store.pool.connection() as connection:
        await connection.execute(statement.encode(), told)


async def customers(store: PostgresStore) -> list[str]:
    """Whose the orders are."""
    return [
        row[0]
        for row in await asked(store, "select customer from subjects where customer is not null")
    ]


def note_tables(url: str, version: str) -> None:
    """Let a database say that its tables are those of this migration."""
    with psycopg.connect(url) as connection:
        connection.execute("update alembic_version set version_num = %s", (version,))
