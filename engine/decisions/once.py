"""Once-keys and occurrences: what may happen once, and the name of one firing."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product

from engine.catalog.calendar import add
from engine.catalog.catalog import CONTAINER, OF_ORDER, Catalog
from engine.catalog.values import instant
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.naming import Naming, joined, subject_id
from engine.facts.things import alias_of
from engine.facts.views.view import About, View
from engine.rules.rule import Rule

_DAY = len("2026-03-05")


def occurrence_near(rule: Rule, label: str, view: View, naming: Naming) -> str | None:
    """The name of a firing that has an offset or a slot: its once-key's value, the thing whose
    date it is, then that label.
    """
    value = _value(rule, view, naming)
    return None if value is None else _name_of(value, *_unnamed_thing(rule, view, naming), label)


def occurrence_of(rule: Rule, event: Event, view: View, naming: Naming) -> str | None:
    """The name of one firing: its once-key's value and its thing; where the key or the event comes
    again also the event and its time.

    None if a fact of it is unknown. Never the sender's event id: a redelivery under a new id is the
    same firing. Only an event of our own, whose id is always the same, is told from another of its
    type and moment by it.
    """
    value = _value(rule, view, naming)
    if value is None:
        return None
    if not _comes_again(rule, event.type, view):
        return _name_of(value, *_unnamed_thing(rule, view, naming))
    thing = _thing(view.about, event.order, naming)
    own = own_name(event, naming)
    return _name_of(value, *_event(event.type, event.occurred_at, thing), own)


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
    return _name_of(occurrence, own) if occurrence else None


def with_line(firing: Firing) -> Firing:
    """The firing under a name that says which line of `when` it is of: two lines never share one."""
    own = _line(firing.line)
    if not own or firing.due.is_redecided or firing.occurrence.endswith(f"+{own[0]}"):
        return firing
    return firing.now(occurrence=_name_of(firing.occurrence, *own))


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


def _event(kind: str, at: datetime, things: Iterable[str]) -> tuple[str, ...]:
    return (kind, *things, instant(at))


def _thing(about: About, order: str | None, naming: Naming) -> Iterator[str]:
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
        yield from _thing(view.about, None, naming)


def _line(line: int) -> tuple[str, ...]:
    """The line of `when` as part of a name; the first is the one that is not named."""
    return (f"line:{line + 1}",) if line else ()


def _name_of(*parts: str) -> str:
    return joined(part for part in parts if part)


def once_key(rule: Rule, firing: Firing, view: View, naming: Naming) -> OnceKey | None:
    """The key a firing takes when it acts; None if a fact in it is unknown."""
    subject, value = _subject(rule, view, firing), _key_value(rule, firing, view, naming)
    if subject is None or value is None:
        return None
    window = rule.once_per.window
    return OnceKey(
        subject=subject,
        rule_id=firing.rule_id,
        value=value,
        holder=firing.holder,
        taken_at=firing.due_at,
        free_at=add(firing.due_at, window, view["zone"]) if window else None,
    )


def _key_value(rule: Rule, firing: Firing, view: View, naming: Naming) -> str | None:
    """What a firing counts by; near a date each offset counts apart, whatever the key."""
    once, value = rule.once_per, _value(rule, view, naming)
    if value is None:
        return None
    if "event" in once.keys:
        thing = _thing(view.about, firing.order, naming)
        if firing.label:
            return _name_of(value, *thing, firing.label, *_line(firing.line))
        own = firing.cause.own
        return _name_of(value, *_event(firing.event, firing.event_at, thing), own)
    if not firing.label:
        return value
    if once.is_default:
        return _name_of(value, firing.label, *_line(firing.line))
    return _name_of(value, firing.label[_DAY:])


def spellings(
    rule: Rule, firing: Firing, view: View, key: OnceKey, naming: Naming
) -> Iterator[tuple[str, str]]:
    """The rule ids and values under which a key may have been taken: a rule renamed, a parcel not
    named at first, an event of our own that was not told from others of its moment.
    """
    values = [key.value]
    if own := firing.cause.own:
        values.append(key.value.removesuffix(joined(["", own])))
    other = alias_of(view.holder(firing.about[0])[0], *firing.about)
    if other:
        about = About(firing.about[0], other, view.about.data)
        alias = View(view.ruleset, view.subjects, about, view["now"])
        values += [value] if (value := _key_value(rule, firing, alias, naming)) else []
    return product({firing.rule_id, rule.id, rule.label.renamed_from or rule.id}, values)


class TakenKeys:
    """The once-keys that are taken: those that a situation knows, and those that its decision takes."""

    def __init__(self, known: Iterable[OnceKey], naming: Naming) -> None:
        self.new: list[OnceKey] = []
        self._naming = naming
        self._keys: dict[tuple[str, str, str], OnceKey] = {}
        self._rules: set[str | None] = set()
        for key in known:
            self._know(key)

    def take(self, key: OnceKey) -> None:
        """A firing that acts takes its key."""
        self.new.append(key)
        self._know(key)

    def holder(self, rule: Rule, firing: Firing, view: View, key: OnceKey) -> str | None:
        """Who holds a key at its due moment, under whatever spelling; None if it is free."""
        if self._rules.isdisjoint((firing.rule_id, rule.id, rule.label.renamed_from)):
            return None
        for name in spellings(rule, firing, view, key, self._naming):
            taken = self._keys.get((key.subject, *name))
            if taken and (taken.free_at is None or taken.free_at > key.taken_at):
                return taken.holder
        return None

    def are_held_by(self, holder: str, rule: Rule) -> bool:
        """Whether a firing holds a key of a rule."""
        names = {rule.id, rule.label.renamed_from}
        if self._rules.isdisjoint(names):
            return False
        keys = self._keys.values()
        return any(key.holder == holder and key.rule_id in names for key in keys)

    def give_back(self, firing: Firing) -> None:
        """A firing came to nothing: whatever it holds of its rule is free, unless it stays taken."""
        names = {firing.rule_id, firing.fired_as}
        if self._rules.isdisjoint(names):
            return
        for name, key in list(self._keys.items()):
            if key.holder == firing.holder and key.rule_id in names and not key.stays:
                del self._keys[name]

    def _know(self, key: OnceKey) -> None:
        self._keys[key.subject, key.rule_id, key.value] = key
        self._rules.add(key.rule_id)


def _value(rule: Rule, view: View, naming: Naming) -> str | None:
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


def _subject(rule: Rule, view: View, firing: Firing) -> str | None:
    """Whose row keeps the key: the customer's where the key names the customer or the rule is about
    one.
    """
    shop = view.shop
    if "customer" in rule.once_per.keys or firing.about[0] not in OF_ORDER or firing.order is None:
        customer = view.subjects.customer_id
        return subject_id("customer", shop, customer) if customer else None
    return subject_id("order", shop, firing.order)
