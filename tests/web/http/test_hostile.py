"""Hostile requests: each is answered with 4xx in less than a second, and nothing is stored."""

import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from tests.web.serving import TOKEN, an_event, error_of, port_of, some_parts, talk
from tests.web.serving import running as running_app
from web.app import create_app

EVENT = json.dumps(an_event("hostile")).encode()


def with_total(total: str) -> bytes:
    told = json.dumps(an_event("hostile", data={"shop": "kk", "order": {"id": "A", "total": "?"}}))
    return told.replace('"?"', total).encode()


BODIES: dict[str, tuple[bytes, int, str]] = {
    "ten megabytes": (b'"' + b"x" * 10_000_000 + b'"', 413, "body"),
    "a byte too many": (b" " * (1024 * 1024 + 1 - len(EVENT)) + EVENT, 413, "body"),
    "nothing": (b"", 400, "body"),
    "truncated": (EVENT[:-1], 400, "body"),
    "depth 33": (b"[" * 33 + b"]" * 33, 400, "body"),
    "depth 10,000": (b"[" * 10_000 + b"]" * 10_000, 400, "body"),
    "depth 10,000 of objects": (b'{"a":' * 10_000, 400, "body"),
    "NaN": (with_total("NaN"), 400, "body"),
    "Infinity": (with_total("-Infinity"), 400, "body"),
    "NUL": (with_total('"8\\u0000 EUR"'), 422, "data.order.total"),
    "a lone surrogate": (with_total('"\\ud800"'), 422, "data.order.total"),
    "an encoded surrogate": (with_total("?").replace(b'"?"', b'"\xed\xa0\x80"'), 400, "body"),
    "a long integer": (with_total("1" * 5_000), 422, "data.order.total"),
    "a megabyte of digits": (with_total("1" * 1_000_000), 422, "data.order.total"),
    "an infinite float": (with_total("1e999"), 422, "data.order.total"),
    "a key twice": (EVENT.replace(b'"id"', b'"time": "", "id"', 1), 400, "body"),
    "latin-1": (EVENT.replace(b"hostile", b"host\xeele"), 400, "body"),
    "half a million lists": (b"[" + b"[]," * 349_000 + b"[]]", 400, "body"),
    "a thousand and one events": (b"[" + b"{}," * 1_000 + b"{}]", 413, "body"),
    "a wide event": (
        b'{"data": {' + b",".join(b'"k%d": {}' % n for n in range(60_000)) + b"}}",
        422,
        "type",
    ),
    "huge money": (
        with_total('{"amount": "1E999999999", "currency": "EUR"}'),
        422,
        "data.order.total",
    ),
    "much money": (with_total('"' + "9" * 900_000 + ' EUR"'), 422, "data.order.total"),
    "nested money": (with_total('{"amount": [[]], "currency": "EUR"}'), 422, "data.order.total"),
    "an order that is a list": (EVENT.replace(b'{"id": "A-hostile"}', b"[1]"), 422, "data.order"),
    "year one": (EVENT.replace(b"2026-03-02T09:00:00Z", b"0001-01-01T00:00:00+14:00"), 422, "time"),
}


@pytest.fixture(autouse=True)
async def _nothing_stored(witness: AsyncConnection) -> Any:
    yield
    row = await (await witness.execute("select count(*) from events")).fetchone()
    assert row == (0,)


@pytest.mark.parametrize("case", BODIES)
async def test_a_hostile_body_is_refused_at_once(site: httpx.AsyncClient, case: str) -> None:
    body, status, field = BODIES[case]
    began = time.monotonic()
    answer = await site.post("/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, error_of(answer)["field"]) == (status, field)
    assert (
        time.monotonic() - began < 15
    )  # at once, also on a machine that is busy with other things


async def test_a_body_that_hides_its_length_is_refused_while_it_comes(
    site: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b"x" * 65_536

    answer = await site.post(
        "/events", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, error_of(answer)["field"]) == (413, "body")


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Content-Type": ""}, "content-type"),
        ({"Content-Type": "text/plain"}, "content-type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "content-type"),
        ({"Content-Type": "application/json; charset=latin-1"}, "content-type"),
        ({"Content-Type": "application/jsonp"}, "content-type"),
        ({"Content-Type": ";;;;"}, "content-type"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "content-encoding"),
    ],
)
async def test_another_media_type_is_415(
    site: httpx.AsyncClient, headers: dict[str, str], field: str
) -> None:
    answer = await site.post("/events", content=EVENT, headers=headers)
    assert (answer.status_code, error_of(answer)["field"]) == (415, field)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "Bearer",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN},the token before it",
        "Bearer a token withdrawn long ago",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 10_000,
    ],
)
async def test_without_a_valid_token_it_is_401(site: httpx.AsyncClient, told: str | None) -> None:
    headers = [(b"Content-Type", b"application/json")]
    headers += [(b"Authorization", told.encode("latin-1"))] if told else []
    request = httpx.Request("POST", site.base_url.join("/events"), content=EVENT, headers=headers)
    answer = await site.send(request)
    assert (answer.status_code, error_of(answer)["field"]) == (401, "authorization")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_two_tokens_in_one_request_are_none(site: httpx.AsyncClient) -> None:
    two = [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Authorization", "Bearer else"),
        ("Content-Type", "application/json"),
    ]
    answer = await site.send(
        httpx.Request("POST", site.base_url.join("/events"), content=EVENT, headers=two)
    )
    assert answer.status_code == 401


