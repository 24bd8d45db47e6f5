"""What a rule reads: its thing, what contains it, its triggering event, answers, and the moment it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import perks, things
from engine.answers import Answered, ask
from engine.calendar import add, is_zone, local_day, zones_of_country, zones_of_phone
from engine.catalog import CONTAINER, OF_ORDER, Fact
from engine.history import Happening, Standpoint
from engine.policies import Policies
from engine.rollups import ROLL_UPS, Subjects
from engine.ruleset import Ruleset
from engine.things import ONLY, State
from engine.values import Duration, Value, instant, loosely, typed

# In a rule these keep the value that its triggering event gave; all else is of the moment asked.
_KEPT_PREFIXES = ("payment.", "site.", "location.", "message.", "consent.")
_KEPT = frozenset({"loyalty.direction", "loyalty.previous_tier", "shipment.eta_shift", "subscription.change"})


@dataclass(frozen=True, slots=True)
class About:
    """The thing a rule is about and what its triggering event stated."""

    kind: str
    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


def is_kept(name: str) -> bool:
    """Whether a rule reads this fact as its triggering event stated it."""
    return name in _KEPT or name.startswith(_KEPT_PREFIXES)


class View(dict[str, Any]):
    """Facts by dotted name, typed, None for unknown; each is worked out when it is first read.

    `results` are what the rule's calls have answered, by the name they were given; whoever knows them puts them there.
    The name of a kind of thing (`shipment`) gives the id under which its facts are kept, also of an unnamed one.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        subjects: Subjects,
        about: About,
        now: datetime,
        history: tuple[Happening, ...] = (),
    ) -> None:
        super().__init__()
        self.ruleset, self.subjects, self.about = ruleset, subjects, about
        self.history: tuple[Happening, ...] = history
        self.results: Mapping[str, Mapping[str, Any]] = {}
        self._above: dict[str, View] = {}
        self["now"] = now

    @property
    def standpoint(self) -> Standpoint:
        """The thing from which this view looks back at what has happened; nothing happens to an item by itself."""
        is_item = self.about.kind == "item"
        order = self.subjects.order_id if is_item or self.about.kind in OF_ORDER else None
        return Standpoint(order, None if is_item else (self.about.kind, self.about.id))

    @property
    def is_of_something(self) -> bool:
        """Whether anything is known of the thing this view is about."""
        if self.about.kind == "item":
            return self._element is not None
        state, kind, thing = self.holder(self.about.kind)
        return state is not None and (kind in ("order", "customer") or thing in things.ids_of(state, kind))

    def seen_from(self, kind: str) -> "View | None":
        """The same moment seen from the thing itself or one that contains it; None from any other."""
        if kind == self.about.kind:
            return self
        if kind not in _above(self.about.kind):
            return None
        if kind not in self._above:
            thing = self.subjects.order_id if kind == "order" else self.subjects.customer_id
            about = About(kind, thing or ONLY, self.about.data)
            self._above[kind] = View(self.ruleset, self.subjects, about, self["now"], self.history)
        return self._above[kind]

    def answered(self, name: str) -> Answered | None:
        """An answer with its proof, the same whoever asks: seen from the thing it is about; None where that is not."""
        answer = self.ruleset.answers.get(name)
        view = self.seen_from(answer.about) if answer else None
        return ask(answer, view) if answer and view is not None else None

    def count(self, event: str, within: Duration | None, *, by_customer: bool) -> int:
        """How often an event happened to the thing, or to its customer, until now; ever where `within` is None."""
        now = self["now"]
        since = add(now, Duration(-within.amount, within.unit), self["zone"]) if within else None
        return sum(
            happening.type == event
            and happening.occurred_at <= now
            and (since is None or happening.occurred_at >= since)
            and self.standpoint.sees(happening, by_customer=by_customer)
            for happening in self.history
        )

    @property
    def shop(self) -> str:
        """The shop in whose names the ids are."""
        return self.subjects.shop

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones the customer may be in, the one of times of day first."""
        found: tuple[str, ...] = self["zones"]
        return found

    def __missing__(self, name: str) -> Any:
        # Before it is known: whatever reads itself in a circle reads it as unknown.
        self[name] = None
        try:
            value = self[name] = self._read(name)
        except BaseException:
            del self[name]
            raise
        return value

    def _read(self, name: str) -> Any:
        if "." not in name:
            return self._own(name)
        if name.startswith("answer."):
            return self._answer(name.removeprefix("answer."))
        if name.startswith("segment."):
            return self._belongs_to(name.removeprefix("segment."))
        if (fact := self.ruleset.catalog.facts.get(name)) is None:
            return self._beside_facts(name)
        if (roll_up := ROLL_UPS.get(name)) is not None:
            return roll_up(self.subjects, self)
        if fact.owner == "item":
            return self._of_item(fact)
        raw = self.about.data.get(name) if is_kept(name) else self._stated(name, fact.owner)
        if raw is None:
            raw = fact.default
        return typed(fact.type, raw, self["zone"] if fact.type.kind == "datetime" else "UTC")

    def _beside_facts(self, name: str) -> Any:
        """The result of a call, or what the policies say."""
        prefix, _, key = name.partition(".")
        if prefix in self.results:
            return self.results[prefix].get(key)
        return self.ruleset.policies.currency if name == "shop.currency" else None

    def _own(self, name: str) -> Any:
        if name == "zones":
            return zones(self.ruleset.policies, self.subjects)
        if name == "zone":
            return self.zones[0]
        if name == "today":
            return local_day(self["now"], self["zone"])
        return self.holder(name)[2] if name in CONTAINER else None

    def _stated(self, name: str, owner: str) -> Any:
        if name.endswith("_at") and (event := self.ruleset.catalog.events.get(name.removesuffix("_at"))):
            times = things.happened(*self.holder(event.about), event.name)
            return instant(times[1 if event.repeats else 0]) if times else None
        state, kind, thing = self.holder(owner)
        if name in _IDS:
            return None if thing == ONLY else thing
        if name == "perk.uses_left":
            return perks.uses_left(state, thing)
        return things.value_of(state, kind, thing, name, instant(self["now"]))

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
        only = things.ids_of(state, kind)
        return (state, kind, only[0]) if len(only) == 1 else (None, kind, None)

    def _of_item(self, fact: Fact) -> Value:
        """What its order says of the item this view is about."""
        if (element := self._element) is None:
            return None
        value = loosely(fact.type, element.get(fact.name.partition(".")[2]), self["zone"])
        return fact.default if value is None else value  # type: ignore[return-value]  # a default is of the fact's type

    @property
    def _element(self) -> Mapping[str, Any] | None:
        """The item this view is about, in the list of its order, where it may be its bare id."""
        listed = self["order.items"] if self.about.kind == "item" else None
        items = (one if isinstance(one, dict) else {"id": one} for one in listed or ())
        return next((one for one in items if one.get("id") == self.about.id), None)

    def _belongs_to(self, segment: str) -> bool | None:
        """Whether the customer is in a segment: all of its conditions hold; None if that is unknown."""
        conditions = self.ruleset.segments.get(segment)
        if conditions is None:
            return None
        answers = [condition.holds(self) for condition in conditions]
        return False if False in answers else None if None in answers else True

    def _answer(self, name: str) -> Any:
        key, _, part = name.partition(".")
        answered = self.answered(key)
        return getattr(answered, part or "value") if answered else None


def _above(kind: str) -> tuple[str, ...]:
    """What contains a kind of thing."""
    return ("order", "customer") if kind == "item" or CONTAINER.get(kind) == "order" else ("customer",)


_IDS = frozenset({"order.id", "shipment.id", "review.id", "return.id", "customer.id", "subscription.id", "support.id"})


def zones(policies: Policies, subjects: Subjects) -> tuple[str, ...]:
    """The zones the customer may be in, by the chain of policies.yaml; several mean quiet if quiet in any."""
    for source in policies.zone_from:
        if found := _zones_by(source, subjects):
            return found
    return (policies.zone_otherwise,)


def _zones_by(source: str, subjects: Subjects) -> tuple[str, ...]:
    if source == "order.country":
        country = things.value_of(subjects.order, "order", None, source) or _newest_country(subjects.customer)
        return zones_of_country(country) if country else ()
    told = things.value_of(subjects.customer, "customer", None, source)
    if not told:
        return ()
    if source == "customer.phone":
        return zones_of_phone(told)
    if source == "customer.country":
        return zones_of_country(told)
    return (told,) if is_zone(told) else ()


def _newest_country(customer: State | None) -> str | None:
    """Where the newest order went; of two of the same moment the same one in whatever order they arrived."""
    orders = (customer or {}).get("orders", {}).values()
    told = [order["order.country"] for order in orders if "order.country" in order]
    return max(told, key=lambda cell: (cell[1], cell[0]))[0] if told else None
