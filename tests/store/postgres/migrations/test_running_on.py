"""A database of the program before, with rows of every kind open, held and sent, is brought up to
date and goes on to its end: what was to be said is said, and nothing is said twice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.catalog import builtin
from engine.decisions.reason import Reason
from engine.facts.events import parse_event
from engine.language.reader import read_ruleset
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.postgres.migrations.rows import insert
from tests.store.postgres.migrations.running_on import RunningOn, running_on
from tests.store.shop import NAMING, NOON, SHOP, an_event, later

# Each order is named after the state in which the old program left its message.
ROWS = Path(__file__).with_name("rows_of_0003.json")
# The same shop twenty hours later, as the program after it left it.
LATER_ROWS = ROWS.with_name("rows_of_0009.json")
BEGIN = later(minutes=3)
END = later(days=60)
_SHIPPED = ("sent", "wanted", "quiet", "claimed", "uncertain", "sender", "leaving", "dropped")
# How often each rule speaks to each once everything is over, what was said before included.
SPOKEN = {
    **{(f"order/{order}", "silent"): 1 for order in _SHIPPED},
    **{(f"order/{order}", "shipped"): 1 for order in ("sent", "wanted", "quiet", "claimed")},
    ("order/sender", "shipped"): 1,
    ("order/names", "shipped"): 1,
    ("order/names", "silent"): 1,
    ("order/group", "plain"): 1,
    ("order/morning", "morning"): 1,
    ("order/twice", "twice"): 1,  # the old program said its first line alone
    ("order/twiceheld", "twice"): 1,
    ("order/emits", "twice"): 2,
    ("order/emitted", "twice"): 1,
    ("order/cap", "offer"): 1,
    ("order/cap", "more"): 1,
    ("order/cap", "lines"): 2,
    ("order/lines", "offer"): 1,
    ("order/lines", "more"): 1,
    ("order/lines", "lines"): 2,
    ("order/silenced", "lines"): 2,
    ("order/dated", "dated"): 2,
    ("order/future", "dated"): 2,
    **{(f"order/{order}", "asks"): 1 for order in ("calls", "called", "failed", "dropped")},
    **{(f"customer/{name}", "tier"): 1 for name in ("Ctiersent", "Ctierheld")},
    **{(f"customer/{name}", "over"): 1 for name in ("Ctiersent", "Ctierheld")},
    ("customer/Csub", "renews"): 1,
}
BACK = {("order/back", "lines"): 2, ("order/back", "offer"): 1, ("order/back", "more"): 1}
# Rules whose waits, held messages and once-keys the old program left.
_RENAMED = ("lines", "offer", "shipped", "silent", "twice", "tier", "dated", "morning")
DONE = {
    **{(f"order/{order}", "refund"): 1 for order in ("calls", "called", "failed", "dropped")},
    **{(f"order/{order}", "tell_team"): 1 for order in ("calls", "called", "dropped")},
}


@asynccontextmanager
async def a_shop_of(create_database: CreateDatabase, rows: Path) -> AsyncIterator[RunningOn]:
    """The old shop, brought up to date."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, rows.stem[-4:])
    await asyncio.to_thread(insert, url, rows)
    await asyncio.to_thread(migrate, url)
    pool = await open_pool(url, 4)
    async with running_on(PostgresStore(pool, NAMING)) as shop:
        yield shop
    await pool.close()


@pytest.fixture
async def shop(create_database: CreateDatabase) -> AsyncIterator[RunningOn]:
    async with a_shop_of(create_database, ROWS) as shop:
        yield shop


async def test_a_database_of_the_newest_release_goes_on_and_says_nothing_twice(
    create_database: CreateDatabase,
) -> None:
    async with a_shop_of(create_database, LATER_ROWS) as shop:
        await shop.until(END, later(hours=20))

        assert await _spoken(shop) == Counter(SPOKEN | BACK)
        assert set(shop.arrived().values()) == {1}


async def test_every_message_of_an_older_database_is_said_and_none_twice(shop: RunningOn) -> None:
    before = await shop.effects()
    await shop.until(END, BEGIN)

    after = list((await shop.effects()).values())
    spoken = await _spoken(shop)
    assert spoken == Counter(SPOKEN | BACK)
    mails = sum(one.state == "sent" for one in after if one.kind == "send")
    assert set(shop.arrived().values()) == {1}
    assert len(shop.smtp.kept) == mails - sum(
        one.kind == "send" and one.state == "sent" for one in before.values()
    )


async def test_every_call_of_an_older_database_is_made_once(shop: RunningOn) -> None:
    await shop.until(END, BEGIN)

    calls = [one for one in (await shop.effects()).values() if one.kind == "call"]
    owners = await _owners(shop)
    assert Counter(
        (owners[one.firing.journey], one.name) for one in calls if one.state == "done"
    ) == Counter(DONE)
    assert [one.name for one in calls if one.state == "failed"] == ["tell_team"]


