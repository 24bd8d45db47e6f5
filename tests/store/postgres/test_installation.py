"""A database knows by which secret its customers are named, and nobody works on it by another."""

import asyncio

import pytest

from engine.facts.naming import Naming
from store.postgres.installation import OtherNaming, claim_naming
from store.postgres.sessions.migrate import migrate
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.probing import asked, told
from tests.store.shop import NAMING

OTHER = Naming(b"another secret, as long as theirs")


async def test_the_first_who_comes_is_known_and_nobody_else(database: str) -> None:
    assert await claim_naming(database, NAMING)
    assert await claim_naming(database, NAMING)

    with pytest.raises(OtherNaming):
        await claim_naming(database, OTHER)


async def test_of_two_who_come_at_once_one_stays(database: str) -> None:
    came = await asyncio.gather(
        claim_naming(database, NAMING), claim_naming(database, OTHER), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in came) == ["OtherNaming", "bool"]


async def test_what_is_noted_tells_nothing_of_the_secret(
    database: str, store: PostgresStore
) -> None:
    await claim_naming(database, NAMING)

    ((noted,),) = await asked(store, "select naming_fingerprint from installation")
    assert noted == NAMING.fingerprint != OTHER.fingerprint
    assert NAMING.secret.hex() not in noted
    # nor is it the name of anybody's journey
    assert f"customer:{noted}" != NAMING.journey("fingerprint")


async def test_a_database_of_before_is_known_by_the_names_of_its_customers(
    database: str, store: PostgresStore
) -> None:
    for number in range(3):
        await journey_of(store, NAMING, f"customer:shop/C{number}")

    with pytest.raises(OtherNaming):
        await claim_naming(database, OTHER)
    assert await asked(store, "select * from installation") == []

    assert await claim_naming(database, NAMING)


async def test_one_who_was_named_by_a_wrong_secret_once_does_not_hide_the_right_one(
    database: str, store: PostgresStore
) -> None:
    for naming in (NAMING, OTHER):
        await journey_of(store, naming, "customer:shop/C1")

    assert await claim_naming(database, NAMING)


async def journey_of(store: PostgresStore, naming: Naming, subject: str) -> None:
    """The journey of a customer, as a process with this secret names it."""
    made = "insert into journeys (journey, subject, facts) values (%s, %s, '{}')"
    await told(store, made, naming.journey(subject), subject)


async def test_tables_of_before_are_nobodys_yet(create_database: CreateDatabase) -> None:
    url = await create_database("template1")
    assert not await claim_naming(url, NAMING)

    await asyncio.to_thread(migrate, url, "0009")
    assert not await claim_naming(url, NAMING)
