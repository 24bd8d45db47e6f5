"""An event of the log as its sender might have posted it: a CloudEvent that is read back to the
same event.
"""

from datetime import datetime
from typing import Any

from engine.catalog.catalog import DATA_NAME, NAMES
from engine.catalog.values import instant
from engine.facts.events import ALLOWANCE, HISTORY, OWN_PAGES, OWN_SOURCE, Event

# The attribute of a line of a log that says when it became known, where its time does not say it.
KNOWN = "_known"
# What our own pages report is read back under a source that anybody may use.
_OF_PAGES = "exported/"


def posted(event: Event, known_at: datetime) -> dict[str, Any] | None:
    """The CloudEvent, with when it became known; None for what follows from other events, which a
    reader of the log works out anew.
    """
    if event.derived or event.source == OWN_SOURCE:
        return None
    source = event.source
    if source.startswith(OWN_PAGES):
        source = _OF_PAGES + source.removeprefix(OWN_PAGES)
    is_clamped = event.origin.allowed == ALLOWANCE
    time = event.told_at if is_clamped else event.occurred_at
    # A clock that was trusted beyond the usual allowance is to be trusted again.
    known = {KNOWN: instant(known_at)} if event.occurred_at <= known_at + ALLOWANCE else {}
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "time": instant(time),
        **({HISTORY: True} if event.is_history else {}),
        **known,
        "data": _data(event),
    }


def _data(event: Event) -> dict[str, Any]:
    """What it states, nested by thing, and the ids of the things it names."""
    data: dict[str, Any] = {"shop": event.shop}
    for name, value in event.data.items():
        thing, _, key = name.partition(".")
        data.setdefault(thing, {})[key] = value
    ids = {"order": event.order, "customer": event.customer, **event.things}
    for thing, own_id in ids.items():
        if own_id is not None:
            stated, keys = (
                data.setdefault(DATA_NAME.get(thing, thing), {}),
                NAMES.get(thing, ("id",)),
            )
            if next((stated[key] for key in keys if stated.get(key)), None) != own_id:
                stated[keys[0]] = own_id
    return data