async def test_what_was_kept_keeps_its_key(shop: RunningOn) -> None:
    before = await shop.effects()
    await shop.until(END, BEGIN)
    assert before.keys() <= (await shop.effects()).keys()


async def test_the_same_news_again_says_nothing_more(shop: RunningOn) -> None:
    await shop.until(END, BEGIN)
    kept = len(shop.smtp.kept)
    again = [
        an_event("order.placed", "again 1", order="sent", customer="Csent"),
        an_event("shipment.shipped", "again 2", order="sent", things={"shipment": "Psent"}),
        an_event("order.confirmed", "again 3", order="group"),
        an_event("order.delivered", "again 4", order="lines", at=later(days=-3)),
        an_event("order.cancelled", "again 5", order="called"),
    ]

    await shop.store.events.ingest(again, NOON)
    await shop.until(later(days=90), END)

    assert len(shop.smtp.kept) == kept


async def test_two_names_of_one_parcel_are_joined_and_speak_once(shop: RunningOn) -> None:
    parcel = {"id": "Pnames", "tracking_number": "Tnames"}
    await _told(shop, "shipment.in_transit", later(hours=1), order="names", shipment=parcel)
    await shop.until(END, BEGIN)

    spoken = await _spoken(shop)
    assert (spoken["order/names", "shipped"], spoken["order/names", "silent"]) == (1, 1)


async def test_a_delivery_of_before_is_taken_back_and_counts_from_the_true_one(
    shop: RunningOn,
) -> None:
    parcel = {"id": "Pback"}
    await _told(shop, "shipment.delivery_corrected", later(hours=1), order="back", shipment=parcel)
    await _told(shop, "shipment.delivered", later(days=1), order="back", shipment=parcel)
    await shop.until(END, later(days=1))

    said = [
        one
        for one in (await shop.effects()).values()
        if one.firing.order == "back" and one.firing.rule_id in ("lines", "offer", "more")
    ]
    assert Counter(one.firing.rule_id for one in said) == {"lines": 2, "offer": 1, "more": 1}
    assert min(one.firing.due_at for one in said) == later(days=3)


async def test_what_one_reader_of_an_address_said_before_holds_for_the_other(
    shop: RunningOn,
) -> None:
    tier = an_event(
        "loyalty.tier_changed", "tier", order=None, customer="Cshares", at=BEGIN,
        data={"customer.tier": "gold"},
    )  # fmt: skip
    await shop.store.events.ingest([tier], BEGIN)
    await shop.until(END, BEGIN)

    (of_shared,) = [
        one
        for one in (await shop.effects()).values()
        if one.kind == "send" and one.firing.rule_id == "tier" and one.firing.event_at == BEGIN
    ]
    assert (of_shared.state, of_shared.reason) == ("dropped", Reason.NO_CONSENT)


async def test_rules_renamed_twice_go_on_under_their_newest_name(shop: RunningOn) -> None:
    published = await shop.store.rulesets.active()
    for number in (1, 2):
        files = dict(published.files)
        text = files["journeys/a.yaml"]
        for rule in _RENAMED:
            old = rule if number == 1 else f"{rule}-1"
            renamed = f"id: {rule}-{number}, renamed_from: {old},"
            text = text.replace(f"id: {rule},", renamed).replace(
                f"  - id: {rule}\n", f"  - id: {rule}-{number}\n    renamed_from: {old}\n"
            )
        files["journeys/a.yaml"] = text
        ruleset = read_ruleset(files)
        await shop.store.rulesets.publish(ruleset, "ann", f"renamed {number}", BEGIN)
    await shop.until(END, BEGIN)

    spoken = Counter[tuple[str, str]]()
    for (who, rule), times in (await _spoken(shop)).items():
        spoken[who, rule.removesuffix("-2")] += times
    assert spoken == Counter(SPOKEN | BACK)


async def _told(shop: RunningOn, kind: str, at: datetime, order: str, **things: Any) -> None:
    raw = {"id": f"{kind} {order} {at}", "source": "shop", "type": kind, "time": at.isoformat()}
    data = {"shop": SHOP, "order": {"id": order}, **things}
    event = parse_event({**raw, "data": data}, builtin(), at)
    assert await shop.store.events.ingest([event], at) == ["accepted"]


async def _spoken(shop: RunningOn) -> Counter[tuple[str, str]]:
    """How often each rule has spoken to each."""
    owners = await _owners(shop)
    return Counter(
        (owners[one.firing.journey], one.firing.rule_id)
        for one in (await shop.effects()).values()
        if one.kind == "send" and one.state == "sent" and one.firing.rule_id != "invoice"
    )


async def _owners(shop: RunningOn) -> dict[str, str]:
    """Who each journey is of."""
    return {
        one.journey: f"{one.subject.partition(':')[0]}/{one.subject.rpartition('/')[2]}"
        for one in await shop.store.journeys.woken()
    }
