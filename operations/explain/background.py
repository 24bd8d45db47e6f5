"""All that lies behind an explanation: which event stated each value, every time it was asked,
ledger, once-keys, breakers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog.catalog import OF_ORDER
from engine.catalog.values import instant, instant_or_none
from engine.decisions.decision import Decision, Logged, OnceKey
from engine.decisions.effects import NOTED_ONLY, ActionCall, Effect
from engine.rules.policies import Breaker
from engine.rules.ruleset import Ruleset
from operations.explain.explanation import Explanation
from store.records.answers import SubjectHistory


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact as it was read, and the event that had stated it; `otherwise` says where it came from
    if none had.
    """

    name: str
    value: str
    logged: Logged | None
    otherwise: str = ""

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        event = self.logged.event if self.logged else None
        source = (
            {"event": event.type, "id": event.id, "at": instant(event.occurred_at)}
            | ({"told_at": instant(event.told_at)} if event.origin.told_at else {})
            if event
            else None
        )
        return {"name": self.name, "value": self.value, "from": source}


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """One time a firing was asked, and the answer; no reason means that it acted."""

    at: datetime
    reason: str | None
    by: str | None
    revision: str

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "at": instant(self.at),
            "reason": self.reason,
            "by": self.by,
            "revision": self.revision,
        }


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger keeps of one effect: `what` it is and what it was given, of a call what it
    answered; `notes` are what the audit says of it, and when.
    """

    key: str
    what: str
    state: str
    channel: str | None
    resent: int
    decided_at: datetime | None
    valid_until: datetime | None
    held_until: datetime | None
    settled_at: datetime | None
    notes: tuple[tuple[str, datetime], ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "key": self.key,
            "state": self.state,
            "channel": self.channel,
            "resent": self.resent,
            "decided_at": instant_or_none(self.decided_at),
            "valid_until": instant_or_none(self.valid_until),
            "held_until": instant_or_none(self.held_until),
            "settled_at": instant_or_none(self.settled_at),
            "with": dict(self.given),
            "result": self.result,
        }

    @property
    def is_noted_only(self) -> bool:
        """Whether it is a call that nobody has carried out."""
        return isinstance(self.result, Mapping) and NOTED_ONLY in self.result

    @property
    def answered(self) -> dict[str, Any]:
        """What a call answered, by name."""
        result = self.result if isinstance(self.result, Mapping) else {}
        return {name: value for name, value in result.items() if name != NOTED_ONLY}


@dataclass(frozen=True, slots=True)
class TakenKey:
    """A once-key that the rule has taken of the order or its customer, by whatever firing."""

    rule: str
    value: str
    holder: str
    taken_at: datetime
    free_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        times = {"taken_at": instant(self.taken_at), "free_at": instant_or_none(self.free_at)}
        return {"rule": self.rule, "value": self.value, "holder": self.holder, **times}


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind an explanation; `ruleset` is the one whose catalog and breakers count, `ids`
    are its rule's.
    """

    explanation: Explanation
    history: SubjectHistory
    ruleset: Ruleset
    ids: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "facts": [one.to_json() for one in self.facts],
            "asked": [one.to_json() for one in self.questions],
            "ledger": [one.to_json() for one in self.ledger],
            "once": [one.to_json() for one in self.once],
            "breakers": [one.id for one in self.breakers],
        }

    @property
    def facts(self) -> list[StatedFact]:
        """Every fact that the condition read, once."""
        decision = self.explanation.decision
        if decision is None:
            return []
        read = {name: value for part in decision.proof for name, value in part["read"]}
        return [self._fact(name, value, decision) for name, value in read.items()]

    @property
    def questions(self) -> list[AskedBefore]:
        """Every time this firing was asked."""
        one = self.explanation.decision
        if one is None:
            return []
        same = (one.journey, one.occurrence)
        return [
            AskedBefore(each.at, each.reason, each.by, each.revision)
            for each in self.history.decisions
            if (each.journey, each.occurrence) == same and self._is_own(each)
        ]

    @property
    def ledger(self) -> list[LedgerEntry]:
        """What the ledger and the audit keep of its effects."""
        return [_entry(effect, self.history) for effect in self.explanation.effects]

    @property
    def once(self) -> list[TakenKey]:
        """The once-keys that the rule has taken of the order or its customer, by
        whatever firing.
        """
        return [
            TakenKey(key.rule_id, key.value, key.holder, key.taken_at, key.free_at)
            for key in self.history.once
            if self._is_own(key)
        ]

    @property
    def breakers(self) -> list[Breaker]:
        """The breakers that may hold the rule."""
        rule = self.explanation.rule.id
        return [one for one in self.ruleset.policies.breakers if rule in one.holds]

    def _is_own(self, one: Decision | OnceKey) -> bool:
        rule = self.explanation.rule
        return one.rule_id in {rule.id, rule.label.renamed_from, *self.ids}

    def _fact(self, name: str, value: str, decision: Decision) -> StatedFact:
        logged = self._stated(name, decision)
        return StatedFact(name, value, logged, "" if logged else self._otherwise(name, value))

    def _otherwise(self, name: str, value: str) -> str:
        """Where a value comes from that no event states."""
        if value == "unknown":
            return "nobody has said it"
        fact = self.ruleset.catalog.facts.get(name)
        has_default = fact is not None and fact.default is not None
        return "the default, or worked out" if has_default else "worked out"

    def _stated(self, name: str, decision: Decision) -> Logged | None:
        """The newest event by the moment of the decision that stated the fact, or is the event
        whose time it is.
        """
        for logged in reversed(self.history.events):
            event = logged.event
            is_it = name in event.data or event.type == name.removesuffix("_at") != name
            if is_it and logged.known_at <= decision.at and self._is_about(name, logged, decision):
                return logged
        return None

    def _is_about(self, name: str, logged: Logged, decision: Decision) -> bool:
        """Whether an event is about the same thing as the firing, as far as both name one."""
        fact = self.ruleset.catalog.facts.get(name)
        kind, event = fact.owner if fact else name.partition(".")[0], logged.event
        is_of_order = kind in OF_ORDER and decision.journey.startswith("order:")
        if is_of_order and event.order != decision.journey.partition("/")[2]:
            return False
        things = dict(
            part.split(":", 1)
            for part in decision.occurrence.split("+")
            if ":" in part.partition("=")[0]
        )
        return event.things.get(kind, things.get(kind)) == things.get(kind, event.things.get(kind))


def _entry(effect: Effect, history: SubjectHistory) -> LedgerEntry:
    return LedgerEntry(
        key=effect.key,
        what=f"{effect.kind} {effect.name}",
        state=effect.state,
        channel=effect.channel,
        resent=effect.resent,
        decided_at=effect.decided_at,
        valid_until=effect.valid_until,
        held_until=effect.held_until,
        settled_at=effect.settled_at,
        notes=tuple((what, at) for key, what, at in history.notes if key == effect.key),
        given=effect.arguments,
        result=effect.result if isinstance(effect, ActionCall) else None,
    )
