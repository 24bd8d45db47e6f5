"""When an event counts as having happened: its own time, but hardly later than its arrival, since
its sender's clock may be wrong.

A word of our own pages is newer than every earlier one about the same. What was kept with a time
far ahead, before senders' clocks were doubted, yields to whatever becomes known after it.
"""

from datetime import datetime, timedelta

from engine.catalog.rows import changed
from engine.catalog.values import as_instant, instant
from engine.facts.consents import is_about_consent, newest_word_at
from engine.facts.events import OWN_PAGES, Event
from engine.facts.state import State, redated

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
    """The state as it is before an event that becomes known now: whatever it has of the event's
    subject with a time that no right clock can have shown yet is older than the event.
    """
    if event.origin.is_trusted:
        return state
    latest = instant(max(known_at, event.occurred_at) + MOST_ALLOWANCE)
    return redated(state, event, latest, instant(event.occurred_at - _MOMENT))
