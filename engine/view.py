"""What a rule reads: its thing, what contains it, its triggering event, answers, and the moment it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import facts
from engine.answers import ask
from engine.calendar import is_zone, local_day, zones_of_country, zones_of_phone
from engine.catalog import CONTAINER
from engine.facts import State
from engine.rollups import ROLL_UPS, Subjects, orders_of
from engine.ruleset import Policies, Ruleset
from engine.values import instant, typed

# In a rule these keep the value that its triggering event gave; all else is of the moment asked.
_KEPT_PREFIXES = ("payment.", "site.", "location.", "message.", "consent.")
_KEPT = frozenset({"loyalty.direction", "loyalty.previous_tier", "shipment.eta_shift", "subscription.change"})


@dataclass(frozen=True, slots=True)
class About:
    """The thing a rule is about and what its triggering event stated."""

    kind: str
    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


class View(dict[str, Any]):
    """Facts by dotted name, typed, None for unknown; each is worked out when it is first read."""

    def __init__(self, ruleset: Ruleset, subjects: Subjects, about: About, now: datetime) -> None:
        super().__init__()
        self.ruleset, self.subjects, self.about = ruleset, subjects, about
        self.zones = zones(ruleset.policies, subjects)
        zone = self.zones[0]
        self.update(now=now, zone=zone, today=local_day(now, zone))
        self["shop.currency"] = ruleset.policies.currency
        self.shop = subjects.shop

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._read(name)
        return value

    def _read(self, name: str) -> Any:
        if name.startswith("answer."):
            return self._answer(name.removeprefix("answer."))
        fact = self.ruleset.catalog.facts.get(name)
        if fact is None:
            return None
        if (roll_up := ROLL_UPS.get(name)) is not None:
            return roll_up(self.subjects, self)
        if name.startswith(_KEPT_PREFIXES) or name in _KEPT:
            raw = self.about.data.get(name)
        else:
            raw = self._stated(name, fact.owner)
        return typed(fact.type, fact.default if raw is None else raw, self["zone"])

    def _stated(self, name: str, owner: str) -> Any:
        event = self.ruleset.catalog.events.get(name.removesuffix("_at"))
        if event and name.endswith("_at"):
            times = facts.happened(*self.holder(event.about), event.name)
            return instant(times[1 if event.repeats else 0]) if times else None
        state, kind, thing = self.holder(owner)
        return thing if name in _IDS else facts.value_of(state, kind, thing, name)

    def holder(self, kind: str) -> tuple[State | None, str, str | None]:
        """Where a kind of thing keeps its facts, as seen from the rule's own thing: itself, above, or the only one."""
        if kind == "customer":
            return self.subjects.customer, kind, self.subjects.customer_id
        if kind == "order":
            return self.subjects.order, kind, self.subjects.order_id
        in_order = CONTAINER.get(kind) == "order" and self.subjects.order is not None
        state = self.subjects.order if in_order else self.subjects.customer
        if kind == self.about.kind:
            return state, kind, self.about.id
        only = facts.ids_of(state, kind)
        return (state, kind, only[0]) if len(only) == 1 else (None, kind, None)

    def _answer(self, name: str) -> Any:
        key, _, part = name.partition(".")
        answer = self.ruleset.answers.get(key)
        if answer is None:
            return None
        answered = ask(answer, self)
        return getattr(answered, part or "value")


_IDS = frozenset({"order.id", "shipment.id", "review.id", "return.id", "customer.id", "subscription.id", "support.id"})


def zones(policies: Policies, subjects: Subjects) -> tuple[str, ...]:
    """The zones the customer may be in, by the chain of policies.yaml; several mean quiet if quiet in any."""
    for source in policies.zone_from:
        if found := _zones_by(source, subjects):
            return found
    return (policies.zone_otherwise,)


def _zones_by(source: str, subjects: Subjects) -> tuple[str, ...]:
    if source == "order.country":
        country = facts.value_of(subjects.order, "order", None, source) or _newest_country(subjects.customer)
        return zones_of_country(country) if country else ()
    told = facts.value_of(subjects.customer, "customer", None, source)
    if not told:
        return ()
    if source == "customer.phone":
        return zones_of_phone(told)
    if source == "customer.country":
        return zones_of_country(told)
    return (told,) if is_zone(told) else ()


def _newest_country(customer: State | None) -> str | None:
    told = [order["order.country"] for order in orders_of(customer) if "order.country" in order]
    return max(told, key=lambda cell: cell[1])[0] if told else None
