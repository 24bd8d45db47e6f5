"""The decision: what a journey's new events and due waits lead to. Values in, values out; read this
first.

`decide` folds each new event into the journey's own facts, starts the rules of the revision under
which the event was accepted, and asks every firing that is due: does it still hold, has it been
done already, what does it do?
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.breakers import Openings, is_let_go, open_breaker, waits_until
from engine.decisions.choices import branch_of
from engine.decisions.decision import (
    Logged,
    OnceKey,
    Outcome,
    OwnState,
    Situation,
    Wake,
)
from engine.decisions.deeds import Done, are_over, carry_out
from engine.decisions.effects import Effect, Message
from engine.decisions.firing import Firing
from engine.decisions.noted_answers import NotedAnswers
from engine.decisions.objections import (
    Objection,
    failure_of,
    nothing_done,
    objection,
    of_its_rule,
    rule_of,
)
from engine.decisions.once.occurrences import moves, with_line
from engine.decisions.once.once_keys import TakenKeys, once_key
from engine.decisions.reason import SEND, Reason
from engine.decisions.redecided.held_effects import ask_again
from engine.decisions.redecided.own_deeds import without_own_deeds
from engine.decisions.redecided.redecided_firings import (
    group_holder,
    in_its_place,
    is_left_without,
    lost_to_group,
    made_by,
    redecided,
    unrepeated,
)
from engine.decisions.waits.calendar_waits import JourneyWaits, Moves, moved_dates, next_slots
from engine.decisions.waits.firings import broken_until, fire, view_after
from engine.decisions.waits.moved_waits import moved_by_publisher
from engine.decisions.waits.perk_ends import expired
from engine.decisions.waits.portions import portion, rest_asked, waits_due
from engine.decisions.waits.send_times import is_due
from engine.decisions.waits.wait_lengths import moved_zones, still_as_long
from engine.decisions.waits.wakes import asked_again, next_wake
from engine.facts import fold as facts
from engine.facts.event_times import mended
from engine.facts.naming import Naming
from engine.facts.state import State
from engine.facts.views.view import About, View
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset, Rulesets


def decide(rulesets: Rulesets, situation: Situation, naming: Naming, now: datetime) -> Outcome:
    """What this situation leads to at `now`. Pure: asked twice it answers the same."""
    return _Deciding(rulesets, situation, naming, now).outcome()


class _Deciding:
    """One decision in the making."""

    def __init__(
        self, rulesets: Rulesets, situation: Situation, naming: Naming, now: datetime
    ) -> None:
        self.rulesets, self.situation, self.naming, self.now = rulesets, situation, naming, now
        self.own = situation.own.facts
        self.read: list[tuple[Logged, State]] = []
        self.waits = {wait.wait_id: wait for wait in situation.waiting}
        self.stored = frozenset(self.waits)
        self.changed: dict[tuple[str, str, int], Firing] = {}
        self.ended: list[Firing] = []
        self.keys = TakenKeys(situation.once, naming)
        self.done = Done()
        self.openings = Openings.of(situation.openings, now)
        self.last_view: View | None = None
        self.notes = NotedAnswers(situation.journey, now)
        self.released: list[str] = []
        self.asked_anew: set[str] = set()
        self.dropped: list[tuple[str, Reason, str | None]] = []

    def outcome(self) -> Outcome:
        for logged in self.situation.events:
            self._hear(logged)
        active, journey = self.rulesets.active, self._journey()
        # News that is not read yet may move a wait: what is due is asked once all of it is known.
        self._move(moved_dates(active, journey, self._first_waits()))
        self._move(moved_zones(journey, self._first_waits(), self.rulesets))
        self._move(moved_by_publisher(journey, self._first_waits(), self.rulesets))
        wake = Wake(self.now, ends_with_these=False)
        if not self.situation.more:
            is_all = self._ask_what_is_due()
            self._move(next_slots(active, journey, self._first_waits()))
            self.done.effects += expired(journey, active)
            wake = self._next_wake() if is_all else rest_asked(self.situation, self.now)
        return Outcome(
            own=self._own_state(),
            wake=wake,
            waits=tuple(firing for key, firing in self.changed.items() if key in self.waits),
            ended_waits=tuple(self.ended),
            effects=tuple(self.done.effects),
            suppressions=tuple(self.done.suppressions),
            once=tuple(self.keys.new),
            released=tuple(self.released),
            dropped=tuple(self.dropped),
            decisions=tuple(self.notes.decisions),
            quarantined=tuple(self.notes.quarantined),
            openings=tuple(self.openings.changed.values()),
        )

    def _first_waits(self) -> list[Firing]:
        """What waits for its moment; what is decided again has had it."""
        return [one for one in self.waits.values() if not one.due.redecided]

    def _own_state(self) -> OwnState:
        """What the journey knows after this decision, of which revision once it has read all."""
        revision = None if self.situation.more else self.rulesets.active.revision
        return self.situation.own.after(self.own, self.situation.events, revision)

    def _ask_what_is_due(self) -> bool:
        """Ask a portion of it; whether that is all."""
        left = portion(self.situation, self.own)
        # What was held comes first: where it falls, another may have its turn now.
        for held in self.situation.held:
            is_asked = is_due(held, self._seen, self.situation.subjects, self.now)
            if is_asked or is_let_go(held, self._seen, self.rulesets.active.policies):
                if left == 0:
                    return False
                left -= self._ask_again(held)
        for firing in waits_due(self.waits.values(), self.now):
            if left == 0:
                return False
            try:
                self._ask(firing)
            except Exception as error:  # noqa: BLE001  # as in `_hear`
                self._end_wait(firing)
                self.notes.answer(firing, failure_of(error), firing.revision)
            left -= not (firing.wakes_at > self.now and firing.wait_id in self.waits)
        return True

    def _drop(self, held: Effect, refusal: Objection) -> None:
        if all(key != held.key for key, _, _ in self.dropped):
            self.dropped.append((held.key, refusal.reason, refusal.by))

    def _end_wait(self, wait: Firing) -> None:
        self.waits.pop(wait.wait_id, None)
        if wait.wait_id in self.stored and wait not in self.ended:
            self.ended.append(wait)

    def _hear(self, logged: Logged) -> None:
        """One event: into the journey's own facts, then whatever it fires. A poison event never
        stops the others.
        """
        ruleset = self.rulesets.of(logged.revision) or self.rulesets.active
        try:
            own = mended(self.own, logged.event, logged.known_at)
            is_order = self.situation.subject.startswith("order:")
            fold = facts.order_after if is_order else facts.fold_customer
            active = self.rulesets.active.catalog
            is_known = logged.event.type in active.events
            self.own = fold(own, logged.event, active if is_known else ruleset.catalog)
            self.read.append((logged, self.own))
            self._start_rules(logged, ruleset)
        except Exception as error:  # noqa: BLE001  # whatever an event breaks, the rest of the journey goes on
            self.notes.set_aside(logged, error, ruleset.revision)

    def _start_rules(self, logged: Logged, ruleset: Ruleset) -> None:
        """The rules that an event fires wait until they are due, which may be now."""
        if logged.event.type not in ruleset.catalog.events:
            raise KeyError(logged.event.type)
        rules = ruleset.by_event.get(logged.event.type, ())
        if logged.event.is_history:
            return
        if not rules:
            self.notes.unheard(logged, Reason.NO_RULE, ruleset.revision)
            return
        journey = self._journey()
        view = view_after(ruleset, logged.event, journey)
        for rule, trigger in rules:
            fired = fire(rule, trigger, logged, view, journey)
            if fired is not None:
                self._fire(rule, *fired, ruleset.revision)

    def _fire(self, rule: Rule, fired: Firing, refusal: Objection | None, revision: str) -> None:
        """A rule that an event fires waits until it is due, which may be now."""
        firing = of_its_rule(self.rulesets.active, fired)
        if refusal:
            self.notes.answer(firing, refusal, revision)
        else:
            self._begin(rule, firing)

    def _move(self, moved: Iterable[Moves]) -> None:
        """What waits for a date moves with it, and ends with it."""
        for change in moved:
            for wait in change.gone:
                del self.waits[wait.wait_id]
                self.ended += [wait] if wait.wait_id in self.stored else []
            for firing, refusal in change.refused:
                self.notes.answer(firing, refusal, firing.revision)
            for firing in change.started:
                self._begin(change.rule, firing)

    def _begin(self, rule: Rule, firing: Firing) -> None:
        """A firing begins to wait; one whose wait cannot be worked out says so."""
        try:
            self._wait(rule, firing)
        except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
            self.notes.answer(firing, failure_of(error), firing.revision)

    def _journey(self) -> JourneyWaits:
        return JourneyWaits(self.situation, self.own, self.naming, self.now, tuple(self.read))

    def _wait(self, rule: Rule, firing: Firing) -> None:
        """A firing waits, in the place of one that has moved or of a clock that was restarted."""
        same = [one for one in self.waits.values() if one.about == firing.about]
        moved = [one for one in same if moves(one, firing, rule, self.rulesets.active.catalog)]
        if moved:
            firing = self._moved(moved[0], firing)
        for one in moved:
            del self.waits[one.wait_id]
            is_stored = one.wait_id in self.stored and one.wait_id != firing.wait_id
            self.ended += [one] if is_stored else []
        name = firing.wait_id
        self.waits[name] = self.changed[name] = firing

    def _moved(self, old: Firing, new: Firing) -> Firing:
        """A wait that moves keeps the revision of its first firing, and its first delay."""
        rule, ruleset = self._rule_of(old)
        return still_as_long(old, new, rule, self._view(ruleset, new)).now(revision=old.revision)

    def _ask(self, firing: Firing, made: Sequence[Effect] | None = None) -> None:
        """A firing that is due acts, or says why not; either way it waits no longer.

        `made` are the effects of another firing in whose place it is asked.
        """
        waited, firing = firing, with_line(of_its_rule(self.rulesets.active, firing))
        rule, ruleset = self._rule_of(firing)
        view = self._view(ruleset, firing)
        answer: OnceKey | Objection
        try:
            if self._waits_on(rule, waited, view):
                return
            own = firing.holder if firing.due.is_redecided and made is None else None
            answer = self._may_act(rule, firing, view, own)
            if isinstance(answer, OnceKey) and rule is not None:
                answer = self._act(rule, firing, view, (answer, made))
        except Exception as error:  # noqa: BLE001  # as above
            answer = failure_of(error)
        self._end_wait(waited)
        if isinstance(answer, Objection):
            is_again = firing.due.is_redecided and made is None
            answer = lost_to_group(rule, answer, view) if is_again else answer
            self.notes.answer(firing, answer, ruleset.revision, rule, view)
            if is_again:
                self._ask_instead(firing, answer, view)
            return
        self.keys.take(answer)
        self.notes.answer(firing, None, ruleset.revision, rule, view)

    def _ask_instead(self, firing: Firing, refusal: Objection, view: View) -> None:
        """What is said in the place of a message that falls: what its rule says under a newer
        revision, or what the member of the group says that holds by now.
        """
        if (refusal.reason, refusal.by) == (Reason.RULE_REMOVED, SEND):
            if firing.holder not in self.asked_anew:
                self.asked_anew.add(firing.holder)
                self._ask(firing)
            return
        rule = view.ruleset.rules.get(refusal.by or "")
        if refusal.reason is not Reason.LOST_GROUP or rule is None:
            return
        other = in_its_place(firing, rule, view, self.naming)
        if other is not None:
            self._ask(other, made_by(self.situation, firing))

    def _waits_on(self, rule: Rule | None, firing: Firing, view: View) -> bool:
        """Whether a firing that is due waits on: its silence was broken, or a breaker holds it."""
        if (broken := broken_until(rule, firing, view)) is not None:
            later = firing.now(due_at=broken, again_at=None)
        elif breaker := open_breaker(view.ruleset.policies, firing, view):
            again_at = firing.due.again_at
            if firing.wakes_at <= self.now:
                again_at = waits_until(breaker, firing, view, view.ruleset)
            if firing.due.again_at is None:
                self.notes.answer(
                    firing, Objection(Reason.BREAKER, breaker.id), view.ruleset.revision
                )
            if rule is not None and rule.conduct.mode == "live":
                self.done.effects += self.openings.hold(breaker, firing, view)
            later = firing.now(again_at=again_at)
        else:
            return False
        if later != firing:
            self.waits[later.wait_id] = self.changed[later.wait_id] = later
        return True

    def _may_act(
        self, rule: Rule | None, firing: Firing, view: View, own: str | None
    ) -> OnceKey | Objection:
        """The key a firing takes to act, or why it may not; one that `own` holds is no obstacle."""
        if refusal := objection(rule, firing, view, view.history):
            return refusal
        key = once_key(rule, firing, view, self.naming) if rule else None
        if rule is None or key is None:
            return Objection(Reason.FACT_UNKNOWN, "once_per")
        holder = self.keys.holder(rule, firing, view, key)
        holder = holder or group_holder(firing, rule, view, self.naming, self.keys)
        if holder and holder != own:
            return Objection(Reason.ALREADY_DONE, holder)
        if (branch := branch_of(rule, view)) is None or not branch.actions:
            return Objection(Reason.CONDITION_FALSE, "otherwise: nothing")
        if are_over(branch, firing, view.ruleset.policies, view):
            return Objection(Reason.EXPIRED)
        return Objection(Reason.SHADOW) if rule.conduct.mode == "shadow" else key

    def _act(
        self,
        rule: Rule,
        firing: Firing,
        view: View,
        taking: tuple[OnceKey, Sequence[Effect] | None],
    ) -> OnceKey | Objection:
        """Do what the rule says; the key that is taken by it, or why it came to nothing.

        `taking` are that key and, of a firing in the place of another one, the other one's effects.
        """
        key, made = taking
        done = carry_out(rule, firing, view.ruleset, view, self.now)
        if not done.effects and not done.suppressions:
            branch = branch_of(rule, view)
            return nothing_done(branch.actions if branch else (), view)
        if firing.due.is_redecided:
            done = unrepeated(done, made_by(self.situation, firing) if made is None else made)
        self.done.extend(done)
        stays = rule.once_per.counting == "decided" or bool(done.suppressions)
        stays = stays or (firing.due.is_redecided and self.keys.has_stayed(key))
        return changed(key, stays=True) if stays else key

    def _ask_again(self, held: Effect) -> bool:
        """A held effect that is asked now: wanted again, unless its rule objects. Whether it was
        answered; one whose rule fails before its moment waits on.
        """
        found = ask_again(held, self._seen, self.now)
        firing, refusal, view = held.firing, found.refusal, found.view
        if found.waits:
            return False
        if refusal is None:
            self.released.append(held.key)
            return True
        self._drop(held, refusal)
        if is_left_without(self.situation, firing, self.dropped):
            self.keys.give_back(firing)
        revision = view.ruleset.revision if view else firing.revision
        self.notes.answer(firing, refusal, revision, found.rule, view)
        try:
            if isinstance(held, Message) and view:
                self._ask_instead(redecided(firing), refusal, view)
        except Exception as error:  # noqa: BLE001  # as in `_hear`
            self.notes.answer(firing, failure_of(error), revision)
        return True

    def _seen(self, firing: Firing, decided_at: datetime | None = None) -> tuple[Rule | None, View]:
        rule, ruleset = self._rule_of(firing)
        return rule, self._view(ruleset, firing, decided_at)

    def _rule_of(self, firing: Firing) -> tuple[Rule | None, Ruleset]:
        return rule_of(self.rulesets.active, firing, self.rulesets.of(firing.revision))

    def _view(self, ruleset: Ruleset, firing: Firing, decided_at: datetime | None = None) -> View:
        """The facts as a rule reads them; rules about the same thing share what was found."""
        about, last = About(*firing.about, data=firing.data), self.last_view
        subjects, history = without_own_deeds(
            firing, self.situation.subjects, self.situation.history, decided_at
        )
        if last is None or last.ruleset is not ruleset or last.subjects is not subjects:
            self.last_view = last = View(ruleset, subjects, about, self.now, history)
        elif last.about != about:
            self.last_view = last = last.beside(about)
        return last

    def _next_wake(self) -> Wake:
        gone = {*self.released, *(key for key, _, _ in self.dropped)}
        every = (one for one in (*self.situation.held, *self.done.effects) if one.held_until)
        held = [one for one in every if one.key not in gone]
        due = asked_again(held, self._seen) + [wait.wakes_at for wait in self.waits.values()]
        at, is_last = next_wake(self._journey(), self.rulesets.active.policies, due)
        begun = self.done.effects or self.released or self.situation.has_open_effects
        return Wake(at, ended=is_last and not begun, ends_with_these=is_last)
