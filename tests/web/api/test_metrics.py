"""What the web process tells Prometheus."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import AsyncConnection

from process import counts as metrics
from store.postgres.store import PostgresStore
from tests.web.serving import Failing, a_site, an_event, some_parts


async def samples(site: httpx.AsyncClient) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = await site.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {
        " ".join([one.name, *(one.labels[name] for name in sorted(one.labels))]): one.value
        for family in families
        for one in family.samples
    }


async def test_only_who_has_a_token_is_told(site: httpx.AsyncClient) -> None:
    assert (
        await site.get("/metrics", headers={"Authorization": "Bearer wrong"})
    ).status_code == 401


async def test_events_are_counted_by_source_and_result(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "MET", metrics.MetNames())
    event = an_event("counted", source="metrics")
    await site.post("/events", json=event)
    await site.post("/events", json=event)
    await site.post("/events", json={**event, "type": "no.such"})

    after = await samples(site)
    assert after["purna_events_total accepted metrics"] == 1
    assert after["purna_events_total duplicate metrics"] >= 1
    assert after["purna_events_total refused "] >= 1


async def test_what_is_behind_is_told(site: httpx.AsyncClient, witness: AsyncConnection) -> None:
    await site.post("/events", json=an_event("behind"))
    await witness.execute(
        "update journeys set wake_at = now() - interval '90 seconds' where journey = "
        "'order:kk/A-behind'"
    )

    told = await samples(site)

    assert told["purna_database_up"] == 1
    assert told["purna_inbox_nudges"] >= 1
    assert told["purna_inbox_lag_seconds"] > 0
    assert told["purna_journey_lag_seconds"] >= 90
    assert (told["purna_ledger_uncertain"], told["purna_quarantine"]) == (0, 0)


async def test_nothing_is_told_of_a_person(site: httpx.AsyncClient) -> None:
    event = an_event("secret")
    event["data"]["customer"]["email"] = "secret@example.com"
    await site.post("/events", json=event)

    text = (await site.get("/metrics")).text

    assert "secret" not in text
    assert "C-" not in text


async def test_without_a_database_the_counts_of_the_process_are_told(store: PostgresStore) -> None:
    ruleset = await store.rulesets.active()
    async with a_site(some_parts(Failing(ruleset, OSError("away")))) as site:
        assert (await samples(site))["purna_database_up"] == 0
