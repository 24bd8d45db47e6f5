"""Lookbacks as `history_seen` reads them: one for each kind of journey that asks."""

import json
from functools import lru_cache
from typing import Any

from engine.rules.lookbacks import Lookback, Lookbacks, Reach


@lru_cache(maxsize=16)
def lookback_params(lookbacks: Lookbacks) -> dict[str, Any]:
    """What a question asks the database for: the types of events that it watches, and how far it
    looks back for them from an order, a customer and both together; of others who are read at an
    address only for what ends silences.
    """
    reaches = {
        "order": lookbacks.from_order,
        "customer": lookbacks.from_customer,
        "both": lookbacks.from_both,
        "reader": lookbacks.from_customer.of_silences,
    }
    return {
        "watched": sorted(lookbacks.watched),
        "lookbacks": json.dumps({name: _rows(reach) for name, reach in reaches.items()}),
    }


def _rows(reach: Reach) -> list[dict[str, Any]]:
    named = [(False, reach.of_others), (True, reach.of_none)]
    return [
        _row(event, seen[event], of_none=of_none)
        for of_none, seen in named
        for event in sorted(seen)
    ]


def _row(event: str, one: Lookback, *, of_none: bool) -> dict[str, Any]:
    return {
        "event": event,
        "of_none": of_none,
        "seconds": one.within.total_seconds() or None,
        "ever": one.ever,
        "newest": one.newest,
        "to_begun": one.to_begun,
        "to_silent": one.to_silent,
    }