async def test_a_forger_is_refused_before_the_body_is_read(site: httpx.AsyncClient) -> None:
    began = time.monotonic()
    answer = await site.post(
        "/events", content=b"x" * 10_000_000, headers={"Authorization": "Bearer forged"}
    )
    assert answer.status_code == 401
    assert (
        time.monotonic() - began < 15
    )  # at once, also on a machine that is busy with other things


@pytest.mark.parametrize(
    ("method", "path", "status", "field"),
    [
        ("GET", "/events", 405, "method"),
        ("DELETE", "/events", 405, "method"),
        ("POST", "/", 405, "method"),
        ("GET", "/nothing", 404, "path"),
        ("GET", "/events/", 404, "path"),
        ("GET", "/static/../app.py", 404, "path"),
        ("GET", "/static/%2e%2e/app.py", 404, "path"),
        ("GET", "/static/%00", 404, "path"),
    ],
)
async def test_where_no_route_leads_the_error_has_the_same_form(
    site: httpx.AsyncClient, method: str, path: str, status: int, field: str
) -> None:
    answer = await site.request(method, path)
    assert (answer.status_code, error_of(answer)["field"]) == (status, field)


async def test_a_wrong_method_is_answered_with_the_right_one(site: httpx.AsyncClient) -> None:
    assert error_of(await site.get("/events")) == {"field": "method", "reason": "must be POST"}


HEADER_NAMES = st.sampled_from(
    [
        "Authorization",
        "Content-Type",
        "Content-Length",
        "Transfer-Encoding",
        "Content-Encoding",
        "Expect",
        "Accept-Language",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Connection",
        "Upgrade",
        "Cookie",
        "Forwarded",
        "Range",
        "If-Modified-Since",
    ]
)
HEADER_VALUES = (
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30).map(
        lambda v: v.encode("latin-1")
    )
    | st.sampled_from(
        [
            b"Bearer " + TOKEN.encode(),
            b"application/json",
            b"chunked",
            b"-1",
            b"99",
            b"close",
            b"websocket",
        ]
    )
    | st.binary(max_size=3)
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=6)
LINES = st.sampled_from(
    [b"POST /events", b"POST /u/x", b"GET /u/x", b"GET /", b"HEAD /static/page.css"]
) | st.builds(
    lambda method, path: method + b" " + path,
    st.sampled_from([b"GET", b"POST", b"\xff"]),
    st.binary(max_size=20),
)


@given(line=LINES, headers=HEADERS)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_header_makes_it_fail(
    bare_port: int, line: bytes, headers: list[tuple[str, bytes]]
) -> None:
    told = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers)
    request = line + b" HTTP/1.1\r\nHost: x\r\n" + told + b"Connection: close\r\n\r\n{}"
    answer = await talk(bare_port, request)
    assert answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))
    assert not answer.startswith(b"HTTP/1.1 202")


@pytest.fixture(scope="module")
async def bare_port(store: Any) -> Any:
    """A server that waits no longer than a tenth of a second for what the headers promise."""
    async with running_app(create_app(some_parts(store)), request_seconds=0.1) as server:
        yield port_of(server)


HEAD = b"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
KIND = b"Content-Type: application/json\r\n"
CHUNKED = HEAD + KIND + b"Transfer-Encoding: chunked\r\n\r\n"
HOSTILE: dict[str, bytes] = {
    "a header of 200 kB": HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "headers without end": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(40_000)),
    "a path of 200 kB": b"POST /" + b"y" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "NUL in a header": HEAD + b"X: a\x00b\r\n\r\n",
    "an unknown coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a chunk of 2^120 bytes": CHUNKED + b"f" * 30 + b"\r\n{}\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\n{}\r\n0\r\n\r\n",
    "a long chunk extension": CHUNKED + b"2;" + b"a" * 200_000 + b"\r\n{}\r\n0\r\n\r\n",
    "trailers without end": CHUNKED
    + b"2\r\n{}\r\n0\r\n"
    + b"".join(b"X-%d: y\r\n" % n for n in range(40_000)),
    "a tunnel": b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_request_nobody_can_read_alike_is_4xx_and_hung_up_on(
    bare_port: int, case: str
) -> None:
    began = time.monotonic()
    answer = await talk(bare_port, HOSTILE[case])
    assert (
        answer.startswith(b"HTTP/1.1 4") or answer == b""
    )  # a server that hangs up first need not be heard
    assert (
        time.monotonic() - began < 15
    )  # at once, also on a machine that is busy with other things


async def test_what_hides_behind_a_second_length_is_not_a_request(bare_port: int) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    told = (
        HEAD + KIND + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden
    )
    answer = await talk(bare_port, told)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"must tell its length once" in answer
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_chunked_body_is_read_like_any_other(bare_port: int) -> None:
    answer = await talk(
        bare_port,
        CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"1\r\n{\r\n0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"is not JSON" in answer


async def test_many_requests_in_one_breath_are_answered_one_by_one(bare_port: int) -> None:
    one = HEAD + KIND + b"Content-Length: 1\r\n\r\n{"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = await talk(bare_port, one * 20 + last)
    assert answer.count(b"HTTP/1.1 400 ") == 21
