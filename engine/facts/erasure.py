"""Erasure: what is left of a customer is that something happened, to which order, and when; never
what was said.

An erased customer's state carries a mark, so that whatever arrives later is taken in without what
it states, and every rule is silent about them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from engine.catalog.catalog import Catalog
from engine.catalog.values import instant
from engine.facts.events import Event
from engine.facts.fold import State, empty, fold_customer, fold_order

_MARK = "erased"


def is_erased(customer: State | None) -> bool:
    """Whether a customer has been erased."""
    return customer is not None and _MARK in customer


def marked(customer: State, at: datetime) -> State:
    """The state of a customer who is erased from now on."""
    return {**customer, _MARK: instant(at)}


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
