"""`POST /sources/{name}`: signed events are taken in like all others, and nothing else is."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.sources.schemes import SCHEMES
from engine.sources.translators import TRANSLATORS, Payload, translator
from store.postgres.store import PostgresStore
from tests.web.serving import NOW, a_site, an_event, error_of, some_parts
from tests.web.signing import SECRETS, SIGN, TIMED

JSON = {"Content-Type": "application/json"}
CLOUDEVENT = {"Content-Type": "application/cloudevents+json; charset=utf-8"}


def setting(name: str) -> str:
    return name.upper()


@pytest.fixture(scope="module")
def signed_ruleset(ruleset: Ruleset) -> Ruleset:
    files = {
        f"sources/{name.replace('_', '-')}.yaml": (
            f"version: 1\nscheme: {name}\nsecret: {setting(name)}\n"
        )
        for name in SCHEMES
    }
    mute = {"sources/mute.yaml": "version: 1\nscheme: shopify\nsecret: NOWHERE\n"}
    wrong = {"sources/wrong.yaml": "version: 1\nscheme: svix\nsecret: EASYPOST\n"}
    of_kk = {"sources/of-kk.yaml": "version: 1\nscheme: shopify\nsecret: SHOPIFY\nshops: [kk]\n"}
    return read_ruleset({**ruleset.files, **files, **mute, **wrong, **of_kk})


@pytest.fixture(scope="module")
async def signed_site(
    store: PostgresStore, signed_ruleset: Ruleset
) -> AsyncIterator[httpx.AsyncClient]:
    await store.rulesets.publish(signed_ruleset, "tests", "tests", NOW)
    secrets = {setting(name): ("unused", secret) for name, secret in SECRETS.items()}
    async with a_site(some_parts(store, source_secrets=secrets)) as client:
        del client.headers["Authorization"]
        yield client


def body_of(name: str, event: str, **others: Any) -> bytes:
    return json.dumps(an_event(event, source=name.replace("_", "-"), **others)).encode()


async def post(  # noqa: PLR0913  # a request has many parts
    site: httpx.AsyncClient,
    name: str,
    body: bytes,
    *,
    at: datetime = NOW,
    headers: dict[str, str] = JSON,
    secret: str = "",
) -> httpx.Response:
    told = SIGN[name](secret or SECRETS[name], body, at)
    return await site.post(
        f"/sources/{name.replace('_', '-')}", content=body, headers=told | headers
    )


async def count(witness: AsyncConnection) -> int:
    row = await (await witness.execute("select count(*) from events")).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("name", sorted(SCHEMES))
async def test_a_signed_event_is_kept_and_answered_with_202(
    signed_site: httpx.AsyncClient, witness: AsyncConnection, name: str
) -> None:
    before = await count(witness)
    answer = await post(signed_site, name, body_of(name, f"signed-{name}"), headers=CLOUDEVENT)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert await count(witness) == before + 1


@pytest.mark.parametrize("name", sorted(SCHEMES))
async def test_what_is_forged_is_401_and_nothing_is_stored(
    signed_site: httpx.AsyncClient, witness: AsyncConnection, name: str
) -> None:
    before, body, path = (
        await count(witness),
        body_of(name, "forged"),
        f"/sources/{name.replace('_', '-')}",
    )
    told = SIGN[name](SECRETS[name], body, NOW)
    answers = [
        await signed_site.post(path, content=body, headers=JSON),
        await signed_site.post(path, content=body + b" ", headers=told | JSON),
        await signed_site.post(
            path, content=body, headers=JSON | {"Authorization": "Bearer a token for tests"}
        ),
        await post(signed_site, name, body, secret="whsec_QUFBQUFBQUFBQUFBQUFBQQ=="),
    ]
    assert [(answer.status_code, error_of(answer)["field"]) for answer in answers] == [
        (401, "signature")
    ] * 4
    assert await count(witness) == before


@pytest.mark.parametrize("name", TIMED)
async def test_what_was_recorded_and_is_sent_later_is_401(
    signed_site: httpx.AsyncClient, name: str
) -> None:
    answer = await post(signed_site, name, body_of(name, "late"), at=NOW - timedelta(seconds=301))
    assert answer.status_code == 401


async def test_what_a_source_says_of_another_shop_is_202_and_set_aside(
    signed_site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    of_kk, of_other = (an_event(name, source="of-kk") for name in ("own", "others"))
    of_other["data"]["shop"] = "other"
    body = json.dumps([of_other, of_kk]).encode()
    signed = SIGN["shopify"](SECRETS["shopify"], body, NOW)

    answers = [
        await signed_site.post("/sources/of-kk", content=body, headers=signed | JSON)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    told = [answer.json() for answer in answers]
    assert [(one["accepted"], one["quarantined"], one["duplicates"]) for one in told] == [
        (1, 1, 0),
        (0, 0, 2),
    ]
    kept = await witness.execute("select id from events where source = 'of-kk'")
    aside = await witness.execute("select shop, id from quarantine where source = 'of-kk'")
    assert (await kept.fetchall(), await aside.fetchall()) == ([("own",)], [("other", "others")])


async def test_a_batch_is_taken_in_too(signed_site: httpx.AsyncClient) -> None:
    body = json.dumps(
        [an_event(f"batch-{number}", source="stripe") for number in range(3)]
    ).encode()
    assert (await post(signed_site, "stripe", body)).json()["accepted"] == 3


async def test_a_source_cannot_speak_for_another(
    signed_site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    before = await count(witness)
    alone = await post(signed_site, "stripe", body_of("shopify", "for-another"))
    batch = json.dumps(
        [an_event("mine", source="stripe"), an_event("yours", source="shopify")]
    ).encode()
    told = error_of(await post(signed_site, "stripe", batch))
    assert (alone.status_code, error_of(alone)["field"]) == (422, "source")
    assert (told["field"], told["index"]) == ("source", 1)
    assert await count(witness) == before


async def test_a_signed_body_is_read_as_strictly_as_any_other(
    signed_site: httpx.AsyncClient,
) -> None:
    answers = [
        await post(signed_site, "shopify", body)
        for body in (b"", b"{", b"[" * 10_000, b'{"a": NaN}')
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    answer = await post(
        signed_site, "shopify", body_of("shopify", "x"), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


async def test_a_body_that_is_too_long_is_413(signed_site: httpx.AsyncClient) -> None:
    assert (await post(signed_site, "shopify", b" " * (1024 * 1024 + 1))).status_code == 413


async def test_the_first_ping_of_woocommerce_is_answered_and_stores_nothing(
    signed_site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    before, form = (
        await count(witness),
        {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
    )
    ping = await signed_site.post("/sources/woocommerce", content=b"webhook_id=42", headers=form)
    more = await signed_site.post(
        "/sources/woocommerce", content=b"webhook_id=42&a=b", headers=form
    )
    other = await signed_site.post("/sources/shopify", content=b"webhook_id=42", headers=form)
    assert [answer.status_code for answer in (ping, more, other)] == [200, 401, 401]
    assert await count(witness) == before


@pytest.mark.parametrize("name", ["nobody", "SHOPIFY", "...", "%00", "shopify%2f"])
async def test_a_source_that_is_not_in_the_rules_is_404(
    signed_site: httpx.AsyncClient, name: str
) -> None:
    assert (await signed_site.post(f"/sources/{name}", content=b"{}")).status_code == 404
    assert (await signed_site.get("/sources/shopify")).status_code == 405


async def test_a_source_without_its_secret_is_told_and_refuses_everybody(
    signed_site: httpx.AsyncClient,
) -> None:
    ready = await signed_site.get("/readyz")
    headers = SIGN["shopify"]("", b"{}", NOW) | JSON
    answers = [
        await signed_site.post("/sources/mute", content=b"{}", headers=headers) for _ in range(3)
    ]

    assert (ready.status_code, ready.json()["sources_without_secret"]) == (200, ["mute", "wrong"])
    assert [answer.status_code for answer in answers] == [401] * 3


async def test_what_is_missing_is_logged_once(
    signed_site: httpx.AsyncClient, store: PostgresStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert signed_site  # its rules are the active ones
    async with a_site(some_parts(store)) as client:
        for _ in range(3):
            await client.post("/sources/mute", content=b"{}")
    told = capsys.readouterr().out
    assert told.count("source has no secret") == told.count("PURNA_SOURCE_NOWHERE") == 1


VALUES = st.binary(max_size=60).map(lambda raw: raw.translate(None, bytes(range(32)) + b"\x7f"))
NAMES = st.sampled_from(
    sorted(
        {key for name in SIGN for key in SIGN[name](SECRETS[name], b"", NOW)}
        | {"Content-Type", "Content-Encoding"}
    )
)


@given(
    name=st.sampled_from(sorted(SCHEMES)),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    body=st.binary(max_size=40) | st.just(b"webhook_id=1"),
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_a_stranger_sends_is_401(
    signed_site: httpx.AsyncClient, name: str, headers: list[tuple[str, bytes]], body: bytes
) -> None:
    told = [(key.encode(), value.strip()) for key, value in headers]
    url = signed_site.base_url.join(f"/sources/{name.replace('_', '-')}")
    answer = await signed_site.send(httpx.Request("POST", url, content=body, headers=told))
    assert answer.status_code == 401


@pytest.fixture
def translates() -> Iterator[None]:
    """The shop's own code knows what shopify posts."""

    @translator("shopify")
    def events_of(payload: Payload) -> list[dict[str, Any]]:
        order = payload.body
        data = {"shop": "kk", "order": {"id": order["number"]}, "customer": {"id": "C1"}}
        kind = payload.headers["x-topic"]
        time = "2026-03-02T09:00:00Z"
        return [{"id": order["uuid"], "type": kind, "time": time, "data": data}]

    yield
    del TRANSLATORS["shopify"]


