"""Erasure: what is left of a customer is that something happened, to which order, and when; never
what was said.

An erased customer's state carries a mark, so that whatever arrives later is taken in without what
it states, and every rule is silent about them.
"""

from collections.abc import Iterable
from dataclasses import replace

from engine.catalog.catalog import Catalog
from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order
from engine.facts.state import State, empty


def blank(event: Event) -> Event:
    """The event without anything it states."""
    return replace(event, data={}) if event.data else event


def order_of(events: Iterable[Event], catalog: Catalog) -> State:
    """The state of an order, folded anew from its own log."""
    state = empty()
    for event in events:
        state = fold_order(state, event, catalog).state
    return state


def customer_of(events: Iterable[Event], catalog: Catalog) -> State:
    """The state of a customer, folded anew from everything that names them."""
    state = empty()
    for event in events:
        state = fold_customer(state, event, catalog)
    return state
