"""What tells another delivery of an event from another event under its id."""

import hashlib
import json

from engine.catalog.values import instant
from engine.facts.events import ALLOWED_AHEAD, HISTORY, TOLD_AT, TRUSTED, Event


def digest(event: Event) -> str:
    """What two deliveries of one event must share: a digest of everything the event says.

    Whether it was sent as history is no part of it: what is known already may come once more. Its
    time is the one its sender said, whenever it comes and whatever its shop allowed then.
    """
    no_part = (HISTORY, TOLD_AT, TRUSTED, ALLOWED_AHEAD)
    said = {name: value for name, value in event.to_json().items() if name not in no_part}
    said["occurred_at"] = instant(event.told_at)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
