"""What the web process writes down: nothing of a person, a secret or a body, for good requests and
bad ones.
"""

import json
import signal
from pathlib import Path

import pytest

from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from store.postgres.store import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import LINKS, NOW, TOKEN, an_event
from tests.web.signing import shopify

SIGNING, SECRET = "the-secret-of-the-shop", "a-secret-that-must-not-be-told-00"
NAME, EMAIL, PHONE, WORDS = (
    "Ana Belén",
    "ana.private@shop.example",
    "+34600111222",
    "it broke my heart",
)
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def private(tmp_path: Path, fresh_database: str) -> dict[str, str]:
    file = tmp_path / "secret"
    file.write_text(SECRET, "utf-8")
    told = settings(fresh_database, PURNA_SECRET_FILE=str(file), PURNA_SOURCE_SHOP=SIGNING)
    del told["PURNA_SECRET"]
    return told


def told_of_ana(event: str, **others: object) -> bytes:
    customer = {"id": "C1", "first_name": NAME, "email": EMAIL, "phone": PHONE}
    data = {
        "shop": "kk",
        "order": {"id": f"A-{event}"},
        "customer": customer,
        "review": {"text": WORDS},
    }
    return json.dumps(an_event(event, data=data, **others)).encode()


async def test_no_log_line_tells_of_a_person_or_a_secret(
    store: PostgresStore, ruleset: Ruleset, private: dict[str, str]
) -> None:
    files = {"sources/shop.yaml": "version: 1\nscheme: shopify\nsecret: SHOP\n"}
    mute = {"sources/mute.yaml": "version: 1\nscheme: shopify\nsecret: NOWHERE\n"}
    await store.rulesets.publish(
        read_ruleset({**ruleset.files, **files, **mute}), "tests", "tests", NOW
    )
    link = LINKS.sign("unsubscribe", {"shop": "kk", "customer": EMAIL, "category": "sales"})
    good, signed = told_of_ana("good"), told_of_ana("signed", source="shop")
    bad = (
        good[:-1],
        good.replace(b"order.placed", b"order.plcaed"),
        good.replace(b'"kk"', b"7"),
        b"\xff" + good,
    )
    async with a_process(private) as process, a_client(private) as client:
        await until_it_lives(client)
        statuses = [
            (await client.post("/events", content=body, headers=JSON)).status_code
            for body in (good, *bad)
        ]
        for headers in (shopify(SIGNING, signed, NOW), shopify("forged", signed, NOW), {}):
            answer = await client.post("/sources/shop", content=signed, headers=headers | JSON)
            statuses.append(answer.status_code)
        await client.post("/sources/mute", content=signed, headers=JSON)
        await client.post(
            f"/events?email={EMAIL}", content=good, headers={"Authorization": f"Bearer {EMAIL}"}
        )
        for path in (
            f"/unsubscribe/{link}",
            f"/u/{EMAIL}",
            f"/answers/{EMAIL}?order={PHONE}",
            f"/{EMAIL}",
        ):
            await client.get(path)
            await client.post(path, content=good)
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()

    assert statuses == [202, 400, 422, 422, 400, 202, 401, 401]
    lines = log.decode()
    assert "source has no secret" in lines
    for told in (NAME, "Ana", EMAIL, PHONE, WORDS, SIGNING, SECRET, TOKEN, link, "forged"):
        assert told not in lines
        assert json.dumps(told)[1:-1] not in lines


async def test_no_error_of_ours_tells_what_was_sent(private: dict[str, str]) -> None:
    nowhere = private | {"PURNA_DATABASE_URL": "postgresql://purna:hush@127.0.0.1:1/nothing"}
    async with a_process(nowhere) as process, a_client(nowhere) as client:
        await until_it_lives(client)
        answer = await client.post("/events", content=told_of_ana("lost"), headers=JSON, timeout=10)
        await client.post("/sources/shop", content=told_of_ana("lost"), headers=JSON, timeout=10)
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()

    assert answer.status_code == 503
    assert log
    for told in (NAME, "Ana", EMAIL, PHONE, WORDS, SIGNING, SECRET, TOKEN, "hush"):
        assert told not in log.decode()


async def test_a_secret_that_is_misplaced_is_not_repeated(private: dict[str, str]) -> None:
    async with a_process(private | {"PURNA_SECRET_FILE": SECRET}) as process:
        _, told = await process.communicate()
    assert process.returncode == 2
    assert told.decode().startswith("PURNA_SECRET_FILE names a file that cannot be read")
    assert SECRET not in told.decode()
    assert told.count(b"\n") == 1
