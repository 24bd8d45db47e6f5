"""The unsubscribe page: looking changes nothing, one click ends a category, and it always works."""

import html
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from psycopg import AsyncConnection

from engine.rules.ruleset import Ruleset
from process.signed_links import Links
from store.postgres.store import PostgresStore
from tests.web.serving import LINKS, NOW, Failing, a_site, an_event, some_parts

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def a_link(customer: str, category: str = "sales", links: Links = LINKS) -> str:
    return urlsplit(links.unsubscribe("kk", customer, category)).path


async def withdrawn(witness: AsyncConnection, customer: str) -> list[tuple[Any, ...]]:
    question = (
        "select body->'data', occurred_at from events where type = 'consent.withdrawn' and "
        "customer_subject = %s"
    )
    return await (await witness.execute(question, (f"customer:kk/{customer}",))).fetchall()


def texts(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


@pytest.fixture
async def reader(store: PostgresStore) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, at an app that has not met it yet."""
    async with a_site(some_parts(store)) as client:
        del client.headers["authorization"]
        yield client


async def test_the_page_asks_and_looking_changes_nothing(
    reader: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    link = a_link("looking")

    page, head = await reader.get(link), await reader.head(link)

    assert (page.status_code, head.status_code) == (200, 200)
    assert "Sales &amp; offers" in page.text
    assert '<form method="post">' in page.text
    assert await withdrawn(witness, "looking") == []


@pytest.mark.parametrize(
    "sent",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["form", "multipart", "button", "plain"],
)
async def test_a_post_withdraws_consent_for_the_category(
    reader: httpx.AsyncClient,
    witness: AsyncConnection,
    request: pytest.FixtureRequest,
    sent: dict[str, Any],
) -> None:
    customer = request.node.name
    answer = await reader.post(a_link(customer), **sent)
    assert (answer.status_code, answer.history) == (200, [])
    assert "You are unsubscribed" in texts(answer)
    assert await withdrawn(witness, customer) == [({"consent.category": "sales"}, NOW)]


async def test_a_second_click_changes_nothing_but_one_after_a_new_consent_does(
    store: PostgresStore, witness: AsyncConnection
) -> None:
    now = NOW

    def clock() -> datetime:
        return now

    given = an_event("again", type="consent.given", time="2026-03-02T10:05:00Z")
    given["data"] = {"shop": "kk", "customer": {"id": "again"}, "consent": {"category": "sales"}}
    async with a_site(some_parts(store, now=clock)) as site:
        first = [await site.post(a_link("again"), data=ONE_CLICK) for _ in range(2)]
        assert (await site.post("/events", json=given)).status_code == 202
        now = NOW + timedelta(minutes=10)
        last = await site.post(a_link("again"), data=ONE_CLICK)

    assert {answer.status_code for answer in (*first, last)} == {200}
    assert [at for _, at in await withdrawn(witness, "again")] == [NOW, NOW + timedelta(minutes=10)]


DAY = timedelta(days=1)


@pytest.mark.parametrize("off", [-DAY, -timedelta(minutes=1), DAY, timedelta(days=365)])
@pytest.mark.parametrize("given_at", [None, DAY, -DAY])
async def test_after_the_page_nothing_is_allowed_whatever_times_consent_has(
    store: PostgresStore, off: timedelta, given_at: timedelta | None
) -> None:
    customer = f"around {off} {given_at}"
    link = a_link(customer)

    def yes(name: str) -> dict[str, Any]:
        stated = {} if given_at is None else {"given_at": (NOW + given_at).date().isoformat()}
        given = an_event(f"{name} {customer}", type="consent.given", time=(NOW + off).isoformat())
        consent = {"category": "sales", **stated}
        given["data"] = {"shop": "kk", "customer": {"id": customer}, "consent": consent}
        return given

    async with a_site(some_parts(store, now=lambda: NOW)) as site:
        assert (await site.post("/events", json=yes("before"))).status_code == 202
        assert "You are unsubscribed" in texts(await site.post(link, data=ONE_CLICK))
        assert (await site.post("/events", json=yes("after"))).status_code == 202

    (words,) = await words_of(store, customer)
    assert words[0].startswith("[false")


async def words_of(store: PostgresStore, customer: str) -> list[Any]:
    async with store.pool.connection() as connection:
        found = await connection.execute(
            "select facts -> 'consents' ->> 'sales|*' from subjects where id = %s",
            (f"customer:kk/{customer}",),
        )
        return await found.fetchall()


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(days=365)])
async def test_a_click_counts_whatever_time_the_consent_before_it_was_dated(
    store: PostgresStore, ahead: timedelta
) -> None:
    given = an_event(f"ahead {ahead}", type="consent.given", time=(NOW + ahead).isoformat())
    customer = f"dated {ahead.days}"
    given["data"] = {"shop": "kk", "customer": {"id": customer}, "consent": {"category": "sales"}}
    async with a_site(some_parts(store, now=lambda: NOW)) as site:
        assert (await site.post("/events", json=given)).status_code == 202
        assert "You are unsubscribed" in texts(await site.post(a_link(customer), data=ONE_CLICK))

    async with store.pool.connection() as connection:
        found = await connection.execute(
            "select facts -> 'consents' ->> 'sales|*' from subjects where id like %s",
            (f"customer:kk/dated%{ahead.days}",),
        )
        (words,) = await found.fetchall()
    assert words[0].startswith("[false")


async def test_the_link_of_an_unknown_category_works_too(
    reader: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    answer = await reader.post(a_link("renamed", "old news"))
    assert "old news" in texts(answer)
    assert await withdrawn(witness, "renamed") == [({"consent.category": "old news"}, NOW)]


async def test_the_link_of_a_digest_ends_every_category_in_it(
    reader: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    link = urlsplit(LINKS.unsubscribe("kk", "many", "sales", "old news")).path
    assert "Sales & offers, old news" in html.unescape(texts(await reader.get(link)))

    assert (await reader.post(link, data=ONE_CLICK)).status_code == 200
    ended = [data["consent.category"] for data, _ in await withdrawn(witness, "many")]
    assert sorted(ended) == ["old news", "sales"]


@pytest.mark.parametrize(
    "path",
    [
        "/u/x",
        "/u/x.y.z",
        a_link("forged") + "A",
        a_link("forged")[:-1],
        a_link("forged", links=Links("", (b"f" * 32,))),
        a_link("forged").replace(".", ".A", 1),
        "/u/" + "x" * 3_000,
        "/u/%00%ff.%ff.%ff",
        "/u/%F0%9F%98%80.a.b",
    ],
)
async def test_a_forged_link_is_404_and_changes_nothing(
    reader: httpx.AsyncClient, witness: AsyncConnection, path: str
) -> None:
    for answer in (await reader.get(path), await reader.post(path, data=ONE_CLICK)):
        assert answer.status_code == 404
        assert "This link is not valid" in texts(answer)
    assert await withdrawn(witness, "forged") == []


async def test_a_link_signed_before_the_secret_was_changed_still_works(
    store: PostgresStore,
) -> None:
    renewed = Links("", (b"new" * 11, *LINKS.secrets))
    async with a_site(some_parts(store, links=renewed)) as site:
        assert (await site.post(a_link("patient"))).status_code == 200


async def test_the_page_speaks_indonesian(reader: httpx.AsyncClient) -> None:
    page = await reader.get(a_link("id"), headers={"Accept-Language": "id-ID,id;q=0.9"})
    assert '<html lang="id">' in page.text
    assert "Berhenti berlangganan" in texts(page)


async def test_every_answer_is_private_and_runs_nothing(reader: httpx.AsyncClient) -> None:
    for page in (
        await reader.get(a_link("private")),
        await reader.post(a_link("private")),
        await reader.get("/u/x"),
    ):
        assert page.headers["content-security-policy"].startswith("default-src 'self';")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "private, no-store"
        assert page.headers["x-robots-tag"] == "noindex"
        assert not re.search(r"<script|<style|style=|\son[a-z]+=", page.text)
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page.text


async def test_the_page_finds_its_style(reader: httpx.AsyncClient) -> None:
    link = a_link("styled")
    style = re.search(r'href="([^"]+\.css)"', (await reader.get(link)).text)
    assert style
    answer = await reader.get(httpx.URL(f"http://x{link}").join(style[1]).path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")


async def test_what_a_link_names_is_text(reader: httpx.AsyncClient) -> None:
    page = await reader.get(a_link("text", "<script>alert(1)</script>"))
    assert "<script>" not in page.text


async def test_guessing_is_slowed_down_and_who_holds_a_link_is_not(
    reader: httpx.AsyncClient,
) -> None:
    guesses = [await reader.post(f"/u/guess-{number}") for number in range(40)]

    assert {answer.status_code for answer in guesses} == {404, 429}
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert (await reader.post(a_link("holder"))).status_code == 200


async def test_a_mail_program_s_server_may_post_for_many_customers(
    reader: httpx.AsyncClient,
) -> None:
    answers = [await reader.post(a_link(f"many-{number}"), data=ONE_CLICK) for number in range(60)]
    assert {answer.status_code for answer in answers} == {200}


async def test_one_link_cannot_fill_the_log(reader: httpx.AsyncClient) -> None:
    answers = [await reader.post(a_link("flood")) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200, 429}


async def test_a_long_body_is_refused(reader: httpx.AsyncClient) -> None:
    assert (await reader.post(a_link("long"), content=b"x" * 20_000)).status_code == 413


async def test_while_the_database_is_away_it_says_so_and_never_that_it_is_done(
    ruleset: Ruleset,
) -> None:
    async with a_site(some_parts(Failing(ruleset, OSError("gone")))) as site:
        answer = await site.post(a_link("away"), data=ONE_CLICK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "Nothing was changed yet" in texts(answer)


async def test_a_click_counts_against_a_second_account_of_the_address(store: PostgresStore) -> None:
    def told(number: int, kind: str, time: datetime, **more: Any) -> dict[str, Any]:
        customer = {"id": f"shared {number}", "email": "shared@example.com"}
        event = an_event(f"shared {kind} {number}", type=kind, time=time.isoformat())
        return event | {"data": {"shop": "kk", "customer": customer, **more}}

    sales, ahead = {"consent": {"category": "sales"}}, NOW + timedelta(minutes=2)
    events = [told(number, "customer.created", NOW) for number in (1, 2)]
    events.append(told(2, "consent.given", ahead, **sales))
    async with a_site(some_parts(store, now=lambda: NOW)) as site:
        assert (await site.post("/events", json=events)).status_code == 202
        assert "You are unsubscribed" in texts(await site.post(a_link("shared 1"), data=ONE_CLICK))

    async with store.pool.connection() as connection:
        found = await connection.execute(
            "select occurred_at from events where type = 'consent.withdrawn' "
            "and customer_subject = 'customer:kk/shared 1'"
        )
        assert [at > ahead for (at,) in await found.fetchall()] == [True]
