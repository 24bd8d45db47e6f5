"""A journey that is told much more than its history may hold goes on in new runs, and nobody
outside notices.
"""

import asyncio

from temporalio.client import Client

from bench.chaos.means.rolling_deploy import recorded
from tests.shop import FILES, JOURNEYS
from tests.workflows.scripted import runs_of, until
from tests.workflows.whole import Whole, a_whole_shop

BURSTS, PARCELS = (
    6,
    10,
)  # a long journey continues when nothing is in flight: after a burst at the latest
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
        whole.shop.smtp.pause = (
            0.02  # so that something is in flight when a history has become long
        )
        for burst in range(1, BURSTS + 1):
            await asyncio.gather(*(_ship(whole, f"P{burst}-{parcel}") for parcel in range(PARCELS)))
            await until(lambda burst=burst: _is_settled(whole, burst * PARCELS), within=30)  # type: ignore[misc]  # mypy knows no default in a lambda

    runs = await runs_of(impatient, "order:main/L1")
    sent = [mail.message_id for mail in whole.shop.smtp.kept]
    assert len(sent) == len(set(sent)) == BURSTS * PARCELS
    assert len(runs) >= BURSTS / 2
    found = await recorded(impatient, f"TaskQueue = 'long-{number}'")
    assert (found.runs, found.broken) == (len(runs), [])


async def _is_settled(whole: Whole, mails: int) -> bool:
    return len(whole.shop.smtp.kept) >= mails and await whole.shop.store.overview.idle()


async def _ship(whole: Whole, parcel: str) -> None:
    told = {"id": parcel, "tracking_number": parcel}
    await whole.tell("shipment.shipped", order={"id": "L1"}, shipment=told)
