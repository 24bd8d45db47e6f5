"""Occurrences: the name of one firing, the same whenever it is worked out."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.catalog.catalog import CONTAINER, Catalog
from engine.catalog.values import instant
from engine.decisions.firing import Firing
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.naming import Naming, joined
from engine.facts.views.view import About, View
from engine.rules.rule import Rule


def occurrence_near(rule: Rule, label: str, view: View, naming: Naming) -> str | None:
    """The name of a firing that has an offset or a slot: its once-key's value, the thing whose
    date it is, then that label.
    """
    value = value_counted(rule, view, naming)
    return None if value is None else name_of(value, *_unnamed_thing(rule, view, naming), label)


def occurrence_of(rule: Rule, event: Event, view: View, naming: Naming) -> str | None:
    """The name of one firing: its once-key's value and its thing; where the key or the event comes
    again also the event and its time.

    None if a fact of it is unknown. Never the sender's event id: a redelivery under a new id is the
    same firing. Only an event of our own, whose id is always the same, is told from another of its
    type and moment by it.
    """
    value = value_counted(rule, view, naming)
    if value is None:
        return None
    if not _comes_again(rule, event.type, view):
        things = tuple(_unnamed_thing(rule, view, naming))
        return name_of(value, *things) if things else value
    thing = thing_part(view.about, event.order, naming)
    own = own_name(event, naming)
    return name_of(value, *event_parts(event.type, event.occurred_at, thing), own)


def own_name(event: Event, naming: Naming) -> str:
    """What tells an event that a rule has caused from others of its type and moment, "" where
    nobody has to.
    """
    is_emitted = event.source == OWN_SOURCE and not event.derived and event.id
    return naming.plain(event.id) if is_emitted else ""


def occurrence_again(rule: Rule, firing: Firing, view: View, naming: Naming) -> str | None:
    """The name that a firing of the same cause would have in another rule."""
    if firing.label:
        return occurrence_near(rule, firing.label, view, naming)
    event = Event(
        source=OWN_SOURCE,
        id="",
        type=firing.event,
        occurred_at=firing.event_at,
        shop=firing.shop,
        order=firing.order,
        customer=view.subjects.customer_id,
    )
    occurrence = occurrence_of(rule, event, view, naming)
    own = firing.cause.own if _comes_again(rule, firing.event, view) else ""
    return name_of(occurrence, own) if occurrence else None


def with_line(firing: Firing) -> Firing:
    """The firing under a name that says which line of `when` it is of: two lines never share one."""
    if not firing.cause.line:
        return firing
    own = line_part(firing.line)
    if firing.due.is_redecided or firing.occurrence.endswith(f"+{own[0]}"):
        return firing
    return firing.now(occurrence=name_of(firing.occurrence, *own))


def moves(waiting: Firing, firing: Firing, rule: Rule, catalog: Catalog) -> bool:
    """Whether a new firing takes the place of one that waits: its date or its event has moved, or
    its clock was restarted.

    An event that may happen again, or is counted by itself, leaves what waits for an earlier one;
    two that give other values, such as two refunds, are two.
    """
    names = {firing.rule_id, rule.id, rule.label.renamed_from}
    if waiting.due.is_redecided or waiting.rule_id not in names:
        return False
    if _place(firing) != _place(waiting):
        return False
    if firing.form not in ("event", "after") or firing.occurrence == waiting.occurrence:
        return True
    if firing.data != waiting.data:
        return False
    is_its = waiting.cause.own in ("", firing.cause.own)
    if is_its and (firing.event, firing.event_at) == (waiting.event, waiting.event_at):
        return True
    event = catalog.events.get(firing.event)
    is_same = event is not None and not event.repeats and "event" not in rule.once_per.keys
    return is_same and firing.event == waiting.event


def _place(firing: Firing) -> tuple[object, ...]:
    """For which thing and at which line of its rule a firing waits, near a date for which offset."""
    form = "after" if firing.form == "event" else firing.form
    return form, firing.line, firing.about, firing.label


def _comes_again(rule: Rule, event: str, view: View) -> bool:
    """Whether one thing may lead to several firings of a rule."""
    once = rule.once_per
    repeats = view.ruleset.catalog.events[event].repeats
    return repeats or once.window is not None or "event" in once.keys


def event_parts(kind: str, at: datetime, things: Iterable[str]) -> tuple[str, ...]:
    """An event and its time as parts of a name."""
    return (kind, *things, instant(at))


def thing_part(about: About, order: str | None, naming: Naming) -> Iterator[str]:
    """What tells two events of one instant apart: two parcels may be scanned at once."""
    kind, thing = about.kind, about.id
    if kind == "customer":
        kind, thing = "order", order or ""
    if thing:
        yield f"{kind}:{naming.plain(thing)}"


def _unnamed_thing(rule: Rule, view: View, naming: Naming) -> Iterator[str]:
    """What a firing is about, where neither its journey nor its once-key says so."""
    kind = view.about.kind
    if kind not in ("order", "customer") and kind not in rule.once_per.keys:
        yield from thing_part(view.about, None, naming)


def line_part(line: int) -> tuple[str, ...]:
    """The line of `when` as part of a name; the first is the one that is not named."""
    return (f"line:{line + 1}",) if line else ()


def name_of(*parts: str) -> str:
    """The name that these parts make, without those that are empty."""
    return joined(part for part in parts if part)


def value_counted(rule: Rule, view: View, naming: Naming) -> str | None:
    """What a rule counts by (`once_per`), but for the event; None if a fact of it is unknown."""
    parts = []
    for key in rule.once_per.keys:
        if key == "event":
            continue
        part = _part(key, view, naming)
        if part is None:
            return None
        parts.append(part)
    return joined(parts)


def _part(key: str, view: View, naming: Naming) -> str | None:
    if key == "customer":
        return key if view.subjects.customer_id else None
    if key in CONTAINER:
        thing = view.holder(key)[2]
        return f"{key}:{naming.plain(thing)}" if thing else None
    fact, value = view.ruleset.catalog.facts.get(key), view[key]
    if value is None:
        return None
    return (
        f"{key}={naming.hidden(str(value)) if fact and fact.personal else naming.plain(str(value))}"
    )
