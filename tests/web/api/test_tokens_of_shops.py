"""A token of one shop: nothing is taken from it of another one, and nothing shown to it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from psycopg import AsyncConnection

from process.api_tokens import ApiToken
from store.postgres.store import PostgresStore
from tests.web.serving import TOKEN, a_site, an_event, error_of, some_parts

BOTH = "a token of two shops"
OF_ALL = "a token of every shop"
TOKENS = (
    ApiToken(TOKEN, frozenset({"first"})),
    ApiToken(BOTH, frozenset({"first", "third"})),
    ApiToken(OF_ALL),
)


def of_shop(shop: str, name: str, order: str = "TWIN") -> dict[str, Any]:
    return an_event(name, data={"shop": shop, "order": {"id": order}, "customer": {"id": "C-1"}})


def showing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def of_first(store: PostgresStore) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token of the shop `first`."""
    async with a_site(some_parts(store, tokens=TOKENS)) as client:
        told = [
            of_shop("first", "1"),
            of_shop("second", "2"),
            of_shop("second", "3", "ELSE"),
            of_shop("third", "4", "OTHER"),
        ]
        await client.post("/events", json=told, headers=showing(OF_ALL))
        yield client


async def test_an_event_of_its_own_shop_is_taken(of_first: httpx.AsyncClient) -> None:
    answer = await of_first.post("/events", json=of_shop("first", "own", "A-9"))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)


async def test_an_event_of_another_shop_is_403_and_nothing_is_stored(
    of_first: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    batch = [of_shop("first", "kept out"), of_shop("second", "foreign")]

    answers = [await of_first.post("/events", json=told) for told in (batch[1], batch)]

    refused = {"field": "data.shop", "reason": "must be a shop of this token"}
    assert [answer.status_code for answer in answers] == [403, 403]
    assert [error_of(answer) for answer in answers] == [refused, refused | {"index": 1}]
    found = await witness.execute("select from events where id in ('kept out', 'foreign')")
    assert await found.fetchall() == []


async def test_of_another_shop_nothing_is_answered(of_first: httpx.AsyncClient) -> None:
    asked = "/answers/return_window"

    own = await of_first.get(asked, params={"order": "TWIN"})
    named = await of_first.get(asked, params={"order": "TWIN", "shop": "second"})
    unknown = await of_first.get(asked, params={"order": "ELSE"})
    nobodys = await of_first.get(asked, params={"order": "NONE"})

    assert (own.status_code, own.json()["value"]) == (200, "30 days")
    assert (named.status_code, error_of(named)["field"]) == (403, "shop")
    # That another shop has it cannot be told from its being nobody's.
    assert (unknown.status_code, unknown.text.replace("ELSE", "NONE")) == (404, nobodys.text)


async def test_a_token_of_two_shops_finds_what_either_has(of_first: httpx.AsyncClient) -> None:
    for order in ("TWIN", "OTHER"):
        answer = await of_first.get(
            "/answers/return_window", params={"order": order}, headers=showing(BOTH)
        )
        assert answer.status_code == 200


async def test_what_is_told_of_all_shops_takes_a_token_of_all(of_first: httpx.AsyncClient) -> None:
    refused = await of_first.get("/metrics")
    shown = await of_first.get("/metrics", headers=showing(OF_ALL))

    assert (refused.status_code, error_of(refused)["field"]) == (403, "authorization")
    assert shown.status_code == 200
