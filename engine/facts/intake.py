"""What accepting an event changes: the facts of its subjects, the log, and whom to wake."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Literal

from engine.catalog.catalog import builtin
from engine.catalog.rows import changed, row
from engine.facts import fold as facts
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.fold import fold_customer, fold_order, subject_kind
from engine.facts.naming import subject_id
from engine.facts.purchases import recount
from engine.facts.state import State, customer_of, empty
from engine.facts.subjects import Subjects
from engine.facts.things import value_of
from engine.facts.views.view import zones
from engine.rules.ruleset import Ruleset

_CATALOG = builtin()
# After these a customer has, or had, a perk whose end is to be seen to.
_WAKES = _CATALOG.marked("wakes")
# After these an order may be over; where another event follows, that one wakes the journey.
_ENDINGS = _CATALOG.marked("ends") - {event.follows for event in _CATALOG.events.values()}


@row
class LogEntry:
    """A line of a subject's log: the event, whether a later stage had overtaken it, and whether it
    wakes the journey.

    `if_running`: it can only end a journey, so it starts none; `if_holding`: it names the customer
    of held messages.
    """

    event: Event
    subject: str
    stale: bool
    wakes: Literal["always", "if_running", "if_holding", "never"]


@row
class Intake:
    """The states of the event's order and customer after it, and its lines in the log.

    `moves_waits`: the customer lives by another zone by now, or what dates are worked out from has
    changed, so that whatever waits for a day of theirs may move.
    """

    order: State | None
    customer: State | None
    customer_id: str | None
    entries: tuple[LogEntry, ...]
    moves_waits: bool = False

    def moves_waits_of(self, customer: str | None) -> set[str]:
        """The subject id of the customer, if whatever waits may move."""
        return {customer} if customer and self.moves_waits else set()


def order_subject(event: Event) -> str | None:
    """The subject id of the order an event names."""
    return subject_id("order", event.shop, event.order) if event.order else None


def customer_subject(shop: str, customer: str | None) -> str | None:
    """The subject id of a customer."""
    return subject_id("customer", shop, customer) if customer else None


def take_in(
    event: Event,
    ruleset: Ruleset,
    order: State | None,
    customer: State | None,
    earlier: Iterable[Event] = (),
) -> Intake:
    """Fold an event into its order and its customer.

    `earlier` are the order's events from before its customer was known; they are the customer's
    past too.
    """
    catalog, order_before, customer_before = ruleset.catalog, order, customer
    was_known = customer_of(order) is not None
    followers: tuple[Event, ...] = ()
    stale = False
    if subject_kind(event, catalog) == "order":
        folded = fold_order(order or empty(), event, catalog)
        order, event, stale, followers = folded.state, folded.event, folded.stale, folded.derived
    customer_id = event.customer or customer_of(order)
    if customer_id:
        event = event if event.customer == customer_id else changed(event, customer=customer_id)
        for past in () if was_known else earlier:
            customer = fold_customer(customer or empty(), past, catalog)
        before, customer = customer or empty(), fold_customer(customer or empty(), event, catalog)
        if end := facts.used_up(before, customer, event):
            customer, followers = fold_customer(customer, end, catalog), (*followers, end)
    if customer is not None and order is not None and customer_id == customer_of(order):
        is_theirs = customer_id == customer_of(order_before)
        counted = order_before if is_theirs else None
        customer, order = recount(customer, counted, order, event.order or "")
    names_customer = bool(order and customer_id and not was_known)
    entries = [_entry(event, ruleset, stale=stale, names_customer=names_customer)]
    entries += _following(event, followers, order, ruleset)
    moves_waits = customer_id is not None and (
        _moves_others(event, ruleset, customer_before, customer)
        or (
            order_before is not None
            and _zones(ruleset, order_before, customer_before if was_known else None)
            != _zones(ruleset, order, customer)
        )
    )
    return Intake(order, customer, customer_id, tuple(entries), moves_waits)


def follow_join(event: Event, apart: State, order: State, ruleset: Ruleset) -> Iterator[LogEntry]:
    """What it makes true of an order that two of its things are one, as an event has shown; `apart`
    is the order's state before, `order` the one after.
    """
    customer = event.customer or customer_of(order)
    cause = changed(event, id=_hashed(event, "joined"), customer=customer)
    return _following(cause, facts.moved_milestones(apart, order, event), order, ruleset)


def _following(
    event: Event, followers: Iterable[Event], order: State | None, ruleset: Ruleset
) -> Iterator[LogEntry]:
    """The lines of what follows from an event."""
    for follower in followers:
        follows = changed(
            follower,
            customer=event.customer,
            source=OWN_SOURCE,
            id=_hashed(event, follower.type),
        )
        overtaken = order is not None and facts.is_overtaken(order, follows, ruleset.catalog)
        yield _entry(follows, ruleset, stale=overtaken, names_customer=False)


def _hashed(event: Event, what: str) -> str:
    """The id of what follows from an event: the same whenever it is worked out."""
    spelled = json.dumps([event.shop, event.source, event.id, what])
    return hashlib.sha256(spelled.encode()).hexdigest()[:32]


def _entry(event: Event, ruleset: Ruleset, *, stale: bool, names_customer: bool) -> LogEntry:
    home = subject_kind(event, ruleset.catalog)
    subject = (
        order_subject(event) if home == "order" else customer_subject(event.shop, event.customer)
    )
    if subject is None:
        raise ValueError(f"{event.type} names neither its order nor its customer")
    if event.type in ruleset.by_event or event.type in _WAKES or _moves_date(event, ruleset):
        # History begins no journey; one that is under way looks at what it knows by now.
        return LogEntry(event, subject, stale, "if_running" if event.is_history else "always")
    if event.type in _ENDINGS:
        return LogEntry(event, subject, stale, "if_running")
    return LogEntry(event, subject, stale, "if_holding" if names_customer else "never")


def _moves_others(
    event: Event, ruleset: Ruleset, before: State | None, after: State | None
) -> bool:
    """Whether something that waits in other journeys of a customer may have to move."""
    if before is None:
        return False
    dated = [name for name in event.data if name in ruleset.dated]
    known, known_now = (
        [value_of(state, "customer", None, name) for name in dated] for state in (before, after)
    )
    return known != known_now or _zones(ruleset, None, before) != _zones(ruleset, None, after)


def _zones(ruleset: Ruleset, order: State | None, customer: State | None) -> tuple[str, ...]:
    return zones(ruleset.policies, Subjects(order, customer))


def _moves_date(event: Event, ruleset: Ruleset) -> bool:
    """Whether it may move a date that a rule waits for."""
    return not ruleset.dated.isdisjoint((event.type, *event.data))
