"""What would change for those who wait now, if other rules were published: both rulesets are asked,
and compared.

Every wait and every held message is asked at its own moment, on the facts of now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from engine.backtests.message_changes import SAMPLES
from engine.catalog.values import instant
from engine.decisions.action_sites import site_of
from engine.decisions.decide import decide
from engine.decisions.decision import Decision, Outcome, Situation, WaitMove
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing, of_rule
from engine.decisions.objections import rule_of
from engine.decisions.reach import new_dates, new_slots, renames
from engine.decisions.reason import Reason
from engine.decisions.waits.calendar_waits import JourneyWaits
from engine.decisions.waits.moved_waits import moved_by_publisher
from engine.facts.naming import Naming, own_id
from engine.language.folder.template_parts import PATH as TEMPLATE
from engine.rules.rule import Rule, Send
from engine.rules.ruleset import Ruleset, Rulesets
from engine.rules.say_when import say_when

WaitChange = Literal[
    "added", "kept", "unchanged", "cancelled", "blocked", "unblocked", "moved", "changed"
]
KINDS: tuple[WaitChange, ...] = (
    "added",
    "cancelled",
    "blocked",
    "unblocked",
    "moved",
    "changed",
    "kept",
    "unchanged",
)
_AS_BEFORE = frozenset({"kept", "unchanged"})
_LAST = 1 << 62  # the number of an activation that has not been made yet
_GONE = frozenset({Reason.RULE_REMOVED, Reason.OFF, Reason.SHADOW})


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one who waits: when, why not, and else what is done, from which template
    files.
    """

    due_at: datetime | None
    reason: str | None = None
    does: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits, and what becomes of them under the active and under the new rules; `subject`
    is the journey's.

    `old` is None for one who waits for nothing yet and would under the new rules. `begins_later` is
    the line of `when` that holds for whoever begins later, where this one keeps another moment.
    """

    subject: str
    firing: Firing
    old: Fate | None
    new: Fate
    begins_later: str | None = None

    @property
    def kind(self) -> WaitChange:
        """In which way they are affected most."""
        if self.old is None:
            return "added"
        if self.old == self.new:
            return "kept" if self.begins_later else "unchanged"
        if self.new.due_at is None or (self.new.reason or "").partition(" ")[0] in _GONE:
            return "cancelled"
        if self.new.reason != self.old.reason:
            return "blocked" if self.new.reason else "unblocked"
        return "moved" if self.new.due_at != self.old.due_at else "changed"

    def to_json(self, spell: Callable[[datetime], str]) -> dict[str, Any]:
        """As an example in the report."""
        becomes = _spelled(self.new, spell)
        if self.old and self.old.words != self.new.words and self.old.does == self.new.does:
            becomes += ", in other words"
        order = self.firing.order
        thing = (
            {"order": order} if order else {self.subject.partition(":")[0]: own_id(self.subject)}
        )
        was = {"was": _spelled(self.old, spell)} if self.old else {}
        later = {"begins_later": self.begins_later} if self.begins_later else {}
        keeps = {"keeps": spell(self.new.due_at)} if later and self.new.due_at else {}
        return {**thing, **was, "becomes": becomes, **keeps, **later}


@dataclass(frozen=True, slots=True)
class Planner:
    """Asks the active rules and the new ones about a situation at `now`; `moves_waits` as their
    publisher says.
    """

    new: Ruleset
    naming: Naming
    now: datetime
    moves_waits: bool = False

    def about(self, rulesets: Rulesets, situation: Situation) -> Iterator[Waiting]:
        """Everybody who waits in a journey. What the journey has not read yet is left out."""
        asked = replace(situation, events=(), more=False)
        published, moved = self._published(rulesets), self._moved(asked)
        old = _Oracle(self, rulesets, asked)
        new = _Oracle(self, published, moved if self.moves_waits else asked)
        names = renames(rulesets.active, self.new)
        for firing in asked.waiting:
            then = of_rule(firing, names.get(firing.rule_id, firing.rule_id))
            fate, after = old.of_wait(firing), new.of_wait(then)
            later = None if self.moves_waits else self._begins_later(published, moved, then)
            yield Waiting(asked.subject, firing, fate, after, later if after.due_at else None)
        for held in asked.held:
            then = of_rule(held.firing, names.get(held.firing.rule_id, held.firing.rule_id))
            after = new.of_held(held.now(firing=then))
            yield Waiting(asked.subject, held.firing, old.of_held(held), after)

    def added(self, rulesets: Rulesets, situation: Situation) -> Iterator[Waiting]:
        """Whoever would begin to wait in a journey, or would speak late: for dates and slots the
        active rules lack.

        Word of new rules lets a journey read its news first, so they count here.
        """
        active, published = rulesets.active, self._published(rulesets)
        lines = {(rule.id, rule.triggers.index(one)) for rule, one in new_slots(active, self.new)}
        lines |= {(rule.id, rule.triggers.index(one)) for rule, one in new_dates(active, self.new)}
        own = situation.own
        was_asked = replace(own, revision=own.revision and active.revision)
        asked = replace(situation, more=False, own=was_asked)
        outcome = decide(published, asked, self.naming, self.now)
        known = {wait.wait_id for wait in asked.waiting}
        begun = {
            one.wait_id: one
            for one in (*outcome.waits, *(effect.firing for effect in outcome.effects))
        }
        oracle = _Oracle(
            self,
            published,
            replace(asked, events=(), own=replace(outcome.own, revision=self.new.revision)),
        )
        for wait_id, firing in begun.items():
            if wait_id not in known and (firing.rule_id, firing.line) in lines:
                yield Waiting(asked.subject, firing, None, oracle.of_wait(firing))

    def _moved(self, asked: Situation) -> Situation:
        """The situation if the publisher of the new rules moved what waits."""
        own, move = asked.own, WaitMove(_LAST, self.new.revision, self.now)
        return replace(asked, own=replace(own, moves=(*own.moves, move)))

    def _begins_later(self, published: Rulesets, moved: Situation, wait: Firing) -> str | None:
        """The line of `when` that would give a wait another moment, had it begun by it."""
        journey = JourneyWaits(moved, moved.own.facts, self.naming, self.now)
        for change in moved_by_publisher(journey, [wait], published):
            if change.gone:
                return say_when(change.rule.triggers[wait.line])
        return None

    def _published(self, rulesets: Rulesets) -> Rulesets:
        """The rulesets as they were if the new one was active."""
        return Rulesets(self.new, {**rulesets.others, rulesets.active.revision: rulesets.active})


@dataclass(slots=True)
class Plan:
    """How many wait for each rule, and how they are affected, with a few examples of each kind."""

    rules: dict[str, dict[WaitChange, tuple[int, list[Waiting]]]] = field(default_factory=dict)

    def add(self, waiting: Waiting) -> None:
        """One who waits."""
        kinds, kind = self.rules.setdefault(waiting.firing.rule_id, {}), waiting.kind
        count, samples = kinds.get(kind, (0, []))
        if kind != "unchanged" and len(samples) < SAMPLES:
            samples.append(waiting)
        kinds[kind] = count + 1, samples

    @property
    def changes_nothing(self) -> bool:
        """Whether it is all the same to everybody who waits."""
        return all(kinds.keys() <= _AS_BEFORE for kinds in self.rules.values())

    def to_json(self, spell: Callable[[datetime], str] = instant) -> dict[str, Any]:
        """Every rule somebody waits for; `spell` writes the times."""
        return {name: dict(_counted(kinds, spell)) for name, kinds in sorted(self.rules.items())}


@dataclass(frozen=True, slots=True)
class _Oracle:
    """One ruleset, asked what becomes of those who wait."""

    planner: Planner
    rulesets: Rulesets
    situation: Situation

    def of_wait(self, firing: Firing) -> Fate:
        """A wait may move with its date first; then it is asked when it is due."""
        now = self.planner.now
        key = (firing.rule_id, firing.occurrence)
        first = self._outcome(now, waiting=(firing,))
        if decision := _decision(first, key):
            return self._fate(max(now, firing.due_at), decision, first, firing)
        moved = next((one for one in first.waits if _takes_place(one, firing)), None)
        if moved is None and firing in first.ended_waits:
            return Fate(None)
        moved = moved or firing
        key = (moved.rule_id, moved.occurrence)
        then = self._outcome(moved.due_at, waiting=(moved,))
        decision = _decision(then, key)
        return self._fate(moved.due_at, decision, then, firing) if decision else Fate(moved.due_at)

    def of_held(self, held: Effect) -> Fate:
        """A held message is asked again at the end of its hold."""
        due_at = max(held.held_until or self.planner.now, self.planner.now)
        outcome = self._outcome(due_at, held=(held,))
        for _, reason, by in outcome.dropped:
            return Fate(due_at, _why(reason, by))
        return Fate(
            due_at,
            None,
            (self._effect_name(held),),
            self._words([held]),
        )

    def _outcome(
        self, now: datetime, waiting: tuple[Firing, ...] = (), held: tuple[Effect, ...] = ()
    ) -> Outcome:
        return decide(
            self.rulesets,
            replace(self.situation, waiting=waiting, held=held),
            self.planner.naming,
            now,
        )

    def _fate(self, due_at: datetime, decision: Decision, outcome: Outcome, firing: Firing) -> Fate:
        if decision.reason is not None:
            return Fate(due_at, _why(decision.reason, decision.by))
        mine = [one for one in outcome.effects if one.firing.occurrence == firing.occurrence]
        does = [self._effect_name(one) for one in mine if one.firing.rule_id == firing.rule_id]
        does += [f"suppress {', '.join(one.categories)}" for one in outcome.suppressions]
        return Fate(due_at, None, tuple(does), self._words(mine))

    def _words(self, effects: Sequence[Effect]) -> tuple[tuple[str, str], ...]:
        """The files of the templates of these messages, in every locale."""
        names = {one.name for one in effects if one.kind == "send"}
        found = ((path, TEMPLATE.fullmatch(path)) for path in self.rulesets.active.files)
        return tuple(
            (path, self.rulesets.active.files[path])
            for path, told in found
            if told and told[2] in names
        )

    def _effect_name(self, effect: Effect) -> str:
        rule = self._rule(effect.firing)
        site = site_of(rule, effect) if rule else None
        category = f" ({site.action.category})" if site and isinstance(site.action, Send) else ""
        return f"{effect.kind} {effect.name}{category}"

    def _rule(self, firing: Firing) -> Rule | None:
        return rule_of(self.rulesets.active, firing, self.rulesets.of(firing.revision))[0]


def _takes_place(new: Firing, old: Firing) -> bool:
    """Whether a firing is one that waits, as it has moved; a slot of a schedule has a name of its own."""
    same_line = (new.rule_id, new.line) == (old.rule_id, old.line)
    return new.wait_id == old.wait_id or (new.form == old.form == "every" and same_line)


def _decision(outcome: Outcome, key: tuple[str, str]) -> Decision | None:
    return next((one for one in outcome.decisions if (one.rule_id, one.occurrence) == key), None)


def _why(reason: Reason, by: str | None) -> str:
    return f"{reason} {by}" if by else str(reason)


def _counted(
    kinds: Mapping[WaitChange, tuple[int, list[Waiting]]], spell: Callable[[datetime], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in KINDS:
        if kind in kinds:
            count, samples = kinds[kind]
            yield kind, {"count": count, "samples": [one.to_json(spell) for one in samples]}


def _spelled(fate: Fate, spell: Callable[[datetime], str]) -> str:
    if fate.due_at is None:
        return "waits no longer"
    return f"{fate.reason or ', '.join(fate.does) or 'nothing'} at {spell(fate.due_at)}"
