"""Effects and once-keys in memory, with the indices that questions need."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.call_results import with_results_of_others
from engine.decisions.decision import OnceKey
from engine.decisions.effects import (
    COUNTED,
    OPEN,
    ActionCall,
    Effect,
    Message,
    came_to_nothing,
    did_not_happen,
    has_answered,
    is_unsent,
)
from engine.decisions.firing import Firing, of_rule
from engine.decisions.reason import Reason
from engine.sending.gates import Sent
from engine.sending.ledger import DROPPED, RELEASED
from store.records.joined_rows import KeyId


class OnceKeys:
    """Tables `once_keys` and `kept_keys`, by rule and holder those that are not given back."""

    def __init__(self) -> None:
        self.rows: dict[KeyId, OnceKey] = {}
        self.kept: set[tuple[str, str]] = set()
        self._of_subject: dict[str, dict[KeyId, None]] = defaultdict(dict)
        self._held: dict[tuple[str, str], dict[KeyId, None]] = defaultdict(dict)

    def take(self, key: OnceKey) -> None:
        """A firing takes a key that is free for it."""
        name = key.subject, key.rule_id, key.value
        if key.stays:
            self.kept.add((key.rule_id, key.holder))
            key = changed(key, stays=False)
        self._forget(name)
        self.rows[name] = key
        self._of_subject[key.subject][name] = None
        self._held[key.rule_id, key.holder][name] = None

    def is_free(self, key: OnceKey) -> bool:
        """Whether a firing may take a key at its due moment."""
        taken = self.rows.get((key.subject, key.rule_id, key.value))
        if taken is None or taken.holder == key.holder:
            return True
        return taken.free_at is not None and taken.free_at <= key.taken_at

    def of(self, subjects: Iterable[str | None]) -> tuple[OnceKey, ...]:
        """The keys taken of these subjects."""
        taken = (
            self.rows[name]
            for subject in subjects
            if subject
            for name in self._of_subject.get(subject, ())
        )
        return tuple(
            changed(key, stays=True) if (key.rule_id, key.holder) in self.kept else key
            for key in taken
        )

    def give_back(self, firing: Firing) -> None:
        """Free what a firing holds, unless it is kept."""
        held = firing.rule_id, firing.holder
        for name in list(self._held.get(held, ())) if held not in self.kept else ():
            self._forget(name)

    def rename(self, found: Mapping[str, str]) -> None:
        """Rules have new ids; of two keys of one value the one stays that is free later."""
        for key in [one for one in self.rows.values() if one.rule_id in found]:
            self._forget((key.subject, key.rule_id, key.value))
            renamed = changed(key, rule_id=found[key.rule_id])
            old = self.rows.get((key.subject, renamed.rule_id, key.value))
            if old is None or (old.free_at and (not key.free_at or key.free_at > old.free_at)):
                self.take(renamed)
        self.kept = {(found.get(rule, rule), holder) for rule, holder in self.kept}

    def lift(self, subject: str) -> list[OnceKey]:
        """Take the keys of a subject out; `take` puts each back."""
        keys = list(self.of([subject]))
        for key in keys:
            self._forget((key.subject, key.rule_id, key.value))
        self._of_subject.pop(subject, None)
        return keys

    def _forget(self, name: KeyId) -> None:
        if old := self.rows.pop(name, None):
            del self._of_subject[old.subject][name]
            held = self._held[old.rule_id, old.holder]
            del held[name]
            if not held:
                del self._held[old.rule_id, old.holder]


class Effects:
    """Table `effects`; a key is given back as soon as no effect of its firing stands in the way."""

    def __init__(self, once: OnceKeys) -> None:
        self.rows: dict[str, Effect] = {}
        self._once = once
        self._to_see_to: dict[str, dict[str, None]] = defaultdict(dict)
        self._of_firing: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self._of_customer: dict[str, dict[str, None]] = defaultdict(dict)
        self._calls: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def add(self, effects: Iterable[Effect]) -> None:
        """New effects; a row that came to nothing is wanted anew, every other one stays."""
        added = [
            effect
            for effect in effects
            if (old := self.rows.get(effect.key)) is None or did_not_happen(old)
        ]
        for effect in added:
            self.set(effect)
        # A call may have answered an earlier time.
        for effect in added:
            if effect.awaits and effect.decided_at:
                self.free_waiting(effect.firing, effect.decided_at)

    def set(self, effect: Effect) -> None:
        """A transition."""
        old, firing = self.rows.get(effect.key), effect.firing
        if old and old.customer:
            self._of_customer[old.customer].pop(effect.key, None)
        if effect.customer:
            self._of_customer[effect.customer][effect.key] = None
        self.rows[effect.key] = effect
        same = self._of_firing[firing.journey, firing.rule_id, firing.occurrence]
        same[effect.key] = None
        if isinstance(effect, ActionCall):
            self._calls[firing.journey, effect.name][effect.key] = None
        if effect.state in OPEN or effect.state == "held":
            self._to_see_to[firing.journey][effect.key] = None
        else:
            self._to_see_to[firing.journey].pop(effect.key, None)
        if is_unsent(effect):
            self._drop_calls(effect, list(same))
        if came_to_nothing([self.rows[key] for key in same]):
            self._once.give_back(firing)

    def _drop_calls(self, message: Effect, same: list[str]) -> None:
        """Calls that were held for messages of which none will leave."""
        for call in [one for key in same if isinstance(one := self.rows[key], ActionCall)]:
            awaited = [self.rows[key] for key in call.awaited_by if key in self.rows]
            is_left = (
                call.state == "held"
                and message.key in call.awaited_by
                and all(map(is_unsent, awaited))
            )
            if is_left and message.reason and message.settled_at:
                why = DROPPED(message.reason, message.reason_by)
                self.set(why.of(call, message.settled_at))

    def rename(self, found: Mapping[str, str]) -> None:
        """Rules have new ids, which every effect takes of a firing that is not settled."""
        for name in [one for one in self._of_firing if one[1] in found]:
            same = [self.rows[key] for key in self._of_firing[name]]
            if any(one.state in OPEN or one.state in ("held", "uncertain") for one in same):
                del self._of_firing[name]
                for effect in same:
                    self.set(effect.now(firing=of_rule(effect.firing, found[name[1]])))

    def free_waiting(self, firing: Firing, at: datetime) -> bool:
        """Let happen what awaited calls of a firing that have all ended; whether there was any."""
        same = self._of_firing.get((firing.journey, firing.rule_id, firing.occurrence), {})
        held = [
            one
            for key in same
            if (one := self.rows[key]).state == "held" and one.awaits and not _is_awaited(one)
        ]
        free = [
            one
            for one in held
            if all(has_answered(self.rows[key]) for key in one.awaits if key in self.rows)
        ]
        for effect in free:
            self.set(RELEASED().of(effect, at))
        return bool(free)

    def ask_again(
        self, customers: Iterable[str], journeys: Iterable[str], now: datetime
    ) -> list[str]:
        """The messages of these customers and journeys that wait for an address are due; the
        journeys that have to see to them.
        """
        keys = {key for one in customers for key in self._of_customer.get(one, ())}
        keys |= {key for one in journeys for key in self._to_see_to.get(one, ())}
        found = [self.rows[key] for key in sorted(keys)]
        waiting = [one for one in found if one.state == "held" and one.reason is Reason.NO_CHANNEL]
        for effect in waiting:
            self.set(effect.now(held_until=min(effect.held_until or now, now)))
        return sorted({effect.firing.journey for effect in waiting})

    def join_person(self, name: str, into: str) -> None:
        """What was said to a customer was said to the one they turned out to be."""
        keys = self._of_customer.pop(name, {})
        for key in keys:
            self.rows[key] = self.rows[key].now(customer=into)
        if keys:
            self._of_customer[into].update(keys)

    def lift(self, keys: Iterable[str]) -> list[Effect]:
        """Take settled effects out; `set` puts each back."""
        lifted = [effect for key in keys if (effect := self.rows.pop(key, None))]
        for effect in lifted:
            firing = effect.firing
            self._of_firing.pop((firing.journey, firing.rule_id, firing.occurrence), None)
            self._calls.pop((firing.journey, effect.name), None)
            if not self._to_see_to.get(firing.journey):
                self._to_see_to.pop(firing.journey, None)
            said = self._of_customer.get(effect.customer or "", {})
            said.pop(effect.key, None)
            if not said:
                self._of_customer.pop(effect.customer or "", None)
        return lifted

    def open(self, journey: str) -> tuple[tuple[str, str], ...]:
        """Kind and key of every effect of a journey that still has to happen."""
        return tuple([(one.kind, one.key) for one in self.unsettled(journey) if one.state in OPEN])

    def held(self, journey: str) -> tuple[Effect, ...]:
        """The messages a journey holds back."""
        return tuple([one for one in self.unsettled(journey) if one.state == "held"])

    def others(self, journey: str, waiting: Iterable[Firing]) -> tuple[Effect, ...]:
        """The effects of a journey that are open, and all others of a firing that holds something
        or is decided again.
        """
        unsettled = self.unsettled(journey)
        firings = [one.firing for one in unsettled if one.state == "held"]
        firings += [one for one in waiting if one.due.is_redecided]
        keys = {one.key for one in unsettled}
        for firing in firings:
            keys |= self._of_firing.get((journey, firing.rule_id, firing.occurrence), {}).keys()
        return tuple([one for key in sorted(keys) if (one := self.rows[key]).state != "held"])

    def counted(self, effect: Effect) -> tuple[Sent, ...]:
        """What counts under a cap beside this message of the same customer."""
        return tuple(
            Sent(one.category, one.settled_at)
            for one in self._others(effect)
            if isinstance(one, Message) and one.state in COUNTED
        )

    def rivals(self, effect: Effect) -> list[Message]:
        """The other messages that wait for the same customer."""
        return [
            one
            for one in self._others(effect)
            if isinstance(one, Message) and one.state in ("wanted", "held")
        ]

    def calls(self, effect: Effect) -> dict[str, ActionCall]:
        """The calls of an effect's firing by key, and of a call those of the same action."""
        firing = effect.firing
        same = self._of_firing.get((firing.journey, firing.rule_id, firing.occurrence), {})
        own = {key: one for key in same if isinstance(one := self.rows[key], ActionCall)}
        before = {one.reason_by for one in own.values() if one.reason_by} & self.rows.keys()
        others = {key: one for key in before if isinstance(one := self.rows[key], ActionCall)}
        return with_results_of_others(own, others) | self._same_calls(effect)

    def spoken(self, effect: Effect) -> dict[str, str | None]:
        """The other messages of an effect's firing that have left or are about to: their keys, with
        the revision of their words.
        """
        firing = effect.firing
        same = self._of_firing.get((firing.journey, firing.rule_id, firing.occurrence), {})
        said = (self.rows[key] for key in same if key != effect.key)
        return {
            one.key: one.revision
            for one in said
            if isinstance(one, Message) and one.state in COUNTED
        }

    def _same_calls(self, effect: Effect) -> dict[str, ActionCall]:
        """The calls of the same action for the same customer or journey that are made, or being
        made.
        """
        if not isinstance(effect, ActionCall):
            return {}
        own = self._calls.get((effect.firing.journey, effect.name), ())
        keys = {*own, *self._of_customer.get(effect.customer or "", ())} - {effect.key}
        near = [one for key in sorted(keys) if isinstance(one := self.rows[key], ActionCall)]
        return {
            one.key: one
            for one in near
            if one.name == effect.name and one.state in ("claimed", "done")
        }

    def unsettled(self, journey: str) -> list[Effect]:
        """The effects of a journey that have not ended."""
        keys = self._to_see_to.get(journey)
        return [self.rows[key] for key in sorted(keys)] if keys else []

    def _others(self, effect: Effect) -> list[Effect]:
        keys = sorted(self._of_customer.get(effect.customer or "", ()))
        return [self.rows[key] for key in keys if key != effect.key]


def _is_awaited(effect: Effect) -> bool:
    """Whether messages await the end of a call; it is held for the first of them."""
    return isinstance(effect, ActionCall) and bool(effect.awaited_by)


def counted_of(
    effects: Mapping[str, Effect], customer: str
) -> tuple[tuple[str, datetime | None], ...]:
    """The category of each message of a customer that counts under a cap, and when it was sent,
    None for one that is about to leave.
    """
    return tuple(
        (one.category, one.settled_at)
        for _, one in sorted(effects.items())
        if isinstance(one, Message) and one.customer == customer and one.state in COUNTED
    )
