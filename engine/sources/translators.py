"""Translators that developers register for a source: a function from what the sender posts to
events.

    @translator("our-shop")
    def events_of(payload: Payload) -> list[dict[str, Any]]:
        order = payload.body
        return [{"id": order["uuid"], "type": "order.placed", "time": order["created_at"],
                 "data": {"order": {"id": order["number"]}}}]

Importing the module registers it. What is posted to `/sources/our-shop` and is no CloudEvent goes
through it, once the signature is right. An event without `source` is of the source itself; the same
payload must give the same ids, since senders repeat themselves.

A signature of the body covers no header: whoever has seen one delivery can send it again under
another topic. Take the type of an event from the body, or give each topic a source of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Payload:
    """What a sender posted: the parsed JSON, and the headers with their names in small letters.

    Most senders sign the body alone; then the headers are anybody's.
    """

    body: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


Translator = Callable[[Payload], Iterable[Mapping[str, Any]]]
TRANSLATORS: dict[str, Translator] = {}


def translator(source: str) -> Callable[[Translator], Translator]:
    """Register the function for this source; `ValueError` if it has one already."""

    def register(translate: Translator) -> Translator:
        if source in TRANSLATORS:
            raise ValueError(f"there is a translator of {source} already")
        TRANSLATORS[source] = translate
        return translate

    return register


def translated(source: str, payload: Payload) -> list[dict[str, Any]] | None:
    """The events that a payload says; None where it is CloudEvents itself, or nobody translates.

    Whatever the translator raises passes through.
    """
    translate = TRANSLATORS.get(source)
    if translate is None or is_cloud_event(payload.body):
        return None
    usual = {"specversion": "1.0", "source": source}
    return [{**usual, **event} for event in translate(payload)]


def is_cloud_event(body: Any) -> bool:
    """Whether this JSON names the version of CloudEvents, or is a list of such."""
    if isinstance(body, list):
        return bool(body) and all(is_cloud_event(item) for item in body)
    return isinstance(body, Mapping) and "specversion" in body
