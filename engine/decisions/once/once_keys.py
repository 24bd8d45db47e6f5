"""Once-keys: what may happen only once, under which spellings it is known, and who took it."""

from collections.abc import Iterable, Iterator
from itertools import product

from engine.catalog.calendar import add
from engine.catalog.catalog import OF_ORDER
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.decisions.once.occurrences import (
    event_parts,
    line_part,
    name_of,
    thing_part,
    value_counted,
)
from engine.facts.naming import Naming, joined, subject_id
from engine.facts.things import alias_of
from engine.facts.views.view import About, View
from engine.rules.rule import Rule

_DAY = len("2026-03-05")


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
    once, value = rule.once_per, value_counted(rule, view, naming)
    if value is None:
        return None
    if "event" in once.keys:
        thing = thing_part(view.about, firing.order, naming)
        if firing.label:
            return name_of(value, *thing, firing.label, *line_part(firing.line))
        own = firing.cause.own
        return name_of(value, *event_parts(firing.event, firing.event_at, thing), own)
    if not firing.label:
        return value
    if once.is_default:
        return name_of(value, firing.label, *line_part(firing.line))
    return name_of(value, firing.label[_DAY:])


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
        self._stayed: set[str] = set()
        for key in known:
            self._know(key)
            self._stayed.update([key.holder] if key.stays else ())

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

    def has_stayed(self, key: OnceKey) -> bool:
        """Whether the firing that takes a key held one before that is not given back."""
        return key.holder in self._stayed

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


def _subject(rule: Rule, view: View, firing: Firing) -> str | None:
    """Whose row keeps the key: the customer's where the key names the customer or the rule is about
    one.
    """
    shop = view.shop
    if "customer" in rule.once_per.keys or firing.about[0] not in OF_ORDER or firing.order is None:
        customer = view.subjects.customer_id
        return subject_id("customer", shop, customer) if customer else None
    return subject_id("order", shop, firing.order)
