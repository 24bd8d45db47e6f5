"""Events over HTTP: what is accepted is in the database by then, and what is refused says why."""

import asyncio
import json
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import AsyncConnection

from engine.rules.ruleset import Ruleset
from store.ports import Contended
from store.postgres.store import PostgresStore
from tests.web.serving import OLD_TOKEN, Failing, a_site, an_event, error_of, some_parts

BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def counts(
    accepted: int = 0,
    duplicates: int = 0,
    conflicts: int = 0,
    quarantined: int = 0,
    unplaced: int = 0,
) -> dict[str, int]:
    return {
        "accepted": accepted,
        "unplaced": unplaced,
        "duplicates": duplicates,
        "conflicts": conflicts,
        "quarantined": quarantined,
    }


async def rows(witness: AsyncConnection, *names: str) -> int:
    cursor = await witness.execute(
        "select count(*) from events where source = 'tests' and id = any(%s)", (list(names),)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_an_event_is_in_the_database_when_its_202_arrives(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    for number in range(20):
        name = f"durable-{number}"
        answer = await site.post("/events", json=an_event(name))
        assert await rows(witness, name) == 1
        assert (answer.status_code, answer.json()) == (202, counts(accepted=1))


async def test_the_answer_waits_for_the_commit(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    async with witness.transaction():
        await witness.execute("lock table events")
        posted = asyncio.create_task(site.post("/events", json=an_event("waits")))
        await asyncio.sleep(0.3)
        assert not posted.done()
        await witness.execute("select 1")
    assert (await posted).status_code == 202
    assert await rows(witness, "waits") == 1


async def test_a_repeated_event_is_a_duplicate_and_one_that_says_else_a_conflict(
    site: httpx.AsyncClient,
) -> None:
    other = an_event("twice") | {"time": "2026-03-02T09:00:01Z"}

    answers = [
        await site.post("/events", json=told)
        for told in (an_event("twice"), an_event("twice"), other)
    ]

    assert [answer.json() for answer in answers] == [counts(1), counts(0, 1), counts(0, 0, 1)]
    assert {answer.status_code for answer in answers} == {202}


async def test_a_batch_is_kept_whole(site: httpx.AsyncClient, witness: AsyncConnection) -> None:
    batch = [an_event(f"whole-{number}") for number in range(3)]

    answer = await site.post("/events", json=[*batch, batch[0]], headers=BATCH)

    assert answer.json() == counts(accepted=3, duplicates=1)
    assert await rows(witness, "whole-0", "whole-1", "whole-2") == 3


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/cloudevents+json;charset=utf-8",
    ],
)
async def test_one_event_comes_as_json(site: httpx.AsyncClient, kind: str) -> None:
    answer = await site.post(
        "/events", content=json.dumps(an_event(kind)), headers={"Content-Type": kind}
    )
    assert answer.json() == counts(accepted=1)


async def test_a_list_may_come_as_plain_json_and_an_empty_one_changes_nothing(
    site: httpx.AsyncClient,
) -> None:
    assert (await site.post("/events", json=[an_event("in-a-list")])).json() == counts(accepted=1)
    assert (await site.post("/events", json=[])).json() == counts()


async def test_a_thousand_events_are_one_batch_and_one_more_is_too_many(
    site: httpx.AsyncClient,
) -> None:
    batch = [
        an_event(f"m{number}", data={"shop": "kk", "customer": {"id": "C9"}})
        for number in range(1001)
    ]

    assert error_of(await site.post("/events", json=batch)) == {
        "field": "body",
        "reason": "must not hold more than 1000 events",
    }
    assert (await site.post("/events", json=batch[1:])).json() == counts(accepted=1000)


async def test_a_batch_with_one_bad_event_names_it_and_keeps_nothing(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    bad = an_event("b3", data={"shop": "kk", "order": {"id": ""}})

    answer = await site.post(
        "/events", json=[*(an_event(f"b{number}") for number in range(3)), bad], headers=BATCH
    )

    error = {
        "field": "data.order.id",
        "reason": "must be 1 to 200 printable characters",
        "index": 3,
    }
    assert (answer.status_code, error_of(answer)) == (422, error)
    assert await rows(witness, "b0", "b1", "b2", "b3") == 0


async def test_an_event_that_only_the_store_can_refuse_is_named_too(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    homeless = an_event(
        "h1", type="shipment.scanned", data={"shop": "kk", "shipment": {"carrier": "acme"}}
    )
    reason = "names neither an order or another thing nor a customer"

    batch = await site.post("/events", json=[an_event("h0"), homeless])
    alone = await site.post("/events", json=homeless)

    assert error_of(batch) == {"field": "data", "reason": reason, "index": 1}
    assert error_of(alone) == {"field": "data", "reason": reason}
    assert (batch.status_code, alone.status_code, await rows(witness, "h0", "h1")) == (422, 422, 0)


async def test_an_event_that_comes_before_its_parcel_is_known_is_kept(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    early = an_event("e1", type="shipment.scanned", data={"shop": "kk", "shipment": {"id": "P1"}})

    answers = [await site.post("/events", json=early) for _ in range(2)]

    assert [one.status_code for one in answers] == [202, 202]
    assert [one.json() for one in answers] == [counts(unplaced=1), counts(duplicates=1)]
    assert await rows(witness, "e1") == 1


async def test_an_event_that_names_only_an_id_of_the_helpdesk_finds_its_customer(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    def opened(name: str) -> dict[str, Any]:
        data = {"shop": "kk", "support": {"id": name}, "customer": {"helpdesk_id": "H9"}}
        return an_event(name, type="support.case_opened", data=data)

    stated = {"shop": "kk", "customer": {"id": "C-h9", "helpdesk_id": "H9"}}
    told = an_event("h9", type="customer.updated", data=stated)

    answers = [await site.post("/events", json=one) for one in (opened("K1"), told, opened("K2"))]

    assert [one.status_code for one in answers] == [202] * 3
    assert [one.json() for one in answers] == [
        *(counts(unplaced=1), counts(accepted=1), counts(accepted=1))
    ]
    found = await witness.execute(
        "select id, customer_subject from events where id = any(%s) order by 1", (["K1", "K2"],)
    )
    assert await found.fetchall() == [(one, "customer:kk/C-h9") for one in ("K1", "K2")]


async def test_an_event_that_names_only_a_perk_is_refused_with_what_it_must_name(
    site: httpx.AsyncClient,
) -> None:
    perk = {"shop": "kk", "perk": {"name": "free_returns"}}
    granted = an_event("p1", type="perk.granted", data=perk | {"customer": {"id": "C-p1"}})
    used = an_event("p2", type="perk.used", data=perk)

    answers = [await site.post("/events", json=one) for one in (granted, used)]

    assert [one.status_code for one in answers] == [202, 422]
    assert error_of(answers[1]) == {
        "field": "data",
        "reason": "names a perk alone, which several customers may have: "
        "name its customer or order",
    }


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ("text", "event"),
        (7, "event"),
        (None, "event"),
        ({}, "data"),
        (an_event("x", data=None), "data"),
        (an_event("x", data={"shop": 7}), "data.shop"),
        (an_event("x", type="order.plcaed"), "type"),
        (an_event("x", source=""), "source"),
        (an_event("x", id="a\nb"), "id"),
        (an_event("x", id="x" * 201), "id"),
        (an_event("x", time="yesterday"), "time"),
        (an_event("x", time="2026-03-02T09:00:00"), "time"),
        (an_event("x", time="2046-03-02T09:00:00Z"), "time"),
        (an_event("x", specversion="0.3"), "specversion"),
        (
            an_event("x", data={"shop": "kk", "order": {"id": "1", "total": "much"}}),
            "data.order.total",
        ),
    ],
)
async def test_json_that_is_no_event_is_refused_with_the_field(
    site: httpx.AsyncClient, told: Any, field: str
) -> None:
    answer = await site.post(
        "/events", content=json.dumps(told), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, error_of(answer)["field"]) == (422, field)


async def test_the_media_type_says_one_or_many(site: httpx.AsyncClient) -> None:
    one = await site.post("/events", json=an_event("x"), headers=BATCH)
    many = await site.post(
        "/events", json=[an_event("x")], headers={"Content-Type": "application/cloudevents+json"}
    )
    assert [(answer.status_code, error_of(answer)["field"]) for answer in (one, many)] == [
        (422, "body")
    ] * 2


async def test_the_token_before_it_is_valid_during_a_rotation(site: httpx.AsyncClient) -> None:
    answer = await site.post(
        "/events", json=an_event("rotated"), headers={"Authorization": f"bearer {OLD_TOKEN}"}
    )
    assert answer.status_code == 202


async def test_the_relay_hears_the_bell_after_every_commit_and_only_then(
    store: PostgresStore,
) -> None:
    rung: list[None] = []
    async with a_site(some_parts(store, ring=lambda: rung.append(None))) as site:
        await site.post("/events", json=an_event("x", id=""))
        assert rung == []
        await site.post("/events", json=an_event("rings"))
        assert rung == [None]


async def test_without_a_ruleset_senders_are_asked_to_come_back(unpublished: PostgresStore) -> None:
    async with a_site(some_parts(unpublished)) as site:
        answer = await site.post("/events", json=an_event("x"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert error_of(answer)["reason"] == "no rules have been published yet"


@pytest.mark.parametrize(
    "failure", [psycopg.OperationalError("gone"), Contended(), RuntimeError("C-secret"), KeyError()]
)
async def test_whatever_fails_behind_us_is_503_and_no_customer_is_quoted(
    ruleset: Ruleset, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_site(some_parts(Failing(ruleset, failure))) as site:
        answer = await site.post("/events", json=an_event("secret"))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert error_of(answer)["field"] == "server"
    assert "secret" not in answer.text + "".join(capsys.readouterr())


async def test_over_http_a_bad_event_among_many_is_refused_alone(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    told = [an_event(f"together-{number}") for number in range(40)]
    told[20]["data"] = {"shop": "kk", "shipment": {"carrier": "acme"}}
    told[20]["type"] = "shipment.shipped"

    answers = await asyncio.gather(*(site.post("/events", json=one) for one in told))

    assert [answer.status_code for answer in answers] == [202] * 20 + [422] + [202] * 19
    kept = await witness.execute("select count(*) from events where id like 'together-%'")
    assert await kept.fetchone() == (39,)


async def test_an_event_is_kept_whatever_its_texts_hold(
    site: httpx.AsyncClient, witness: AsyncConnection
) -> None:
    raw = an_event("odd", type="review.received")
    raw["data"]["review"] = {"id": "R1", "text": "so\x00 bad\ud800\x00", "no": "\x00" * 9}
    raw["data"]["order"]["items"] = [{"title": "a\udfff", "price": "?", "\x00": {}}]
    raw["data"]["of nobody"] = {"much": "?"}
    body = json.dumps(raw).replace('"?"', "1e400").encode()

    answer = await site.post("/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (202, counts(accepted=1))
    row = await (
        await witness.execute("select body -> 'data' from events where id = 'odd'")
    ).fetchone()
    assert row is not None
    assert (row[0]["review.text"], row[0]["order.items"]) == (
        "so\ufffd bad\ufffd",
        [{"title": "a\ufffd", "price": None, "": {}}],
    )


async def test_a_number_that_nothing_can_hold_is_refused_by_its_name(
    site: httpx.AsyncClient,
) -> None:
    raw = an_event("much", type="review.received")
    raw["data"]["review"] = {"id": "R1", "stars": "?"}
    body = json.dumps(raw).replace('"?"', "9" * 5_000).encode()

    answer = await site.post("/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, error_of(answer)["field"]) == (422, "data.review.stars")
