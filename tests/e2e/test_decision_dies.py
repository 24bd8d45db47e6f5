"""A worker dies after its decision is committed and before Temporal hears of it: what was decided
happens, once.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.embedded.process import Child, StartTimeouts
from local.rehearsal.travel import until
from tests.e2e.running_shop import RunningShop
from tests.e2e.stories import a_customer, an_order, today
from tests.paths import ROOT


@pytest.fixture
async def deaths(running: RunningShop, tmp_path: Path) -> AsyncIterator[list[Path]]:
    """A worker that dies twice takes the place of the usual one; the files tell which deaths it has
    died.
    """
    usual, files = running.parts.child("worker"), [tmp_path / "first", tmp_path / "second"]
    command = (sys.executable, "-m", "tests.e2e.dying_worker", *map(str, files))
    environ = {**usual.part.env, "PYTHONPATH": str(ROOT)}
    await usual.stop()
    try:
        async with Child(
            replace(usual.part, command=command, env=environ),
            StartTimeouts(pause=0.2, longest_pause=0.2),
        ):
            yield files
    finally:
        await usual.start()


async def test_a_worker_that_dies_after_a_commit_loses_nothing_it_decided(
    running: RunningShop, deaths: list[Path]
) -> None:
    orders = {an_order(): a_customer() for _ in range(6)}
    for number, (order, customer) in enumerate(orders.items()):
        await running.tell(customer, "order.confirmed", today(), order={"id": order})
        if number < len(deaths):
            await until(lambda death=deaths[number]: asyncio.to_thread(death.exists))  # type: ignore[misc]  # mypy knows no default in a lambda

    await running.settled()
    said = {order: running.subjects(customer) for order, customer in orders.items()}
    assert said == {order: [f"We have your order {order}"] for order in orders}
