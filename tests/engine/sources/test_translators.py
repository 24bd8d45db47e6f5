"""Translators: what a sender posts becomes events."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.sources.translators import TRANSLATORS, Payload, translated, translator


@pytest.fixture(autouse=True)
def orders() -> Iterator[None]:
    @translator("our-shop")
    def _(payload: Payload) -> list[dict[str, Any]]:
        kind = {"orders/create": "order.placed"}[payload.headers["x-topic"]]
        return [{"id": payload.body["uuid"], "type": kind, "data": {"order": {"id": "A1"}}}]

    yield
    del TRANSLATORS["our-shop"]


def test_a_payload_becomes_events_of_its_source() -> None:
    payload = Payload({"uuid": "u1"}, {"x-topic": "orders/create"})

    assert translated("our-shop", payload) == [
        {
            "specversion": "1.0",
            "source": "our-shop",
            "id": "u1",
            "type": "order.placed",
            "data": {"order": {"id": "A1"}},
        }
    ]


@pytest.mark.parametrize("body", [{"specversion": "1.0"}, [{"specversion": "1.0"}]])
def test_a_cloud_event_is_left_alone(body: Any) -> None:
    assert translated("our-shop", Payload(body, {})) is None


def test_a_source_without_a_translator_is_left_alone() -> None:
    assert translated("another", Payload({"uuid": "u1"}, {})) is None


def test_what_the_translator_raises_passes_through() -> None:
    with pytest.raises(KeyError):
        translated("our-shop", Payload({"uuid": "u1"}, {"x-topic": "orders/paid"}))


def test_one_source_has_one_translator() -> None:
    with pytest.raises(ValueError, match="there is a translator of our-shop already"):
        translator("our-shop")(lambda _: [])
