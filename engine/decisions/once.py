"""Once-keys and occurrences: what may happen once, and the name of one firing."""

from collections.abc import Iterator
from itertools import product

from engine.catalog.calendar import add
from engine.catalog.catalog import CONTAINER, OF_ORDER
from engine.catalog.values import instant
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.events import Event
from engine.facts.naming import Naming, joined, subject_id
from engine.facts.things import alias_of
from engine.facts.views.view import About, View
from engine.rules.rule import Rule

_DAY = len("2026-03-05")


def occurrence_near(rule: Rule, label: str, view: View, naming: Naming) -> str | None:
    """The name of a firing that has an offset or a slot: its once-key's value, then that label."""
    value = _value(rule, view, naming)
    return None if value is None else joined([*([value] if value else []), label])


def occurrence_of(rule: Rule, event: Event, view: View, naming: Naming) -> str | None:
    """The name of one firing: its once-key's value; where the key comes again also the event, its
    thing and time.

    None if a fact of it is unknown. Never the sender's event id: a redelivery under a new id is the
    same firing.
    """
    value = _value(rule, view, naming)
    if value is None:
        return None
    if rule.once_per.window is None and "event" not in rule.once_per.keys:
        return value
    return joined(
        [
            *([value] if value else []),
            event.type,
            *_thing(event, view, naming),
            instant(event.occurred_at),
        ]
    )


def _thing(event: Event, view: View, naming: Naming) -> Iterator[str]:
    """What tells two events of one instant apart: two parcels may be scanned at once."""
    kind, thing = view.about.kind, view.about.id
    if kind == "customer":
        kind, thing = "order", event.order or ""
    if thing:
        yield f"{kind}:{naming.plain(thing)}"


def once_key(rule: Rule, firing: Firing, view: View, naming: Naming) -> OnceKey | None:
    """The key a firing takes when it acts; None if a fact in it is unknown."""
    subject = _subject(rule, view, firing)
    if subject is None:
        return None
    once, window = rule.once_per, rule.once_per.window
    if "event" in once.keys or (window is None and (once.is_default or not firing.label)):
        value: str | None = firing.occurrence
    elif (value := _value(rule, view, naming)) is not None and firing.label:
        # Near a date each offset counts apart, whatever the key.
        value = joined([one for one in (value, firing.label[_DAY:]) if one])
    if value is None:
        return None
    free_at = add(firing.due_at, window, view["zone"]) if window else None
    return OnceKey(
        subject=subject,
        rule_id=firing.rule_id,
        value=value,
        holder=firing.holder,
        taken_at=firing.due_at,
        free_at=free_at,
    )


def spellings(
    rule: Rule, firing: Firing, view: View, key: OnceKey, naming: Naming
) -> Iterator[tuple[str, str]]:
    """The rule ids and values under which a key may have been taken: a rule renamed, a parcel not
    named at first.
    """
    values = [key.value]
    other = alias_of(view.holder(firing.about[0])[0], *firing.about)
    if other and firing.about[0] in rule.once_per.keys and "event" not in rule.once_per.keys:
        alias = View(
            view.ruleset, view.subjects, About(firing.about[0], other, view.about.data), view["now"]
        )
        values += [value] if (value := _value(rule, alias, naming)) else []
    return product({firing.rule_id, rule.id, rule.label.renamed_from or rule.id}, values)


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
