"""How far back the rules of a revision look, by type of event, so that no question reads more of a
customer's past than that.

A rule about an order sees what happened to its order, and what happened to its customer and names
no order; only `by customer`, a silence and a rule about the customer look at other orders. Each
looks back for as long as its condition says, or to where what it asks about has begun. All events
of the order itself are read: their number has an end.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta

from engine.catalog.catalog import OF_ORDER, Catalog, builtin
from engine.catalog.rows import changed, row
from engine.catalog.values import Duration

EARLIEST = datetime.min.replace(tzinfo=UTC)
_NEVER = timedelta()
# From these nothing is seen of other orders, unless it is asked `by customer`.
WITHIN_ORDERS = OF_ORDER | {"item"}
# A length in days may be longer than so many days of 24 hours: zones change their clocks.
_CLOCKS_CHANGE = timedelta(days=2)
_LONGEST_MONTH = timedelta(days=31)
# Rules cause these themselves, and do not read what they have caused.
_OURS = ("perk.", "order.facts_set", "customer.facts_set")


@row
class Horizon:
    """The moment of a question, since when there is what it asks about (`begun`), and since when
    the silences hold that hold then (`silent`); None where there is no such thing.
    """

    now: datetime
    begun: datetime | None = None
    silent: datetime | None = None


@row
class Lookback:
    """How far back one type of event is looked for: `within` so long, `ever`, or as far as the
    `newest` one, which is enough to say that it happened; and to what was begun, or silenced.
    """

    within: timedelta = _NEVER
    ever: bool = False
    newest: bool = False
    to_begun: bool = False
    to_silent: bool = False

    def __or__(self, other: "Lookback") -> "Lookback":
        return Lookback(
            max(self.within, other.within),
            self.ever or other.ever,
            self.newest or other.newest,
            self.to_begun or other.to_begun,
            self.to_silent or other.to_silent,
        )

    def from_now(self, now: datetime) -> datetime | None:
        """Since when it looks by its conditions alone; None if they name no length."""
        if self.ever:
            return EARLIEST
        if self.within == _NEVER:
            return None
        return now - self.within if now - EARLIEST > self.within else EARLIEST

    def since(self, horizon: Horizon) -> datetime | None:
        """Since when it looks at a moment; None if nothing that is asked then looks for it."""
        moments = (
            self.from_now(horizon.now),
            horizon.begun if self.to_begun else None,
            horizon.silent if self.to_silent else None,
        )
        return min((one for one in moments if one is not None), default=None)


EVER, NEWEST = Lookback(ever=True), Lookback(newest=True)
TO_BEGUN, TO_SILENT = Lookback(to_begun=True), Lookback(to_silent=True)


@row
class Vantage:
    """From where something is asked: in journeys of orders, `widely` where it sees other orders
    from there too; in those of customers.
    """

    in_orders: bool
    widely: bool
    in_customers: bool


ANYWHERE = Vantage(in_orders=True, widely=True, in_customers=True)


@row
class SoughtEvent:
    """A look for one type of event."""

    event: str
    place: Vantage
    lookback: Lookback


@row
class Reach:
    """How far back is looked for events of other orders, and for those of no order, by type."""

    of_others: Mapping[str, Lookback] = field(hash=False)
    of_none: Mapping[str, Lookback] = field(hash=False)

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            _joined([*self.of_others.items(), *other.of_others.items()]),
            _joined([*self.of_none.items(), *other.of_none.items()]),
        )

    @property
    def of_silences(self) -> "Reach":
        """What may end a silence, and no more."""
        return Reach(_silences(self.of_others), _silences(self.of_none))


@row
class Lookbacks:
    """What is read of a customer's past for an order's journey, for the customer's own, and where a
    rule is asked in a journey that is not of its kind.
    """

    from_order: Reach
    from_customer: Reach
    from_anywhere: Reach

    @classmethod
    def of(cls, looks: Iterable[SoughtEvent], catalog: Catalog) -> "Lookbacks":
        """All of these looks, each also for whatever may take back what it finds."""
        every = [one for look in looks for one in _with_witnesses(look, catalog)]
        wide = _joined((one.event, one.lookback) for one in every if one.place.widely)
        near = _joined((one.event, one.lookback) for one in every if one.place.in_orders)
        own = _joined((one.event, one.lookback) for one in every if one.place.in_customers)
        seen = _joined((one.event, one.lookback) for one in every)
        return cls(Reach(wide, near), Reach(own, own), Reach(seen, seen))

    def __or__(self, other: "Lookbacks") -> "Lookbacks":
        if other is self or other == self:
            return self
        return Lookbacks(
            self.from_order | other.from_order,
            self.from_customer | other.from_customer,
            self.from_anywhere | other.from_anywhere,
        )

    def ending(self, until: Collection[str], catalog: Catalog) -> "Lookbacks":
        """The same, and what ends silences that hold until one of these events: each keeps them,
        whatever its rule says by now.
        """
        seen = self.from_order.of_others
        if all(name in seen and seen[name].to_silent for name in catalog.corrected(until)):
            return self
        looks = [SoughtEvent(event, ANYWHERE, TO_SILENT) for event in sorted(until)]
        return self | Lookbacks.of(looks, catalog)

    def of_journey(self, subject: str) -> Reach:
        """What is read for a journey, by its id or its subject's."""
        return self.from_order if subject.startswith("order:") else self.from_customer

    @property
    def from_both(self) -> Reach:
        """What is read where messages of an order and of its customer are weighed together."""
        return self.from_order | self.from_customer

    @property
    def wide(self) -> "Lookbacks":
        """The same where every rule may be asked anywhere."""
        return Lookbacks(self.from_anywhere, self.from_anywhere, self.from_anywhere)

    @property
    def whole(self) -> "Lookbacks":
        """All that has ever happened of these types."""
        types = dict.fromkeys(self.from_anywhere.of_none, EVER)
        return Lookbacks(*3 * [Reach(types, types)])

    @property
    def watched(self) -> frozenset[str]:
        """Every type of event that is looked for."""
        return frozenset(self.from_anywhere.of_none)


def counting(event: str, within: Duration | None, catalog: Catalog, *, sees_all: bool) -> Lookback:
    """How far back a condition looks that counts an event. That it ever happened the newest one
    tells, where whoever asks `sees_all` and no event takes it back.
    """
    if within is not None:
        return Lookback(within=_at_most(within))
    is_reported = event in builtin().events and not event.startswith(_OURS)
    return NEWEST if sees_all and is_reported and catalog.corrected([event]) == {event} else EVER


def _at_most(length: Duration) -> timedelta:
    """The longest that a length may last."""
    if length.elapsed is not None:
        return length.elapsed
    is_month = length.unit == "month"
    whole = int(length.amount) * _LONGEST_MONTH if is_month else length.nominal
    return whole + _CLOCKS_CHANGE


def _with_witnesses(look: SoughtEvent, catalog: Catalog) -> Iterable[SoughtEvent]:
    return [changed(look, event=name) for name in catalog.corrected([look.event])]


def _joined(looks: Iterable[tuple[str, Lookback]]) -> Mapping[str, Lookback]:
    found: dict[str, Lookback] = {}
    for event, lookback in looks:
        found[event] = found[event] | lookback if event in found else lookback
    return found


def _silences(lookbacks: Mapping[str, Lookback]) -> Mapping[str, Lookback]:
    return {event: TO_SILENT for event, one in lookbacks.items() if one.to_silent}
