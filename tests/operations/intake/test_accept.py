"""The only way in: what is accepted, what is refused, and that a refusal stores nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.facts.events import Event
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from operations.intake.accept import (
    MAX_EVENTS,
    Accept,
    EventRefused,
    OtherShop,
    ProvenSender,
    TooManyEvents,
)
from operations.intake.active_ruleset import ActiveRuleset
from store.postgres.store import PostgresStore
from tests.cli.telling import FILES, told
from tests.operations.story_shop import CUSTOMER
from tests.store.shop import an_event

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Kept:
    """A log that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.aside: list[tuple[str, str]] = []

    async def ingest(self, events: Sequence[Event], now: datetime, /) -> list[str]:
        del now
        known = {one.id for one in self.events}
        self.events += events
        return ["duplicate" if one.id in known else "accepted" for one in events]

    async def set_aside(self, events: Sequence[Event], why: str, /) -> list[str]:
        self.aside += [(one.shop, why) for one in events]
        return ["quarantined" for _ in events]

    async def locked(self, _subjects: Sequence[str], /) -> list[str]:
        return []


class Rules:
    async def active(self) -> Ruleset:
        return read_ruleset(FILES)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def rings() -> list[str]:
    return []


@pytest.fixture
def accept(kept: Kept, rings: list[str]) -> Accept:
    return Accept(kept, ActiveRuleset(Rules(), lambda: 0.0), lambda: rings.append("rung"))


def in_shop(shop: str, order: str) -> dict[str, Any]:
    event = told("order.placed", order)
    return event | {"data": event["data"] | {"shop": shop}}


async def refusal(accept: Accept, *raw: Any, source: str = "") -> EventRefused:
    with pytest.raises(EventRefused) as refused:
        await accept.parsed(raw, NOON, ProvenSender(source))
    return refused.value


async def test_events_are_kept_counted_and_the_relay_is_told(
    accept: Accept, kept: Kept, rings: list[str]
) -> None:
    one, other = told("order.placed", "A1"), told("order.placed", "A2")
    await accept.parsed([one], NOON)

    accepted = await accept.parsed([one, other], NOON)

    assert accepted.to_json() == {
        "accepted": 1,
        "unplaced": 0,
        "duplicates": 1,
        "conflicts": 0,
        "quarantined": 0,
    }
    assert [event.order for event in kept.events] == ["A1", "A1", "A2"]
    assert rings == ["rung"] * 2


async def test_nothing_is_accepted_of_an_empty_batch(accept: Accept, rings: list[str]) -> None:
    assert (await accept.parsed([], NOON)).accepted == 0
    assert rings == []


async def test_one_event_that_is_wrong_keeps_the_others_out(accept: Accept, kept: Kept) -> None:
    refused = await refusal(
        accept, told("order.placed", "A1"), told("order.placed", "A2") | {"id": ""}
    )

    assert (refused.index, refused.field, kept.events) == (1, "id", [])


@pytest.mark.parametrize("version", ["0.3", 1, None])
async def test_another_version_of_the_envelope_is_refused(accept: Accept, version: Any) -> None:
    refused = await refusal(accept, told("order.placed", "A1") | {"specversion": version})

    assert (refused.field, refused.reason) == ("specversion", "must be 1.0")


async def test_who_signs_as_one_source_cannot_speak_for_another(accept: Accept, kept: Kept) -> None:
    refused = await refusal(accept, told("order.placed", "A1"), source="carrier")

    assert (refused.field, refused.reason, kept.events) == ("source", "must be carrier", [])


async def test_an_event_of_another_shop_keeps_the_others_of_its_batch_out(
    accept: Accept, kept: Kept
) -> None:
    events = [told("order.placed", "A1"), in_shop("second", "A2")]
    own = frozenset({events[0]["data"]["shop"]})

    with pytest.raises(OtherShop) as refused:
        await accept.parsed(events, NOON, ProvenSender(shops=own))

    assert (refused.value.index, kept.events, kept.aside) == (1, [], [])


async def test_what_a_source_says_of_another_shop_is_set_aside_and_the_others_go_on(
    accept: Accept, kept: Kept
) -> None:
    events = [in_shop("second", "A1"), told("order.placed", "A2")]
    own = frozenset({events[1]["data"]["shop"]})
    source = events[1]["source"]

    accepted = await accept.parsed(events, NOON, ProvenSender(source, own))

    assert (accepted.accepted, accepted.quarantined) == (1, 1)
    assert [event.order for event in kept.events] == ["A2"]
    ((shop, why),) = kept.aside
    assert (shop, why) == (
        "second",
        f"{source} may not speak of this shop: `shops` of its file does not name it",
    )


async def test_a_batch_that_is_too_long_is_not_even_read(accept: Accept) -> None:
    with pytest.raises(TooManyEvents, match=f"more than {MAX_EVENTS} events"):
        await accept.parsed(["no event"] * (MAX_EVENTS + 1), NOON)


async def test_what_purna_itself_states_is_kept_alike(
    store: PostgresStore, rings: list[str]
) -> None:
    accept = Accept(
        store.events, ActiveRuleset(store.rulesets, lambda: 0.0), lambda: rings.append("rung")
    )
    said = an_event("consent.withdrawn", "no", order=None, customer="C1", data={})

    assert (await accept.own([said], NOON)).accepted == 1
    assert rings == ["rung"]
    history = await store.inquiries.history(CUSTOMER, None)
    assert "consent.withdrawn" in [one.event.type for one in history.events]
