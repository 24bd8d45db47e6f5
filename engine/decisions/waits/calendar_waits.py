"""Waits that follow the calendar: a date of a fact, wherever it moves, and the slots
of a schedule.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.catalog.calendar import local_day
from engine.catalog.catalog import OF_ORDER
from engine.catalog.rows import changed, row
from engine.catalog.values import as_instant
from engine.decisions.decision import Logged, Situation
from engine.decisions.due_moments import Approach, approaches, is_in_season, next_slot
from engine.decisions.firing import Cause, Due, Firing
from engine.decisions.objections import Objection, failure_of
from engine.decisions.once.occurrences import occurrence_near, with_line
from engine.decisions.reason import Reason
from engine.facts import things
from engine.facts.naming import Naming, own_id
from engine.facts.state import State, cells_in, first_heard_of, is_erased, stated_at
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View, zones
from engine.rules.policies import Policies
from engine.rules.rule import Every, Near, Rule
from engine.rules.ruleset import Ruleset


@row
class JourneyWaits:
    """A journey at the moment of a decision: what it was given, what it knows by now, how names are
    made; each event it has read, with what it knew after it.
    """

    situation: Situation
    own: State
    naming: Naming
    now: datetime
    read: tuple[tuple[Logged, State], ...] = ()

    @property
    def is_order(self) -> bool:
        """Whether it is an order's; else it is a customer's."""
        return self.situation.subject.startswith("order:")

    def is_behind(self, ruleset: Ruleset) -> bool:
        """Whether another revision was active when it was last asked, so that rules may be new to
        it.
        """
        situation = self.situation
        return not situation.more and situation.own.revision not in (None, ruleset.revision)

    def seen_with(self, own: State) -> Subjects:
        """The subjects, this journey's own with the facts that it knew at some point."""
        seen = self.situation.subjects
        return changed(seen, order=own) if self.is_order else changed(seen, customer=own)

    def zone(self, policies: Policies) -> str:
        """The zone of the customer's days, by what the journey knows by now."""
        return zones(policies, self.seen_with(self.own))[0]

    def view(self, ruleset: Ruleset, about: About, own: State) -> View:
        """The facts of a thing as the journey knew them at some point."""
        return View(ruleset, self.seen_with(own), about, self.now, self.situation.history)

    @property
    def is_left(self) -> bool:
        """Whether its customer has been erased, or turned out to be another one."""
        subjects, own = self.situation.subjects, own_id(self.situation.subject)
        return is_erased(subjects.customer) or subjects.customer_id != own

    def things(self, kind: str) -> tuple[str, ...]:
        """The ids of every thing of a kind that lives in this journey."""
        if kind in ("order", "customer"):
            return (own_id(self.situation.subject),) if self.is_order == (kind == "order") else ()
        return things.ids_of(self.own, kind) if self.is_order == (kind in OF_ORDER) else ()

    def firing(
        self, rule: Rule, trigger: Near | Every, view: View, due_at: datetime, label: str
    ) -> Firing | None:
        """A firing at an offset or a slot; None if a fact of its once-key is unknown."""
        occurrence = occurrence_near(rule, label, view, self.naming)
        if occurrence is None:
            return None
        firing = self.bare(rule, view, due_at, label, occurrence).now(zone=view["zone"])
        return with_line(firing.now(line=rule.triggers.index(trigger)))

    def bare(
        self, rule: Rule, view: View, due_at: datetime, label: str = "", occurrence: str = "unknown"
    ) -> Firing:
        """A firing that no event has led to."""
        return Firing(
            journey=self.situation.journey,
            rule_id=rule.id,
            occurrence=occurrence,
            about=(view.about.kind, view.about.id),
            cause=Cause("", due_at, label=label),
            due=Due(due_at, self.now),
            revision=view.ruleset.revision,
            shop=view.shop,
            order=view.subjects.order_id if rule.about in OF_ORDER else None,
        )