TOPIC = JSON | {"X-Topic": "order.placed"}


async def test_what_is_no_event_goes_through_the_translator_of_its_source(
    signed_site: httpx.AsyncClient, witness: AsyncConnection, translates: None
) -> None:
    body = json.dumps({"uuid": "u-1", "number": "T1"}).encode()

    answers = [await post(signed_site, "shopify", body, headers=TOPIC) for _ in range(2)]

    assert [one.json()["accepted"] for one in answers] == [1, 0]
    kept = await witness.execute("select type from events where source = 'shopify' and id = 'u-1'")
    assert await kept.fetchone() == ("order.placed",)


async def test_an_event_passes_by_the_translator(
    signed_site: httpx.AsyncClient, translates: None
) -> None:
    answer = await post(signed_site, "shopify", body_of("shopify", "passes"), headers=TOPIC)

    assert answer.json()["accepted"] == 1


async def test_a_sender_comes_again_after_a_translator_failed(
    signed_site: httpx.AsyncClient, translates: None
) -> None:
    answer = await post(signed_site, "shopify", b'{"uuid": "u-2"}', headers=TOPIC)

    assert answer.status_code == 503


async def test_without_a_translator_what_is_no_event_is_refused(
    signed_site: httpx.AsyncClient,
) -> None:
    answer = await post(signed_site, "shopify", b'{"uuid": "u-3", "number": "T3"}', headers=TOPIC)

    assert answer.status_code == 422
