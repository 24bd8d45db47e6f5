"""A migration that has landed is never edited: databases that have it would differ from those that
get it. The rows that older programs left come through every one of them.
"""

import asyncio
import json
from pathlib import Path

import psycopg
import pytest

from store.postgres.sessions.migrate import migrate
from tests.conftest import CreateDatabase
from tests.store.postgres.migrations.landed import hashes, listed
from tests.store.postgres.migrations.rows import insert

HERE = Path(__file__).parent
NUMBERS = [name.partition("_")[0] for name in hashes()]
LEFT = sorted(HERE.glob("rows_of_*.json"))
# What no migration may lose a row of.
_KEPT = ("rulesets", "activations", "events", "journeys", "effects", "decisions", "suppressions")


def test_what_has_landed_is_as_it_was() -> None:
    assert {name: hashes().get(name) for name in listed()} == listed()


def test_what_is_new_comes_after_all_that_has_landed() -> None:
    new = hashes().keys() - listed().keys()

    assert all(name > max(listed()) for name in new)
    assert len(set(NUMBERS)) == len(NUMBERS)


@pytest.mark.parametrize(
    ("rows", "stop"),
    [
        pytest.param(rows, stop, id=f"{rows.stem[-4:]} by {stop}")
        for rows in LEFT
        for stop in NUMBERS
        if stop >= rows.stem[-4:]
    ],
)
async def test_rows_of_every_program_come_through_every_migration(
    create_database: CreateDatabase, rows: Path, stop: str
) -> None:
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, rows.stem[-4:])
    await asyncio.to_thread(insert, url, rows)
    await asyncio.to_thread(migrate, url, stop)
    await asyncio.to_thread(migrate, url)

    left = json.loads(await asyncio.to_thread(rows.read_text, "utf-8"))
    with psycopg.connect(url) as connection:
        for table in _KEPT:
            count = connection.execute(f"select count(*) from {table}".encode()).fetchone()
            assert count == (len(left.get(table, ())),), table
