"""Rows of before that kept a record of every order with its customer, read as states of the orders.

Such a record has when its order was placed and cancelled, the cells of a few of its facts, and of
each return its items and when it was called off and taken up again last.
"""

from collections.abc import Mapping
from typing import Any

from engine.catalog.catalog import builtin
from engine.facts.reversals.corrections import TAKEN_BACK_BY, is_correction
from engine.facts.state import State, empty

_ORDERS = "orders"
_CALLED_OFF = min(builtin().marked("called_off"))
_STAGE = min(name for name in TAKEN_BACK_BY[_CALLED_OFF] if not is_correction(name))
_CORRECTION = min(filter(is_correction, TAKEN_BACK_BY[_CALLED_OFF]))


def orders_kept(customer: State) -> Mapping[str, State]:
    """Each order of which the customer's state keeps a record, by its id, as far as it is known
    from there.
    """
    return {name: _order(record) for name, record in customer.get(_ORDERS, {}).items()}


def without_records(customer: State) -> State:
    """The state of a customer that keeps no record of a single order."""
    return {name: part for name, part in customer.items() if name != _ORDERS}


def _order(record: Mapping[str, Any]) -> State:
    times = {name: [at, at] for name, at in record.items() if isinstance(at, str)}
    facts = {name: cell for name, cell in record.items() if isinstance(cell, list)}
    returns = {name: _return(one) for name, one in record.get("returns", {}).items()}
    return {**empty(), "facts": facts, "happened": times, "things": {"return": returns}}


def _return(record: Mapping[str, Any]) -> dict[str, Any]:
    off, (stage, correction) = record.get("called_off"), record.get("taken_up", ["", ""])
    # The oldest rows only say that it was called off, not when.
    off_at = off if isinstance(off, str) else ""
    times = {_STAGE: stage or None, _CORRECTION: correction or None}
    times[_CALLED_OFF] = off_at if off else None
    items = {"return.items": record["items"]} if "items" in record else {}
    return {
        "facts": items,
        "happened": {name: [at, at] for name, at in times.items() if at is not None},
    }
