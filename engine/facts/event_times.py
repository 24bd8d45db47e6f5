"""When an event counts as having happened: its own time, but hardly later than its arrival, since
its sender's clock may be wrong.

A word of our own pages is newer than every earlier one about the same. What was kept with a time
far ahead, before senders' clocks were doubted, yields to whatever becomes known after it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from engine.catalog.rows import changed
from engine.catalog.values import as_instant, instant
from engine.facts.contacts.consents import is_about_consent, newest_word_at, with_words_before
from engine.facts.events import OWN_PAGES, Event
from engine.facts.state import (
    ONLY,
    Holder,
    State,
    cells_in,
    known_things,
    last_in,
    spans_in,
    stated_again,
    stated_at,
)

# No clock that is trusted goes so far ahead.
MOST_ALLOWANCE = timedelta(hours=1)
_MOMENT = timedelta(microseconds=1)


def after_all_before(event: Event, customer: State | None) -> Event:
    """A word of our own pages on what the customer allows, dated after every word before it."""
    if not event.source.startswith(OWN_PAGES) or not is_about_consent(event.type):
        return event
    newest = newest_word_at(customer)
    at = max(event.occurred_at, as_instant(newest) + _MOMENT) if newest else event.occurred_at
    origin = changed(event.origin, told_at=event.told_at)
    return changed(event, occurred_at=at, origin=origin) if at > event.occurred_at else event


def mended(state: State, event: Event, known_at: datetime) -> State:
    """The state as it is before an event that becomes known now: whatever the event may compete
    with is older than it, where it was kept with a time that no right clock can have shown yet.
    """
    if event.origin.is_trusted or event.origin.derived:
        return state
    newest = _newest_in(state, event)
    # So it is where events come in their order.
    if newest <= instant(event.occurred_at):
        return state
    latest = instant(max(known_at, event.occurred_at) + MOST_ALLOWANCE)
    if newest <= latest:
        return state
    at = instant(event.occurred_at - _MOMENT)
    after = _redated(state, latest, at)
    for kind, thing in event.things.items():
        of_kind = known_things(after, kind)
        for one in of_kind.keys() & {thing, ONLY}:
            if (held := _redated(of_kind[one], latest, at)) is not of_kind[one]:
                of_kind = {**of_kind, one: held}
                after = {**after, "things": {**after["things"], kind: of_kind}}
    if (named := after.get("customer")) and stated_at(named) > latest:
        after = {**after, "customer": stated_again(named, at)}
    return with_words_before(after, latest, at)


def _newest_in(state: State, event: Event) -> str:
    """The newest time of what an event may compete with."""
    found = [*_times_of(state)]
    for kind, thing in event.things.items():
        of_kind = known_things(state, kind)
        for one in of_kind.keys() & {thing, ONLY}:
            found += _times_of(of_kind[one])
    if named := state.get("customer"):
        found.append(stated_at(named))
    return max(max(found, default=""), newest_word_at(state) or "")


def _times_of(held: Holder) -> Iterator[str]:
    return chain(map(stated_at, cells_in(held).values()), map(last_in, spans_in(held).values()))


def _redated(held: Any, latest: str, at: str) -> Any:
    """What keeps facts and times, with the time `at` instead of any after `latest`."""
    cells, spans = cells_in(held), spans_in(held)
    if max(_times_of(held), default="") <= latest:
        return held
    facts = {
        name: stated_again(one, at) if stated_at(one) > latest else one
        for name, one in cells.items()
    }
    times = {name: [at if time > latest else time for time in span] for name, span in spans.items()}
    return {**held, "facts": facts, "happened": times}
