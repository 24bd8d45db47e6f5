"""Whether anything grows with what the database holds: `python -m bench.growth --help`.

Prints JSON. One run fills one database in bulk and leaves another one empty, plays the same orders
through both by turns, and tells how much longer each step takes; then it sweeps journeys that are
overdue, and decides about very many parcels of one order that are due at once.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.load.grown_database import LONG_AGO, Sizes, grow, let_be_overdue
from bench.load.timed_orders import TimedOrders
from bench.load.timed_portions import timed_portions
from compose.migrate import migrate
from compose.store import Sessions, open_store
from engine.facts.naming import Naming
from local.embedded.ports import Ports
from local.embedded.postgres import postgres
from local.embedded.process import Child
from local.installation import temporary_home
from operations.rules.rules_folder import read_rules
from store.ports import Store

RULES = Path(__file__).resolve().parent.parent / "rules"
_NAMING = Naming(b"growth")
_WARMING = 20


async def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Everything, in one run on one machine."""
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    sizes = Sizes(asked.events, asked.carriers, asked.orders)
    with temporary_home("purna-growth-") as home:
        home.mkdir(parents=True, exist_ok=True)
        port = Ports(home / "ports.json").choose("postgres")
        part = await postgres(home / "postgres", port, home / "postgres.log")
        async with Child(part):
            empty, grown, other = [
                await _database(part.address, name) for name in ("empty", "grown", "other")
            ]
            async with _store(empty) as small, _store(grown) as big:
                began = perf_counter()
                await grow(grown, _NAMING, sizes)
                found["filled_in_s"] = round(perf_counter() - began, 1)
                found |= await _compared(TimedOrders(small), TimedOrders(big), asked.rounds)
                await let_be_overdue(grown, asked.overdue)
                found["sweeps"] = [await _swept(big) for _ in range(2)]
            async with _store(other) as third:
                found["due_at_once"] = await timed_portions(third, asked.parcels)
    return found | {"load_after": os.getloadavg()[0]}


async def _compared(small: TimedOrders, big: TimedOrders, rounds: int) -> dict[str, Any]:
    """Both by turns, so that whatever else the machine does strikes both."""
    for number in range(rounds + _WARMING):
        if number == _WARMING:
            small.forget()
            big.forget()
        for orders in (small, big):
            await orders.play(of_regular=False)
        await small.play(of_regular=False)
        await big.play(of_regular=True)
    empty, grown = small.milliseconds(), big.milliseconds()
    ratios = {
        step: {
            name: round(value / empty[f"{step.partition('_')[0]}_new"][name], 2)
            for name, value in took.items()
        }
        for step, took in grown.items()
    }
    return {"empty": empty, "grown": grown, "ratios": ratios}


async def _swept(store: Store) -> dict[str, Any]:
    began = perf_counter()
    swept = await store.nudges.sweep()
    return {
        "seconds": round(perf_counter() - began, 1),
        "nudged": swept.nudged,
        "failed": swept.failed,
    }


async def _database(server: str, name: str) -> str:
    """The URL of a new database with every table."""
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(f"create database {name}".encode())
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    await migrate(url)
    return url


@asynccontextmanager
async def _store(url: str) -> AsyncIterator[Store]:
    """A store with the shipped rules."""
    async with open_store(Sessions(url, 2, "purna growth"), _NAMING, frozenset({"email"})) as store:
        await store.rulesets.publish(read_rules(RULES), "bench", "growth", LONG_AGO)
        yield store


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--carriers", type=int, default=200_000)
    parser.add_argument("--orders", type=int, default=5_000, help="of the customer who has many")
    parser.add_argument("--overdue", type=int, default=1_000_000)
    parser.add_argument("--parcels", type=int, default=2_000, help="of one order, due at once")
    parser.add_argument("--rounds", type=int, default=200)
    print(json.dumps(asyncio.run(measured(parser.parse_args())), indent=2))


if __name__ == "__main__":
    main()
