"""Since when there is what a decision or an attempt asks about: what waits, what is held, what its
news lead to. Nothing that is asked looks further back for what may stop it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.catalog.rows import row
from engine.catalog.values import as_instant
from engine.decisions.decision import Logged, Situation
from engine.decisions.firing import Firing, first_id
from engine.facts.events import MOMENT
from engine.facts.fold import thing_of
from engine.facts.naming import own_id
from engine.facts.reversals.corrections import true_times
from engine.facts.state import ONLY, Holder, State, known_things, times_in, true_time_in
from engine.facts.subjects import Suppression
from engine.facts.things import PARCEL_OF_ORDER
from engine.facts.views.bounded_history import Sight
from engine.rules.lookbacks import WITHIN_ORDERS, Horizon, Lookbacks
from engine.rules.rule import Silence
from engine.rules.ruleset import Ruleset, Rulesets

# What is reported of an order, and of its only parcel, is said of both.
_ALIKE = {
    **PARCEL_OF_ORDER,
    **{parcel: order for order, parcel in PARCEL_OF_ORDER.items()},
}


def sight_of(rulesets: Rulesets, situation: Situation, now: datetime) -> Sight:
    """How far a decision at this moment sees."""
    is_order = situation.subject.startswith("order:")
    orders = frozenset({own_id(situation.subject)} if is_order else ())
    silent = silent_since(situation.subjects.silences, now)
    horizon = Horizon(now, begun(rulesets, situation), silent)
    lookbacks = lookbacks_for(rulesets, situation, now)
    return Sight(lookbacks.of_journey(situation.subject), horizon, orders)


def sight_of_silences(
    lookbacks: Lookbacks, silences: Iterable[Suppression], now: datetime
) -> Sight:
    """How far it is seen whether these silences still hold."""
    horizon = Horizon(now, silent=silent_since(silences, now))
    return Sight(lookbacks.from_customer.of_silences, horizon)


def lookbacks_for(rulesets: Rulesets, situation: Situation, now: datetime | None) -> Lookbacks:
    """How far the rules look that a decision at this moment may ask, without one at any, and how
    far the silences do.
    """
    firings, is_order = firings_of(situation), situation.subject.startswith("order:")
    until = ended_by(situation.subjects.silences, now)
    found = _of_revisions(rulesets, situation).ending(until, rulesets.active.catalog)
    strangers = [one for one in firings if not is_at_home(one, rulesets.active, is_order=is_order)]
    heard = _kinds((logged.event.type for logged in situation.events), rulesets)
    return found.wide if strangers or not (is_order or WITHIN_ORDERS.isdisjoint(heard)) else found


def begun(rulesets: Rulesets, situation: Situation) -> datetime | None:
    """The earliest moment from which something looks that this decision may ask."""
    moments = [firing.event_at for firing in firings_of(situation)]
    news = [one for one in situation.events if not one.event.is_history]
    for logged in news:
        moments += [logged.event.occurred_at - MOMENT, *true_times(logged.event).values()]
    moments += map(as_instant, _heard_before(rulesets, situation, news))
    return min(moments, default=None)


def silent_since(silences: Iterable[Suppression], now: datetime) -> datetime | None:
    """Since when the first of the silences holds that hold now."""
    return min((one.starts_at for one in _holding(silences, now)), default=None)


def ended_by(silences: Iterable[Suppression], now: datetime | None) -> set[str]:
    """The events that end those of the silences that hold at a moment, without one at any."""
    holding = silences if now is None else _holding(silences, now)
    return {one.event for silence in holding for one in silence.until}


def _holding(silences: Iterable[Suppression], now: datetime) -> Iterator[Suppression]:
    return (one for one in silences if one.starts_at <= now < one.ends_at)


def _of_revisions(rulesets: Rulesets, situation: Situation) -> Lookbacks:
    """How far the active rules look, and those that are asked beside them: of what was pinned, of
    news under the revision at which it arrived, and of the revisions that move what waits.
    """
    found = rulesets.active.lookbacks
    beside = {logged.revision for logged in situation.events}
    beside |= {one.revision for one in firings_of(situation) if _is_pinned(one, rulesets)}
    beside |= {move.revision for move in situation.moves_to_follow}
    for revision in beside - {rulesets.active.revision}:
        if (other := rulesets.of(revision)) is not None:
            found = found | other.lookbacks
    return found


def firings_of(situation: Situation) -> list[Firing]:
    """Every firing of a situation: of what waits, and of what is held or open."""
    effects = (*situation.held, *situation.others)
    return [*situation.waiting, *(one.firing for one in effects)]


def _is_pinned(firing: Firing, rulesets: Rulesets) -> bool:
    first = rulesets.of(firing.revision)
    rule = first.rule(first_id(firing)) if first else None
    return rule is not None and rule.conduct.in_flight == "pin"


def is_at_home(firing: Firing, ruleset: Ruleset, *, is_order: bool) -> bool:
    """Whether a firing is in a journey of the kind in which its rule is asked by now."""
    rule = ruleset.rule(firing.rule_id)
    if rule is None:
        return (firing.about[0] in WITHIN_ORDERS) == is_order
    place = ruleset.place_of(rule)
    is_asked = place.in_orders if is_order else place.in_customers
    return is_asked and (firing.about[0] in WITHIN_ORDERS) == (rule.about in WITHIN_ORDERS)


def _kinds(names: Iterable[str], rulesets: Rulesets) -> set[str]:
    """The kinds of things that events are about."""
    catalogs = [one.catalog.events for one in (rulesets.active, *rulesets.others.values())]
    return {known[name].about for name in names for known in catalogs if name in known}


@row
class EarlierWord:
    """An event from whose earlier words something may be counted that news lead to: of which kind
    of things it is told, and the thing that the news are about.
    """

    event: str
    kind: str
    about: tuple[str, str]

    def holders(self, state: State) -> Iterator[Holder]:
        """Where its times are kept: an order has few things, of which one may count for the other;
        a customer may have many, each for itself.
        """
        yield state
        kind, own = self.about
        is_each = self.kind == kind and self.kind not in WITHIN_ORDERS and own != ONLY
        for name, holder in known_things(state, self.kind).items():
            if not is_each or name in (own, ONLY):
                yield holder


def _earlier_words(rulesets: Rulesets, news: Iterable[Logged]) -> set[EarlierWord]:
    """Of the same type, where that happens once, or of what a silence is since."""
    found = set[EarlierWord]()
    for logged in news:
        ruleset = rulesets.of(logged.revision) or rulesets.active
        known, rules = ruleset.catalog.events, ruleset.by_event.get(logged.event.type)
        if not rules:
            continue
        names = {one.since.event for _, one in rules if isinstance(one, Silence)}
        names |= set() if known[logged.event.type].repeats else {logged.event.type}
        names |= {_ALIKE[name] for name in names & _ALIKE.keys()}
        about = thing_of(logged.event, ruleset.catalog)
        found |= {EarlierWord(name, known[name].about, about) for name in names}
    return found


def _heard_before(
    rulesets: Rulesets, situation: Situation, news: Iterable[Logged]
) -> Iterator[str]:
    """When anything happened from which something may be counted that the news lead to."""
    words, subjects = _earlier_words(rulesets, news), situation.subjects
    states = (situation.own.facts, subjects.order, subjects.customer)
    for state in filter(None, states if words else ()):
        for word in words:
            for holder in word.holders(state):
                yield from times_in(holder, word.event)
                yield from (true_time_in(holder, word.event) or ())
