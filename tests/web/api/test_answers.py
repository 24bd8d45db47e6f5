"""Answers over HTTP: the value, why it is so, and what a question must name."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from store.postgres.store import PostgresStore
from tests.web.serving import NOW, Failing, a_site, an_event, error_of, some_parts

_ANSWERS = """
version: 1
answers:
  return_window:
    type: days
    starts: order.delivered_at
    first:
      - {if: [customer.tier = gold, customer.email is known], then: 45 days}
      - {otherwise: 30 days}
    plus:
      - {if: number of return.requested by the customer within 90 days = 1, then: 1 day}
    say: return_window
  fee: {for: item, type: money, first: [{if: item.category = shoes, then: 5 EUR},
      {otherwise: 9 EUR}]}
  check:
    for: return
    type: [lenient, strict]
    first: [{if: return.reason = broken, then: lenient}, {otherwise: strict}]
  may_skip:
    for: subscription
    type: boolean
    first: [{if: subscription.status = active, then: true}, {otherwise: false}]
  gift: {for: customer, type: integer, first: [{if: customer.tier = gold, then: 2},
      {otherwise: 1}], say: broken}
"""
_JOURNEY = (
    "version: 1\nrules: [{id: a, when: order.placed, do: [{send: hello, category: delivery}]}]\n"
)
_SAYS = {
    "en": (
        "You may return it until **{{ answer.return_window.ends_on | day }}**, {{ "
        "customer.first_name }}.\n"
    ),
    "id": "Bisa dikembalikan sampai **{{ answer.return_window.ends_on | day }}**.\n",
}
_FILES = {
    "journeys/a.yaml": _JOURNEY,
    "policies.yaml": (
        "version: 1\ntime_zone: {from: [customer.time_zone], otherwise: Europe/Paris}\n"
    ),
    "answers.yaml": _ANSWERS,
    "templates/en/hello.md": "---\nsubject: Hello\n---\nHello.\n",
    "templates/en/broken.md": "{{ customer.phone | day }}\n",
    **{f"templates/{locale}/return_window.md": text for locale, text in _SAYS.items()},
}
_ANA = {
    "id": "C-1",
    "tier": "gold",
    "email": "ana@example.com",
    "first_name": "Ana",
    "phone": "+33600000000",
}
_OTHER_SHOP = {"shop": "second", "order": {"id": "TWIN"}, "customer": {"id": "C-1"}}

OF_IDS = "must be 1 to 200 printable characters, at most 600 bytes"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return read_ruleset(_FILES)


def told(name: str, kind: str, **data: Any) -> dict[str, Any]:
    return an_event(name, type=kind, data={"shop": "first", "customer": {"id": "C-1"}, **data})


EVENTS = [
    told("1", "customer.updated", customer=_ANA),
    told(
        "2",
        "order.placed",
        order={"id": "A-1", "items": [{"id": "SHOE", "category": "shoes"}, "CUP"]},
    ),
    told("3", "order.delivered", order={"id": "A-1"}),
    told(
        "4",
        "return.requested",
        order={"id": "A-1"},
        **{"return": {"id": "R-1", "reason": "broken"}},
    ),
    told("5", "subscription.started", subscription={"id": "S-1"}),
    told("6", "order.placed", order={"id": "TWIN"}),
    an_event("7", data=_OTHER_SHOP),
]


@pytest.fixture(scope="module")
async def shop(store: PostgresStore) -> AsyncIterator[httpx.AsyncClient]:
    async with a_site(some_parts(store)) as client:
        assert (await client.post("/events", json=EVENTS)).status_code == 202
        yield client


async def asked(shop: httpx.AsyncClient, name: str, /, **named: str) -> dict[str, Any]:
    answer = await shop.get(f"/answers/{name}", params=named)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(shop: httpx.AsyncClient, path: str) -> tuple[int, str, str]:
    answer = await shop.get(path)
    error = error_of(answer)
    return answer.status_code, error["field"], error["reason"]


async def test_an_answer_comes_with_its_last_day_its_sentence_and_its_proof(
    shop: httpx.AsyncClient, ruleset: Ruleset
) -> None:
    window = await asked(shop, "return_window", order="A-1")

    assert (window["name"], window["value"], window["revision"]) == (
        "return_window",
        "46 days",
        ruleset.revision,
    )
    assert (window["ends_on"], window["open"]) == ("2026-04-17", True)
    assert window["say"] == "You may return it until Friday, 17 April, Ana."
    assert (
        window["say_html"]
        == "<p>You may return it until <strong>Friday, 17 April</strong>, Ana.</p>\n"
    )
    assert [(line["text"], line["gave"], line["at"]) for line in window["proof"]] == [
        ("customer.tier = gold; customer.email is known", "45 days", "answers.yaml:8:9"),
        (
            "number of return.requested by the customer within 90 days = 1",
            "1 day",
            "answers.yaml:11:9",
        ),
    ]


async def test_the_proof_shows_what_was_read_but_nothing_that_is_personal(
    shop: httpx.AsyncClient,
) -> None:
    window = await asked(shop, "return_window", order="A-1")

    assert (window["proof"][0]["read"], window["proof"][0]["personal"]) == (
        {"customer.tier": "gold"},
        ["customer.email"],
    )
    assert "ana@example.com" not in str(window)


@pytest.mark.parametrize(
    ("name", "named", "value"),
    [
        ("fee", {"order": "A-1", "item": "SHOE"}, "5.00 EUR"),
        ("fee", {"order": "A-1", "item": "CUP"}, "9.00 EUR"),
        ("check", {"return": "R-1"}, "lenient"),
        ("may_skip", {"customer": "C-1", "subscription": "S-1", "shop": "first"}, True),
        ("gift", {"customer": "C-1", "shop": "first"}, 2),
        ("gift", {"customer": "C-1", "shop": "second"}, 1),
        ("return_window", {"order": "TWIN", "shop": "second"}, "30 days"),
    ],
)
async def test_an_answer_reads_the_thing_that_is_named(
    shop: httpx.AsyncClient, name: str, named: dict[str, str], value: Any
) -> None:
    assert (await asked(shop, name, **named))["value"] == value


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("id", "Bisa dikembalikan sampai Jumat, 17 April."),
        ("id-ID", "Bisa dikembalikan sampai Jumat, 17 April."),
        ("fr", "You may return it until Friday, 17 April, Ana."),
    ],
)
async def test_the_sentence_is_in_the_language_that_was_asked_for(
    shop: httpx.AsyncClient, locale: str, sentence: str
) -> None:
    assert (await asked(shop, "return_window", order="A-1", locale=locale))["say"] == sentence


async def test_an_answer_without_a_sentence_or_with_one_that_fails_says_none(
    shop: httpx.AsyncClient,
) -> None:
    assert (await asked(shop, "check", **{"return": "R-1"}))["say"] is None
    assert (await asked(shop, "gift", customer="C-1", shop="first"))["say_html"] is None


async def test_what_the_window_starts_with_is_unknown_before_it_happened(
    shop: httpx.AsyncClient,
) -> None:
    window = await asked(shop, "return_window", order="TWIN", shop="first")

    assert (window["value"], window["ends_on"], window["open"], window["say"]) == (
        "46 days",
        None,
        None,
        None,
    )


_ABOUT_AN_ORDER = "return_window is about an order, which is named by order"


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (
            "retrun_window?order=A-1",
            (404, "answer", "there is no answer retrun_window, did you mean return_window?"),
        ),
        ("x", (404, "answer", "there is no answer x")),
        ("return_window?order=A-9", (404, "order", "nothing is known of an order A-9")),
        ("check?return=R-9", (404, "return", "nothing is known of a return R-9")),
        ("fee?order=A-1&item=X", (404, "item", "nothing is known of an item X")),
        ("fee?order=A-9&item=X", (404, "order", "nothing is known of an order A-9")),
        (
            "may_skip?customer=C-1&subscription=S-9&shop=first",
            (404, "subscription", "nothing is known of a subscription S-9"),
        ),
        ("gift?customer=C-1&shop=third", (404, "customer", "nothing is known of a customer C-1")),
        ("return_window", (422, "order", f"must be there: {_ABOUT_AN_ORDER}")),
        ("return_window?order=A-1&item=X", (422, "item", f"must not be there: {_ABOUT_AN_ORDER}")),
        (
            "return_window?order=A-1&oder=A-1",
            (422, "oder", f"must not be there: {_ABOUT_AN_ORDER}"),
        ),
        (
            "fee?item=X",
            (422, "order", "must be there: fee is about an item, which is named by order and item"),
        ),
        ("return_window?order=A-1&order=A-2", (422, "order", "must be there once only")),
        (
            "return_window?order=",
            (422, "order", OF_IDS),
        ),
        (
            "return_window?order=a%00b",
            (422, "order", OF_IDS),
        ),
        (
            "return_window?order=A-1&locale=../en",
            (422, "locale", "must be a language such as en, id or pt-BR"),
        ),
        (
            "return_window?order=TWIN",
            (422, "shop", "must be there: several shops have an order TWIN"),
        ),
    ],
)
async def test_a_question_that_cannot_be_answered_is_told_why(
    shop: httpx.AsyncClient, path: str, refusal: tuple[int, str, str]
) -> None:
    assert await refused(shop, f"/answers/{path}") == refusal


@pytest.mark.parametrize("path", ["/answers", "/answers/return_window?order=A-1", "/answers/none"])
async def test_without_a_valid_token_nothing_is_told(shop: httpx.AsyncClient, path: str) -> None:
    answer = await shop.get(path, headers={"Authorization": "Bearer another"})

    assert (answer.status_code, error_of(answer)["field"]) == (401, "authorization")
    assert answer.headers["www-authenticate"] == 'Bearer realm="purna"'


async def test_the_list_says_what_each_answer_is_about_and_what_it_needs(
    shop: httpx.AsyncClient, ruleset: Ruleset
) -> None:
    told = (await shop.get("/answers")).json()

    assert told["revision"] == ruleset.revision
    assert [one["name"] for one in told["answers"]] == [
        "check",
        "fee",
        "gift",
        "may_skip",
        "return_window",
    ]
    assert told["answers"][0] == {
        "name": "check",
        "type": ["lenient", "strict"],
        "for": "return",
        "parameters": {"needed": ["return"], "spared": ["shop", "locale"]},
    }
    assert told["answers"][1]["parameters"]["needed"] == ["order", "item"]


async def test_an_answer_is_true_of_the_moment_and_kept_by_nobody(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/answers/return_window", params={"order": "A-1"})

    assert answer.headers["cache-control"] == "private, no-store"
    assert date.fromisoformat(answer.json()["ends_on"]) > NOW.date()


async def test_only_a_get_asks(shop: httpx.AsyncClient) -> None:
    assert (await shop.post("/answers/return_window?order=A-1")).status_code == 405


async def test_while_the_database_is_away_the_answer_is_503(ruleset: Ruleset) -> None:
    async with a_site(some_parts(Failing(ruleset, psycopg.OperationalError("away")))) as site:
        answer = await site.get("/answers/return_window", params={"order": "A-1"})

    assert (answer.status_code, error_of(answer)["reason"]) == (503, "the database is away or busy")
    assert answer.headers["retry-after"] == "1"


async def test_new_rules_answer_at_once(
    store: PostgresStore, shop: httpx.AsyncClient, ruleset: Ruleset
) -> None:
    newer = read_ruleset({**_FILES, "answers.yaml": _ANSWERS.replace("45 days", "60 days")})
    await store.rulesets.publish(newer, "tests", "longer", NOW)
    try:
        window = await asked(shop, "return_window", order="A-1")
        assert (window["value"], window["revision"]) == ("61 days", newer.revision)
    finally:
        await store.rulesets.publish(ruleset, "tests", "back", NOW)


_NAMES = st.sampled_from(
    ["order", "item", "return", "subscription", "customer", "shop", "locale", "x"]
) | st.text(max_size=20)
_IDS = st.sampled_from(["A-1", "SHOE", "R-1", "S-1", "C-1", "first", "en", "TWIN"]) | st.text(
    max_size=250
)
_ASKED = st.sampled_from(["return_window", "fee", "check", "may_skip", "gift"]) | st.text(
    min_size=1, max_size=30
)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=_ASKED, query=st.lists(st.tuples(_NAMES, _IDS), max_size=5))
async def test_whatever_is_asked_is_answered_or_refused_in_one_form(
    shop: httpx.AsyncClient, name: str, query: list[tuple[str, str]]
) -> None:
    answer = await shop.get(
        f"/answers/{quote(name, safe='')}", params=httpx.QueryParams(tuple(query))
    )

    assert answer.status_code in {200, 404, 422}
    if answer.status_code != 200:
        error_of(answer)