@dataclass(slots=True)
class Moves:
    """What a moved date changes for one rule: waits that are gone, firings that begin, and those
    that may not.
    """

    rule: Rule
    gone: list[Firing] = field(default_factory=list)
    started: list[Firing] = field(default_factory=list)
    refused: list[tuple[Firing, Objection]] = field(default_factory=list)


def moved_dates(
    ruleset: Ruleset, journey: JourneyWaits, waits: Collection[Firing]
) -> Iterator[Moves]:
    """A wait follows its date: one that is new or has moved is waited for anew, one that is gone no
    longer.

    A rule that was published since the journey was last asked begins to wait for what it would wait
    for by now. So does one whose date has moved by what became known elsewhere.
    """
    for rule, trigger in ruleset.by_date:
        for thing in journey.things(rule.about):
            after = journey.view(ruleset, About(rule.about, thing), journey.own)
            try:
                moves = _followed(rule, trigger, after, journey, waits)
            except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
                moves = Moves(
                    rule, refused=[(journey.bare(rule, after, journey.now), failure_of(error))]
                )
            if moves:
                yield moves


def _followed(
    rule: Rule, trigger: Near, after: View, journey: JourneyWaits, waits: Collection[Firing]
) -> Moves | None:
    about = (after.about.kind, after.about.id)
    named, line = (rule.id, rule.label.renamed_from), rule.triggers.index(trigger)
    mine = tuple(
        wait
        for wait in waits
        if wait.rule_id in named and wait.about == about and wait.line == line
    )
    if setter := _setter(trigger, after, journey):
        return _moves(rule, trigger, after, MovedWait(journey, setter, mine))
    # An answer is worked out from facts of the customer too, of whom an order's journey reads no
    # events.
    if mine or journey.is_behind(after.ruleset) or trigger.fact.startswith("answer."):
        return _caught_up(rule, trigger, after, journey, mine)
    return None


def _setter(trigger: Near, after: View, journey: JourneyWaits) -> Logged | None:
    """Of the events read now the one by which a date got the value it has; None if none moved
    it.
    """
    if not journey.read:
        return None
    ruleset, about = after.ruleset, after.about
    value = journey.view(ruleset, about, journey.situation.own.facts)[trigger.fact]
    setter = None
    for logged, own in journey.read:
        known = after if own is journey.own else journey.view(ruleset, about, own)
        if known[trigger.fact] != value:
            setter, value = logged, known[trigger.fact]
    return setter


def _caught_up(
    rule: Rule, trigger: Near, view: View, journey: JourneyWaits, mine: tuple[Firing, ...]
) -> Moves | None:
    """What a rule newly published waits for, or one whose date moved elsewhere: every offset still
    to come, as if it had been there all the time.
    """
    found, known = list(approaches(trigger, view)), {wait.label for wait in mine}
    days, is_pinned = {one.day for one in found}, rule.conduct.in_flight == "pin"
    moves = Moves(rule, gone=[] if is_pinned else [one for one in mine if _day(one) not in days])
    if mine and not moves.gone and not journey.is_behind(view.ruleset):
        return None
    if not found:
        moves.refused = _gone(trigger, moves.gone)
    set_at = _set_at(trigger, view) or journey.now
    for one in found:
        if one.due_at <= journey.now or one.label in known:
            continue
        if firing := journey.firing(rule, trigger, view, one.due_at, one.label):
            moved = (wait for wait in moves.gone if wait.label.endswith(one.offset))
            old = next(moved, firing.now(event_at=min(set_at, journey.now), form="near"))
            moves.started.append(firing.now(event=old.event, event_at=old.event_at, form="near"))
    return moves


def _day(wait: Firing) -> str:
    """The day of the date that a wait is near."""
    return wait.label[: len("2026-03-05")]


def _gone(trigger: Near, waits: Iterable[Firing]) -> list[tuple[Firing, Objection]]:
    objection = Objection(Reason.CONDITION_FALSE, f"{trigger.fact} is gone")
    return [(wait, objection) for wait in waits]


