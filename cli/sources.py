"""The whole story of a firing: which event stated each value, every time it was asked, ledger,
once-keys, breakers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.explanation import Explanation, spelled
from engine.catalog.catalog import OF_ORDER
from engine.catalog.values import instant
from engine.decisions.decision import Decision, Effect, Logged, OnceKey
from engine.rules.policies import Breaker
from engine.rules.ruleset import Ruleset
from store.records.answers import SubjectHistory


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact as it was read, and the event that had stated it."""

    name: str
    value: str
    logged: Logged | None


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind an explanation; `ruleset` is the one whose catalog and breakers count, `ids`
    are its rule's.
    """

    told: Explanation
    inquiry: SubjectHistory
    ruleset: Ruleset
    ids: frozenset[str] = frozenset()

    def lines(self) -> Iterator[str]:
        """For a person."""
        for one in self.facts:
            yield f"  · fact   {one.name} = {one.value}: {self._origin(one)}"
        for decision in self.questions:
            yield f"  · asked  {spelled(decision.at)}: {_answer(decision)}"
        for effect in self.told.effects:
            yield f"  · ledger {_row(effect)}"
            yield from (
                f"  · audit  {what} {spelled(at)}"
                for key, what, at in self.inquiry.notes
                if key == effect.key
            )
        for key in self.once:
            free = f" until {spelled(key.free_at)}" if key.free_at else ""
            yield f"  · once   {key.value}: taken {spelled(key.taken_at)}{free} by {key.holder}"
        for breaker in self.breakers:
            said = " and ".join(one.text for one in breaker.conditions)
            yield f"  · breaker {breaker.id} holds this rule while {said}, at most {breaker.at_most}"

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "facts": [_fact_json(one) for one in self.facts],
            "asked": [
                {
                    "at": instant(one.at),
                    "reason": one.reason,
                    "by": one.by,
                    "revision": one.revision,
                }
                for one in self.questions
            ],
            "ledger": [_row_json(effect) for effect in self.told.effects],
            "once": [_key_json(one) for one in self.once],
            "breakers": [one.id for one in self.breakers],
        }

    @property
    def facts(self) -> list[StatedFact]:
        """Every fact that the condition read, once."""
        decision = self.told.decision
        read = (
            {name: value for part in decision.proof for name, value in part["read"]}
            if decision
            else {}
        )
        return [
            StatedFact(name, value, self._stated(name, decision))
            for name, value in read.items()
            if decision
        ]

    @property
    def questions(self) -> list[Decision]:
        """Every time this firing was asked."""
        one = self.told.decision
        if one is None:
            return []
        same = (one.journey, one.occurrence)
        return [
            each
            for each in self.inquiry.decisions
            if (each.journey, each.occurrence) == same and self._is_own(each)
        ]

    @property
    def once(self) -> list[OnceKey]:
        """The once-keys that the rule has taken of the order or its customer, by
        whatever firing.
        """
        return [key for key in self.inquiry.once if self._is_own(key)]

    @property
    def breakers(self) -> list[Breaker]:
        """The breakers that may hold the rule."""
        return [one for one in self.ruleset.policies.breakers if self.told.rule.id in one.holds]

    def _is_own(self, one: Decision | OnceKey) -> bool:
        return one.rule_id in {self.told.rule.id, self.told.rule.renamed_from, *self.ids}

    def _stated(self, name: str, decision: Decision) -> Logged | None:
        """The newest event by the moment of the decision that stated the fact, or is the event
        whose time it is.
        """
        for logged in reversed(self.inquiry.events):
            event = logged.event
            is_it = name in event.data or event.type == name.removesuffix("_at") != name
            if is_it and logged.known_at <= decision.at and self._is_about(name, logged, decision):
                return logged
        return None

    def _is_about(self, name: str, logged: Logged, decision: Decision) -> bool:
        """Whether an event is about the same thing as the firing, as far as both name one."""
        fact = self.ruleset.catalog.facts.get(name)
        kind, event = fact.owner if fact else name.partition(".")[0], logged.event
        if (
            kind in OF_ORDER
            and decision.journey.startswith("order:")
            and event.order != decision.journey.partition("/")[2]
        ):
            return False
        things = dict(
            part.split(":", 1)
            for part in decision.occurrence.split("+")
            if ":" in part.partition("=")[0]
        )
        return event.things.get(kind, things.get(kind)) == things.get(kind, event.things.get(kind))

    def _origin(self, one: StatedFact) -> str:
        if one.logged is not None:
            event = one.logged.event
            return f"{event.type} (evt {event.id}, happened {spelled(event.occurred_at)})"
        fact = self.ruleset.catalog.facts.get(one.name)
        if one.value == "unknown":
            return "nobody has said it"
        return (
            "worked out" if fact is None or fact.default is None else "the default, or worked out"
        )


def _answer(decision: Decision) -> str:
    return f"{decision.reason or 'acted'}{f' {decision.by}' if decision.by else ''} (revision {decision.revision})"


def _row(effect: Effect) -> str:
    """What the ledger keeps of an effect: its phase and every moment of it."""
    parts = [
        f"{effect.kind} {effect.name}: {effect.state}",
        f"decided {spelled(effect.decided_at)}" if effect.decided_at else "",
        f"worth sending until {spelled(effect.valid_until)}" if effect.valid_until else "",
        f"by {effect.channel}" if effect.channel else "",
        f"held until {spelled(effect.held_until)}" if effect.held_until else "",
        f"sent again {effect.resent} time{'s'[: effect.resent != 1]}" if effect.resent else "",
        f"ended {spelled(effect.settled_at)}" if effect.settled_at else "",
        effect.key,
    ]
    return ", ".join(filter(None, parts))


def _row_json(effect: Effect) -> dict[str, Any]:
    times = {
        name: _instant(getattr(effect, name))
        for name in ("decided_at", "valid_until", "held_until", "settled_at")
    }
    return {
        "key": effect.key,
        "state": effect.state,
        "channel": effect.channel,
        "resent": effect.resent,
        **times,
    }


def _key_json(key: OnceKey) -> dict[str, Any]:
    times = {"taken_at": _instant(key.taken_at), "free_at": _instant(key.free_at)}
    return {"rule": key.rule_id, "value": key.value, "holder": key.holder, **times}


def _fact_json(one: StatedFact) -> dict[str, Any]:
    event = one.logged.event if one.logged else None
    said = (
        {"event": event.type, "id": event.id, "at": instant(event.occurred_at)} if event else None
    )
    return {"name": one.name, "value": one.value, "from": said}


def _instant(at: datetime | None) -> str | None:
    return instant(at) if at else None
