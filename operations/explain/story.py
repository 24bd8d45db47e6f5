"""What happened about an order or a customer, as far as somebody asks: every decision, wait and
silence in its time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog.catalog import closest
from engine.decisions.decision import Decision, Logged
from engine.decisions.firing import Firing, first_id
from engine.decisions.reason import Reason
from engine.facts.naming import own_id
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun
from operations.explain.background import Background
from operations.explain.explanation import Explanation, last_words
from operations.explain.renames import ids_of, renamed
from operations.explain.unfired import Unfired
from operations.explain.unheard import Unheard, unheard
from operations.subjects.subject import NotKnown, SubjectKind, subject_meant
from store.ports import Store
from store.records.answers import SubjectHistory

StoryEntry = Explanation | Unheard | Unfired


class UnknownRule(CannotRun):
    """There is no rule of this id, and there never was one that decided here."""

    def __init__(self, name: str, near: str | None) -> None:
        super().__init__(f"there is no rule {name}" + (f", did you mean {near}?" if near else ""))
        self.name, self.near = name, near


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """What somebody wants to know: about which rule (None: all) and about whom."""

    rule: str | None
    kind: SubjectKind
    id: str
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The answer, oldest first; `ids` are all of the rule that was asked about."""

    entries: Sequence[StoryEntry]
    history: SubjectHistory
    rulesets: Mapping[str, Ruleset]
    ids: frozenset[str] = frozenset()

    def to_json(self, *, is_full: bool) -> list[dict[str, Any]]:
        """For a machine."""
        behind = self.background if is_full else None
        return [
            one.to_json()
            | (behind(one).to_json() if behind and isinstance(one, Explanation) else {})
            for one in self.entries
        ]

    def background(self, one: Explanation) -> Background:
        """All that lies behind one of the entries."""
        return Background(one, self.history, self.rulesets[one.revision], self.ids)


async def story_of(store: Store, asked: StoryQuestion) -> Story:
    """The answer; `CannotRun` if there is no such rule, order or customer, or if there
    are several.
    """
    active = await store.rulesets.active()
    subject = await _subject(store, asked, active)
    found = await store.inquiries.history(*subject)
    rulesets = {active.revision: active}
    named = {event.revision for event in found.events} | {
        decision.revision for decision in found.decisions
    }
    for revision in named - {active.revision}:
        rulesets[revision] = await store.rulesets.revision(revision) or active
    rule = await _rule(store, asked.rule, found, rulesets) if asked.rule else None
    ids = frozenset(await ids_of(store, rule)) if rule else frozenset()
    entries: list[StoryEntry] = list(_Entries(found, active, rulesets, rule, ids).entries())
    if rule is not None and not entries:
        entries = [Unfired(rule, active.revision, _events(found), rulesets)]
    return Story(sorted(entries, key=lambda one: one.at), found, rulesets, ids)


async def _subject(store: Store, asked: StoryQuestion, active: Ruleset) -> tuple[str, str | None]:
    """The one order or customer that is meant, and its customer; a rule that does not exist is
    named first.
    """
    try:
        return await subject_meant(store, asked.kind, asked.id, asked.shop)
    except NotKnown:
        if asked.rule and active.rule(asked.rule) is None:
            raise UnknownRule(asked.rule, closest(asked.rule, active.rules)) from None
        raise


async def _rule(
    store: Store, name: str, found: SubjectHistory, rulesets: Mapping[str, Ruleset]
) -> Rule:
    """The rule of this id, or of an id it had before; of one that is gone the last that decided."""
    active = await store.rulesets.active()
    if (rule := active.rule(name) or await renamed(store, active, name)) is not None:
        return rule
    for decision in reversed(found.decisions):
        if (
            decision.rule_id == name
            and (rule := rulesets[decision.revision].rule(name)) is not None
        ):
            return rule
    raise UnknownRule(name, closest(name, active.rules))


@dataclass(frozen=True, slots=True)
class _Entries:
    """Makes entries of rows; of one rule, under all its `ids`, or of all rules."""

    history: SubjectHistory
    active: Ruleset
    rulesets: Mapping[str, Ruleset]
    rule: Rule | None
    ids: frozenset[str]

    def entries(self) -> Iterator[StoryEntry]:
        decisions = [one for one in self.history.decisions if self._is_asked(one)]
        waits = [one for one in self.history.waits if self._is_asked(one)]
        for decision in last_words(one for one in decisions if one.rule_id):
            held = [one for one in waits if self._is_firing_of(one, decision)]
            if decision.reason is not Reason.BREAKER:
                held = []
            waits = [one for one in waits if one not in held]
            yield from self._explanation(decision, held[0] if held else None)
        for wait in waits:
            yield from self._explanation(None, wait)
        if self.rule is None:
            yield from unheard(_events(self.history), self.rulesets)
            yield from self._broken(decisions)

    def _broken(self, decisions: Sequence[Decision]) -> Iterator[Unheard]:
        """The events that could not be made sense of."""
        for one in decisions:
            if not one.rule_id and one.reason is Reason.ERROR:
                same = (one.event, one.event_at)
                logged = (
                    each
                    for each in self.history.events
                    if (each.event.type, each.event.occurred_at) == same
                )
                yield from (Unheard(each, "the log of the worker tells why") for each in logged)

    def _explanation(self, decision: Decision | None, wait: Firing | None) -> Iterator[Explanation]:
        known = decision or wait
        assert known is not None
        revision = decision.revision if decision else self.active.revision
        rule = (
            self.rulesets[revision].rule(known.rule_id)
            or self.active.rule(known.rule_id)
            or self.rule
        )
        if rule is None:
            return
        yield Explanation(
            rule=rule,
            revision=revision,
            firing=wait,
            decision=decision,
            effects=[one for one in self.history.effects if self._is_firing_of(one.firing, known)],
            silences=self.history.silences,
            started_by=self._event(known),
            order=_order(known.journey) if self.history.order is None else None,
        )

    def _is_asked(self, one: Decision | Firing) -> bool:
        """Whether it is of the rule; without one, of the order's own journey or due to an event of
        the order.
        """
        if self.rule is not None:
            return one.rule_id in self.ids
        return (
            self.history.order is None
            or one.journey == self.history.subject
            or self._event(one) is not None
        )

    def _is_firing_of(self, firing: Firing, known: Decision | Firing) -> bool:
        """Whether both are one firing, also where its rule has been renamed since."""
        if (firing.journey, firing.occurrence) != (known.journey, known.occurrence):
            return False
        names = {firing.rule_id, first_id(firing)}
        return known.rule_id in names or {known.rule_id, firing.rule_id} <= self.ids

    def _event(self, one: Decision | Firing) -> str | None:
        """The id of the event that fired it."""
        same = (one.event, one.event_at)
        events = self.history.events if self.rule is not None else _events(self.history)
        return next(
            (each.event.id for each in events if (each.event.type, each.event.occurred_at) == same),
            None,
        )


def _events(found: SubjectHistory) -> list[Logged]:
    """What happened to the order, or to its customer beside any order."""
    return [
        one for one in found.events if found.order is None or one.event.order in (found.order, None)
    ]


def _order(journey: str) -> str | None:
    return own_id(journey) if journey.startswith("order:") else None