def _set_at(trigger: Near, view: View) -> datetime | None:
    """When a date got the value it has; where nobody states it, when its thing was
    first heard of.
    """
    fact = view.ruleset.catalog.facts.get(trigger.fact)
    state, kind, thing = view.holder(fact.owner if fact else view.about.kind)
    if state is None:
        return None
    holder = things.holder_of(state, kind, thing)
    cell = cells_in(holder).get(trigger.fact)
    told = stated_at(cell) if cell else first_heard_of(holder)
    return as_instant(told) if told else None


@row
class MovedWait:
    """A date that changed in a journey, the event that came last, and what waited for the date."""

    journey: JourneyWaits
    last: Logged
    waits: tuple[Firing, ...]


def _moves(rule: Rule, trigger: Near, view: View, change: MovedWait) -> Moves:
    found, moves = list(approaches(trigger, view)), Moves(rule)
    labels = {one.label for one in found}
    moves.gone = [wait for wait in change.waits if wait.label not in labels]
    if not found:
        moves.refused = _gone(trigger, moves.gone)
    past = [one for one in found if one.due_at <= change.journey.now]
    nearest = max(past, key=lambda one: one.due_at, default=None)
    for one in found:
        firing = change.journey.firing(rule, trigger, view, one.due_at, one.label)
        if firing is None:
            continue
        firing = _told_by(change.last, firing)
        speaks = not change.last.event.is_history and _speaks_late(
            rule, one, nearest, change.journey.now
        )
        if one in past and not speaks:
            moves.refused.append((firing, Objection(Reason.EXPIRED)))
            moves.gone += [wait for wait in change.waits if wait.label == one.label]
        else:
            moves.started.append(firing.now(is_late=one in past))
    return moves


def _speaks_late(rule: Rule, one: Approach, nearest: Approach | None, now: datetime) -> bool:
    """Of the offsets that are past already only the nearest speaks, and only while the date itself
    is ahead.
    """
    return rule.conduct.sends_late and one is nearest and one.date_at > now


def _told_by(last: Logged, firing: Firing) -> Firing:
    event = last.event
    return firing.now(
        event=event.type,
        event_at=event.occurred_at,
        known_at=last.known_at,
        form="near",
        depth=event.depth,
    )


def next_slots(ruleset: Ruleset, journey: JourneyWaits, waits: Iterable[Firing]) -> Iterator[Moves]:
    """The next slot of every line on a schedule that does not wait for one already; schedules are
    customers'.

    Whoever has been erased waits for none: every one of them would be answered with silence, for
    ever. Of a customer who turned out to be another one only the other one's journey waits.
    """
    if journey.is_order or not ruleset.by_clock or journey.is_left:
        return
    waiting = {(wait.rule_id, wait.line) for wait in waits}
    view = journey.view(ruleset, About("customer", own_id(journey.situation.subject)), journey.own)
    for rule, trigger in ruleset.by_clock:
        line = rule.triggers.index(trigger)
        if not waiting.isdisjoint(((rule.id, line), (rule.label.renamed_from, line))):
            continue
        try:
            slot = slot_after(rule, trigger, view, journey, journey.now)
            yield Moves(rule, started=[slot] if slot else [])
        except Exception as error:  # noqa: BLE001  # as above
            yield Moves(rule, refused=[(journey.bare(rule, view, journey.now), failure_of(error))])


def slot_after(
    rule: Rule, trigger: Every, view: View, journey: JourneyWaits, after: datetime
) -> Firing | None:
    """The next slot of a schedule after a moment; None once its season is over."""
    slot = next_slot(trigger, rule.conduct.starts_on, after, view["zone"])
    day = local_day(slot, view["zone"]).isoformat()
    firing = journey.firing(rule, trigger, view, slot, day)
    if firing is not None and is_in_season(None, rule.conduct.ends_on, slot, view["zone"]):
        return firing.now(form="every")
    return None
