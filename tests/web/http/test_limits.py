"""Limits for each address and each sender: high enough for a busy shop, and there for everybody
else.
"""

from typing import Any

import httpx
import pytest
from psycopg import AsyncConnection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from store.postgres.store import PostgresStore
from tests.web.serving import (
    OLD_TOKEN,
    TOKEN,
    a_site,
    an_event,
    error_of,
    port_of,
    running,
    some_parts,
)
from web.http.limits import Limits, Rates, address_of
from web.http.refusal import Refusal


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def asking_from(host: str) -> Request:
    return Request({"type": "http", "client": (host, 1), "headers": []})


async def statuses(site: httpx.AsyncClient, times: int, **more: Any) -> list[int]:
    return [(await site.get("/answers", **more)).status_code for _ in range(times)]


async def test_too_many_requests_of_one_address_are_429_with_a_time_to_come_back(
    store: PostgresStore,
) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(address=6)))) as site:
        answers = [await site.post("/events", json=an_event("often")) for _ in range(4)]
        other, source = await site.get("/answers"), await site.post("/sources/any")
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert error_of(answers[-1])["field"] == "request"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert (other.status_code, source.status_code) == (429, 429)


async def test_nothing_of_a_refused_request_is_kept(
    store: PostgresStore, witness: AsyncConnection
) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(address=2)))) as site:
        await site.post("/events", json=an_event("first"))
        await site.post("/events", json=an_event("refused"))
    row = await (
        await witness.execute("select count(*) from events where id = 'refused'")
    ).fetchone()
    assert row == (0,)


async def test_each_token_has_its_own_share(store: PostgresStore) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(sender=4)))) as site:
        assert await statuses(site, 3) == [200, 200, 429]
        assert await statuses(site, 3, headers=bearer(OLD_TOKEN)) == [200, 200, 429]


async def test_a_forger_uses_up_nobodys_share(store: PostgresStore) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(sender=2)))) as site:
        assert await statuses(site, 5, headers=bearer("forged")) == [401] * 5
        assert await statuses(site, 1, headers=bearer(TOKEN)) == [200]


async def test_pages_have_a_limit_of_their_own(store: PostgresStore) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(pages=4)))) as site:
        pages = [await site.get("/unsubscribe/nothing") for _ in range(3)]
        assert [page.status_code for page in pages] == [404, 404, 429]
        assert int(pages[-1].headers["retry-after"]) >= 1
        assert await statuses(site, 5) == [200] * 5


async def test_health_is_told_to_everybody_at_any_time(store: PostgresStore) -> None:
    async with a_site(some_parts(store, limits=Limits(Rates(1, 1, 1)))) as site:
        assert [(await site.get("/healthz")).status_code for _ in range(5)] == [200] * 5


def test_a_thousand_requests_a_second_for_half_a_minute_are_let_through() -> None:
    limits = Limits(Rates())
    for _ in range(30_000):
        limits.of_address(asking_from("192.0.2.1"))
        limits.of_sender("token 1")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002"),
        ("2001:db8:1:3::1", "2001:0db8:0001:0003"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_of_ipv6_a_whole_network_is_one_address(host: str, name: str) -> None:
    assert address_of(asking_from(host)) == name


def test_the_wait_is_told_in_whole_seconds() -> None:
    limits = Limits(Rates(sender=1))
    limits.of_sender("a")
    with pytest.raises(Refusal) as refused:
        limits.of_sender("a")
    assert (refused.value.status, refused.value.retry) == (429, 60)


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [("", "127.0.0.1"), ("192.0.2.9", "127.0.0.1"), ("127.0.0.1", "203.0.113.7")],
)
async def test_a_client_is_who_connects_unless_a_named_proxy_says_otherwise(
    proxies: str, seen: str
) -> None:
    async def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.client.host if request.client else "")

    app = Starlette(routes=[Route("/", who)])
    async with running(app, proxies=proxies) as server, httpx.AsyncClient() as client:
        told = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        answer = await client.get(f"http://127.0.0.1:{port_of(server)}/", headers=told)
    assert answer.text == seen
