"""When an event counts as having happened: its own time, but hardly later than its arrival, since
its sender's clock may be wrong.

A word of our own pages is newer than every earlier one about the same, also of what is said by
others who are read at the customer's addresses. What was kept with a time far ahead, before
senders' clocks were doubted, yields to whatever becomes known after it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from engine.catalog.rows import changed
from engine.catalog.values import as_instant, instant
from engine.facts.contacts.consents import is_about_consent, newest_word_at, with_words_before
from engine.facts.events import MOMENT, OWN_PAGES, Event, just_after
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

# So far our own processes' clocks may differ from each other.
_OWN_CLOCKS = timedelta(minutes=1)


def is_of_our_pages(event: Event) -> bool:
    """Whether a customer or the shop has said it to us, and no sender reports it."""
    return event.source.startswith(OWN_PAGES)


def after_all_before(
    event: Event, subjects: Iterable[State | None], readers: Iterable[State] = ()
) -> Event:
    """A word of our own pages, dated after every word before it: whatever was said of its order and
    its customer, and of consent also what others said who are read at the customer's addresses.
    What no right clock can have shown yet is passed over.
    """
    if not is_of_our_pages(event):
        return event
    known = [one for one in subjects if one is not None]
    words = [at for state in known for at in _times_of(state)]
    if is_about_consent(event.type):
        words += [at for state in (*known, *readers) if (at := newest_word_at(state))]
    latest = instant(event.occurred_at + event.origin.allowed + _OWN_CLOCKS)
    return _not_before(event, max((at for at in words if at <= latest), default=""))


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
    now = max(known_at, event.occurred_at)
    latest = instant(now + event.origin.allowed + _OWN_CLOCKS)
    if newest <= latest:
        return state
    at = instant(event.occurred_at - MOMENT)
    clean = _redated(state, latest, at)
    for kind, thing in event.things.items():
        of_kind = known_things(clean, kind)
        for one in of_kind.keys() & {thing, ONLY}:
            if (held := _redated(of_kind[one], latest, at)) is not of_kind[one]:
                of_kind = {**of_kind, one: held}
                clean = {**clean, "things": {**clean["things"], kind: of_kind}}
    if (named := clean.get("customer")) and stated_at(named) > latest:
        clean = {**clean, "customer": stated_again(named, at)}
    return with_words_before(clean, latest, at)


def _newest_in(state: State, event: Event) -> str:
    """The newest time of what an event may compete with."""
    found = [*_times_in(state)]
    for kind, thing in event.things.items():
        of_kind = known_things(state, kind)
        for one in of_kind.keys() & {thing, ONLY}:
            found += _times_in(of_kind[one])
    if named := state.get("customer"):
        found.append(stated_at(named))
    return max(max(found, default=""), newest_word_at(state) or "")


def _times_of(state: State) -> Iterator[str]:
    """When anything was said of a subject, or of a thing of it."""
    yield from _times_in(state)
    for by_id in state["things"].values():
        for held in by_id.values():
            yield from _times_in(held)


def _times_in(held: Holder) -> Iterator[str]:
    return chain(map(stated_at, cells_in(held).values()), map(last_in, spans_in(held).values()))


def _not_before(event: Event, newest: str) -> Event:
    at = just_after(as_instant(newest) if newest else None, event.occurred_at)
    if at == event.occurred_at:
        return event
    return changed(event, occurred_at=at, origin=changed(event.origin, told_at=event.told_at))


def _redated(held: Any, latest: str, at: str) -> Any:
    """What keeps facts and times, with the time `at` instead of any after `latest`."""
    cells, spans = cells_in(held), spans_in(held)
    if max(_times_in(held), default="") <= latest:
        return held
    facts = {
        name: stated_again(one, at) if stated_at(one) > latest else one
        for name, one in cells.items()
    }
    times = {name: [at if time > latest else time for time in span] for name, span in spans.items()}
    return {**held, "facts": facts, "happened": times}
