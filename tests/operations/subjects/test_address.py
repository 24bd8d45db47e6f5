"""An address that a person looks at, and revives."""

import pytest

from operations.cannot_run import CannotRun
from operations.subjects.address import look_up, revive
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, an_event, later

ANA = "ana@example.com"


async def back(store: PostgresStore, kind: str, hours: int) -> None:
    at = later(hours=hours)
    data = {"message.address": " Ana@example.com", "message.reason": "550 unknown"}
    event = an_event(f"message.{kind}", f"{kind} {hours}", at, order=None, customer="C1", data=data)
    await store.events.ingest([event], at)


async def test_an_address_that_nothing_came_back_from_is_used(store: PostgresStore) -> None:
    known = await look_up(store, ANA)

    assert (known.is_dead, known.bounces) == (False, ())


async def test_a_person_revives_an_address_until_it_bounces_again(store: PostgresStore) -> None:
    await back(store, "bounced", 0)
    assert (await look_up(store, "ANA@example.com")).to_json() == {
        "address": ANA,
        "dead": True,
        "bounces": [{"kind": "hard", "at": NOON.isoformat(), "text": "550 unknown"}],
    }

    assert not (await revive(store, "ana@example.com ", later(hours=1))).is_dead
    for hour in (2, 3, 4):
        assert not (await look_up(store, ANA)).is_dead
        await back(store, "soft_bounced", hour)
    assert (await look_up(store, ANA)).is_dead


async def test_an_address_that_nothing_came_back_from_is_not_revived(store: PostgresStore) -> None:
    with pytest.raises(CannotRun, match="nothing came back from anna@"):
        await revive(store, "anna@example.com", NOON)

    assert (await look_up(store, "anna@example.com")).bounces == ()


async def test_what_is_no_address_is_told_so(store: PostgresStore) -> None:
    with pytest.raises(CannotRun, match="an address is"):
        await look_up(store, "\n")
