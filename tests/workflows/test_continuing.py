"""A journey that is told much more than its history may hold goes on in new runs, and nobody outside notices."""

import asyncio

from temporalio.client import Client

from bench.chaos.rolling import recorded
from tests.shop import FILES, JOURNEYS
from tests.workflows.conftest import LONG
from tests.workflows.scripted import runs_of
from tests.workflows.whole import Whole, a_whole_shop

PARCELS = 60
_PARCEL = """
  - id: parcel
    when: shipment.shipped
    once_per: [shipment]
    do: [{send: parcel, by: email, category: delivery}]
"""
_LETTER = "---\nsubject: Parcel {{ shipment.tracking_number }}\n---\nOn its way.\n"
MANY_PARCELS = {**FILES, "journeys/all.yaml": JOURNEYS + _PARCEL, "templates/en/parcel.md": _LETTER}


async def test_a_journey_of_many_messages_continues_again_and_again_and_sends_each_once(
    fresh_database: str, impatient: Client, number: int
) -> None:
    async with a_whole_shop(fresh_database, impatient, f"long-{number}", MANY_PARCELS) as whole:
        whole.shop.smtp.pause = 0.02  # so that something is in flight when a history has become long
        async with asyncio.TaskGroup() as group:
            for parcel in range(PARCELS):
                group.create_task(_ship(whole, f"P{parcel}"))
                await asyncio.sleep(0.05)
        await whole.settled(mails=PARCELS)
        runs = await runs_of(impatient, "order:main/L1")
        lengths = [len((await run.fetch_history()).events) for run in runs]

    assert len({mail.message_id for mail in whole.shop.smtp.kept}) == PARCELS
    assert len(runs) >= 5, lengths
    assert max(lengths) < 4 * LONG, lengths
    found = await recorded(impatient, f"TaskQueue = 'long-{number}'")
    assert (found.runs, found.broken) == (len(runs), [])


async def _ship(whole: Whole, parcel: str) -> None:
    told = {"id": parcel, "tracking_number": parcel}
    await whole.tell("shipment.shipped", order={"id": "L1"}, shipment=told)
