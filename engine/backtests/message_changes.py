"""The messages of two runs over one log, compared as they are sent: added, removed, moved,
reworded.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog.values import instant
from engine.decisions.effects import Message
from engine.facts.naming import own_id
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Step

SAMPLES = 3
KINDS = ("added", "removed", "moved", "reworded")


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message as it was sent; `name` is its own template after the spot at which its rule sends
    it, `template` the one it left in, `words` a hash of them.
    """

    whose: tuple[str, str]
    firing: tuple[str, str, str]
    name: str
    template: str
    at: datetime
    words: str

    @property
    def key(self) -> tuple[str, ...]:
        """By what it is found again in the other run."""
        return (*self.firing, self.name)


@dataclass(slots=True)
class Changes:
    """How many messages of a rule changed in one way, with a few orders as examples."""

    count: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, message: SentMessage, **told: Any) -> None:
        """One more; only the first few orders are kept."""
        kind, thing = message.whose
        self.count += 1
        if len(self.samples) < SAMPLES and all(
            sample.get(kind) != thing for sample in self.samples
        ):
            self.samples.append({kind: thing, "template": message.template, **told})

    def to_json(self) -> dict[str, Any]:
        """The count and the examples."""
        return {"count": self.count, "samples": self.samples}


class Difference:
    """Takes the steps of an old and a new run in any order; remembers only what the other run has
    not said yet.
    """

    def __init__(self, old: Ruleset, new: Ruleset) -> None:
        self._new_rules = new
        self._old: dict[tuple[str, ...], SentMessage] = {}
        self._new: dict[tuple[str, ...], SentMessage] = {}
        self.unchanged = 0
        self.rules: dict[str, dict[str, Changes]] = {}
        self.revisions = (old.revision, new.revision)

    def said_by_old(self, step: Step) -> None:
        """What an attempt of the old run came to."""
        if (message := self._message(step)) and (other := self._met(message, self._new, self._old)):
            self._compare(message, other)

    def said_by_new(self, step: Step) -> None:
        """What an attempt of the new run came to."""
        if (message := self._message(step)) and (other := self._met(message, self._old, self._new)):
            self._compare(other, message)

    def end(self) -> None:
        """Both runs are over: what only one of them said was added or removed, unless it merely has
        another name.
        """
        for old, new in self._renamed():
            del self._old[old.key], self._new[new.key]
            self._compare(old, new)
        for message in sorted(self._old.values(), key=lambda one: (one.at, one.key)):
            self._changes(message, "removed").add(message, was=instant(message.at))
        for message in sorted(self._new.values(), key=lambda one: (one.at, one.key)):
            self._changes(message, "added").add(message, now=instant(message.at))
        self._old, self._new = {}, {}

    @property
    def is_empty(self) -> bool:
        """Whether both runs said the same."""
        return not self.rules

    def to_json(self) -> dict[str, Any]:
        """Every rule that says something else, with counts and examples."""
        rules = {
            name: {kind: changes.to_json() for kind, changes in self.rules[name].items()}
            for name in sorted(self.rules)
        }
        return {
            "old": self.revisions[0],
            "new": self.revisions[1],
            "unchanged": self.unchanged,
            "rules": rules,
        }

    def _message(self, step: Step) -> SentMessage | None:
        effect, firing = step.effect, step.effect.firing
        if not isinstance(effect, Message) or effect.state != "sent":
            return None
        rule = self._new_rules.rule(firing.rule_id)
        customer = own_id(effect.customer) if effect.customer else firing.journey
        whose = ("order", firing.order) if firing.order else ("customer", customer)
        named = (firing.journey, rule.id if rule else firing.rule_id, firing.occurrence)
        name = f"{effect.spot or ''}/{effect.name}"
        return SentMessage(whose, named, name, effect.template, step.at, _hash(step.words))

    def _met(
        self,
        message: SentMessage,
        others: dict[tuple[str, ...], SentMessage],
        mine: dict[tuple[str, ...], SentMessage],
    ) -> SentMessage | None:
        if (other := others.pop(message.key, None)) is None:
            mine[message.key] = message
        return other

    def _compare(self, old: SentMessage, new: SentMessage) -> None:
        moved, reworded = old.at != new.at, (old.template, old.words) != (new.template, new.words)
        if moved:
            self._changes(new, "moved").add(new, was=instant(old.at), now=instant(new.at))
        if reworded:
            told = {} if old.template == new.template else {"was": old.template}
            self._changes(new, "reworded").add(new, **told)
        self.unchanged += not moved and not reworded

    def _changes(self, message: SentMessage, kind: str) -> Changes:
        return self.rules.setdefault(message.firing[1], {}).setdefault(kind, Changes())

    def _renamed(self) -> Iterator[tuple[SentMessage, SentMessage]]:
        """The pairs that are one message under two keys.

        It was said at the same time from the same template though `once_per` names its firing
        otherwise; or by the same firing, from another template.
        """
        for same in (_same_words, _same_firing):
            waiting: dict[tuple[Any, ...], list[SentMessage]] = {}
            for message in sorted(self._new.values(), key=lambda one: (one.at, one.key)):
                waiting.setdefault(same(message), []).append(message)
            for message in sorted(self._old.values(), key=lambda one: (one.at, one.key)):
                if others := waiting.get(same(message)):
                    yield message, others.pop(0)


def _same_words(message: SentMessage) -> tuple[Any, ...]:
    return (*message.firing[:2], message.template, message.at)


def _same_firing(message: SentMessage) -> tuple[Any, ...]:
    return message.firing


def _hash(words: str) -> str:
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
