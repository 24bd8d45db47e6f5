"""What a rule reads: its thing, what contains it, its triggering event, answers, and the moment it
is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.catalog.calendar import add, is_zone, local_day, zones_of_country, zones_of_phone
from engine.catalog.catalog import CONTAINER, OF_ORDER, Catalog, EventType, Fact
from engine.catalog.retyped import retyped
from engine.catalog.rows import row
from engine.catalog.values import Duration, Value, instant, loosely, typed
from engine.facts import perks, things
from engine.facts.history import Happening, Standpoint, is_taken_back
from engine.facts.purchases import newest_country
from engine.facts.state import ONLY, State
from engine.facts.subjects import Subjects
from engine.facts.views.roll_ups import ROLL_UPS, SHARED, RollUp
from engine.rules.answers import Answered, ask
from engine.rules.policies import Policies
from engine.rules.ruleset import Ruleset

# In a rule these keep the value that its triggering event gave; all else is of the moment asked.
_KEPT_PREFIXES = ("payment.", "site.", "location.", "message.", "consent.", "refund.")
_KEPT = frozenset(
    {"loyalty.direction", "loyalty.previous_tier", "shipment.eta_shift", "subscription.change"}
)

# A date that is longer was given as an instant.
_DAY_LENGTH = len("2026-03-05")

FactReader = Callable[["View"], Any]


@row
class About:
    """The thing a rule is about and what its triggering event stated."""

    kind: str
    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def is_kept(name: str) -> bool:
    """Whether a rule reads this fact as its triggering event stated it."""
    return name in _KEPT or name.startswith(_KEPT_PREFIXES)


class View(dict[str, Any]):
    """Facts by dotted name, typed, None for unknown; each is worked out when it is first read.

    `results` are what the rule's calls have answered, by the name they were given; whoever knows
    them puts them there. The name of a kind of thing (`shipment`) gives the id under which its
    facts are kept, also of an unnamed one. `shared` is what is the same for every thing of the same
    order and customer at the same moment: their views may have one in common.
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
        self.shared: dict[str, Any] = {}
        self._above: dict[str, View] = {}
        self["now"] = now

    @property
    def kind(self) -> str:
        """The kind of thing this view is about."""
        return self.about.kind

    @property
    def standpoint(self) -> Standpoint:
        """The thing from which this view looks back at what has happened; nothing happens to an
        item by itself.
        """
        is_item = self.about.kind == "item"
        order = self.subjects.order_id if is_item or self.about.kind in OF_ORDER else None
        about = None if is_item else (self.about.kind, self.about.id)
        return Standpoint(order, about, self.subjects.order if order else None)

    @property
    def is_of_something(self) -> bool:
        """Whether anything is known of the thing this view is about."""
        if self.about.kind == "item":
            return self._element is not None
        state, kind, thing = self.holder(self.about.kind)
        return state is not None and (
            kind in ("order", "customer") or thing in things.things_of(state, kind)
        )

    def seen_from(self, kind: str) -> "View | None":
        """The same moment seen from the thing itself or one that contains it; None
        from any other.
        """
        if kind == self.about.kind:
            return self
        if kind not in _above(self.about.kind):
            return None
        if kind not in self._above:
            thing = self.subjects.order_id if kind == "order" else self.subjects.customer_id
            about = About(kind, thing or ONLY, self.about.data)
            self._above[kind] = View(self.ruleset, self.subjects, about, self["now"], self.history)
        return self._above[kind]

    def beside(self, about: About) -> "View":
        """The same moment seen from another thing of the same order and customer."""
        other = View(self.ruleset, self.subjects, about, self["now"], self.history)
        other.shared = self.shared
        return other

    def answered(self, name: str) -> Answered | None:
        """An answer with its proof, the same whoever asks: seen from the thing it is about; None
        where that is not.
        """
        answer = self.ruleset.answers.get(name)
        view = self.seen_from(answer.about) if answer else None
        return ask(answer, view) if answer and view is not None else None

    def count(self, event: str, within: Duration | None, *, by_customer: bool) -> int:
        """How often an event happened to the thing, or to its customer, until now; ever where
        `within` is None.
        """
        now = self["now"]
        since = add(now, Duration(-within.amount, within.unit), self["zone"]) if within else None
        where = self.standpoint
        return sum(
            happening.type == event
            and (since is None or happening.occurred_at >= since)
            and where.sees(happening, by_customer=by_customer)
            and not is_taken_back(happening, where, self.history)
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
            value = self[name] = reader_of(name, self.ruleset)(self)
        except BaseException:
            del self[name]
            raise
        return value

    def holder(self, kind: str) -> tuple[State | None, str, str | None]:
        """Where a kind of thing keeps its facts, as seen from the rule's own thing: itself, above,
        or the only one.
        """
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

    def of_item(self, fact: Fact) -> Value:
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


def _above(kind: str) -> tuple[str, ...]:
    """What contains a kind of thing."""
    return (
        ("order", "customer") if kind == "item" or CONTAINER.get(kind) == "order" else ("customer",)
    )


_IDS = frozenset(
    {
        "order.id",
        "shipment.id",
        "review.id",
        "return.id",
        "customer.id",
        "subscription.id",
        "support.id",
    }
)


def reader_of(name: str, ruleset: Ruleset) -> FactReader:
    """How a name is read under a ruleset; worked out when it is first read."""
    known: dict[str, FactReader] = ruleset.readers
    if (found := known.get(name)) is None:
        found = known[name] = _reader(name, ruleset)
    return found


def _reader(name: str, ruleset: Ruleset) -> FactReader:
    if "." not in name:
        return _of_the_moment(name)
    if name.startswith("answer."):
        return _answered(name.removeprefix("answer."))
    if name.startswith("segment."):
        return lambda view: _belongs_to(name.removeprefix("segment."), view)
    if (fact := ruleset.catalog.facts.get(name)) is None:
        return _result(name)
    if fact.derived:
        return _derived(fact)
    if fact.owner == "item":
        return lambda view: view.of_item(fact)
    stated = _stated(name, fact.owner, ruleset.catalog)
    if not is_kept(name):
        return _typed(fact, stated)
    is_time = _event_timed(name, ruleset.catalog) is not None
    return _typed(fact, _kept_or(name, stated) if is_time else _kept(name))


def _of_the_moment(name: str) -> FactReader:
    match name:
        case "zones":
            return lambda view: zones(view.ruleset.policies, view.subjects)
        case "zone":
            return lambda view: view.zones[0]
        case "today":
            return lambda view: local_day(view["now"], view["zone"])
        case _:
            return lambda view: view.holder(name)[2] if name in CONTAINER else None


def _result(name: str) -> FactReader:
    """What a call has answered, under the name it was given; nothing else has a name that is no
    fact.
    """
    prefix, _, key = name.partition(".")

    def read(view: View) -> Any:
        if prefix in view.results:
            return view.results[prefix].get(key)
        return view.ruleset.policies.shop.currency if name == "shop.currency" else None

    return read


def _typed(fact: Fact, raw_of: FactReader) -> FactReader:
    kind, default, is_moment = fact.type, fact.default, fact.type.kind == "datetime"
    is_day = fact.type.kind == "date"

    def zone(raw: Any, view: View) -> str:
        needs_one = is_moment or (is_day and isinstance(raw, str) and len(raw) > _DAY_LENGTH)
        return view["zone"] if needs_one else "UTC"

    def read(view: View) -> Any:
        raw = raw_of(view)
        value = None if raw is None else retyped(kind, raw, zone(raw, view))
        return typed(kind, default, zone(default, view)) if value is None else value

    return read


def _kept(name: str) -> FactReader:
    return lambda view: view.about.data.get(name)


def _derived(fact: Fact) -> FactReader:
    works_out = ROLL_UPS[fact.name]
    if fact.name in SHARED:
        return _shared(fact.name, works_out)
    return _until(fact, works_out) if is_kept(fact.name) else _worked_out(works_out)


def _worked_out(works_out: RollUp) -> FactReader:
    return lambda view: works_out(view.subjects, view)


def _shared(name: str, works_out: RollUp) -> FactReader:
    def read(view: View) -> Any:
        if name not in view.shared:
            view.shared[name] = works_out(view.subjects, view)
        return view.shared[name]

    return read


def _until(fact: Fact, works_out: RollUp) -> FactReader:
    """What the triggering event made of a derived fact; of any other event what it is now."""
    kept, now = _typed(fact, _kept(fact.name)), _worked_out(works_out)
    return lambda view: now(view) if (value := kept(view)) is None else value


def _kept_or(name: str, stated: FactReader) -> FactReader:
    """When the triggering event happened; of any other event when it last did."""
    return lambda view: view.about.data.get(name) or stated(view)


def _event_timed(name: str, catalog: Catalog) -> EventType | None:
    """The event whose time a fact is."""
    return catalog.events.get(name.removesuffix("_at")) if name.endswith("_at") else None


def _stated(name: str, owner: str, catalog: Catalog) -> FactReader:
    """What somebody stated, when an event happened, or which thing it is."""
    if event := _event_timed(name, catalog):
        return _happened_at(event)
    if name in _IDS:
        return lambda view: None if (thing := view.holder(owner)[2]) == ONLY else thing
    if name == "perk.uses_left":
        return lambda view: perks.uses_left(view.holder(owner)[0], view.holder(owner)[2])
    if name == "perk.expires_at":
        return lambda view: perks.stated_end(view.holder(owner)[0], view.holder(owner)[2])
    return lambda view: things.value_of(*view.holder(owner), name, instant(view["now"]))


def _happened_at(event: EventType) -> FactReader:
    which = 1 if event.repeats else 0

    def read(view: View) -> Any:
        times = things.happened(*view.holder(event.about), event.name)
        return instant(times[which]) if times else None

    return read


def _belongs_to(segment: str, view: View) -> bool | None:
    """Whether the customer is in a segment: all of its conditions hold; None if that is unknown."""
    conditions = view.ruleset.segments.get(segment)
    if conditions is None:
        return None
    answers = [condition.holds(view) for condition in conditions]
    return False if False in answers else None if None in answers else True


def _answered(name: str) -> FactReader:
    key, _, part = name.partition(".")

    def read(view: View) -> Any:
        answered = view.answered(key)
        return getattr(answered, part or "value") if answered else None

    return read


def zones(policies: Policies, subjects: Subjects) -> tuple[str, ...]:
    """The zones the customer may be in, by the chain of policies.yaml; several mean quiet if quiet
    in any.
    """
    for source in policies.shop.zone_from:
        if found := _zones_by(source, subjects):
            return found
    return (policies.shop.zone_otherwise,)


def _zones_by(source: str, subjects: Subjects) -> tuple[str, ...]:
    if source == "order.country":
        country = things.value_of(subjects.order, "order", None, source) or newest_country(
            subjects.customer
        )
        return zones_of_country(country) if country else ()
    told = things.value_of(subjects.customer, "customer", None, source)
    if not told:
        return ()
    if source == "customer.phone":
        return zones_of_phone(told)
    if source == "customer.country":
        return zones_of_country(told)
    return (told,) if is_zone(told) else ()
