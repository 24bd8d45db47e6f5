"""The ledger in memory: each change of the law, made where state and owner are still as it
expects.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.effects import Effect, Message, carried_by, has_answered
from engine.decisions.firing import Firing
from engine.decisions.redecided.redecided_firings import to_redecide
from engine.facts.contacts.bounces import Bounce
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from engine.sending.digest_ledger import (
    LedgerChanges,
    as_changed,
    attempt_changes,
    freed,
    is_freed,
    last_changes,
    left_out,
)
from engine.sending.gates import Dropped, Held
from engine.sending.judge import judge
from engine.sending.ledger import KNOWN, LEFT, NOT_DELIVERED, RETRIED, SENT, Change
from engine.sending.message_identity import identity_of
from engine.sending.question import Question
from engine.sending.retried_keys import key_of_retry, needs_key
from store.memory.effect_rows import Effects, OnceKeys
from store.records.attempts import Attempt, Settled, opening


class MemoryLedger:
    """The same commands as `PostgresLedger`, on rows in memory.

    `keys` are the once-keys and how they are named. `wakes` nudge a journey, and let a firing of it
    wait. `lapsed` are the messages that are leaving and whose lease has run out by the database's
    clock.
    """

    def __init__(
        self,
        effects: Effects,
        question: Callable[[str, datetime], Question],
        active: Callable[[], Ruleset],
        keys: tuple[OnceKeys, Naming],
        wakes: tuple[Callable[[str], None], Callable[[Firing], None]],
    ) -> None:
        self._effects, self._question, self._active = effects, question, active
        self._once, self._naming = keys
        self._nudge, self._wait = wakes
        self.bounces: dict[tuple[str, datetime, str], Bounce] = {}
        self.audit: list[tuple[str, str, datetime]] = []
        self.lapsed: set[str] = set()
        self.known_left: set[str] = set()

    def attempt(self, key: str, owner: str, now: datetime) -> Attempt:
        """An attempt starts: everything is asked once more, then the effect is claimed, held or
        dropped.
        """
        question = self._question(key, now)
        opened = opening(
            question.effect,
            self._active(),
            now,
            is_over=key in self.lapsed,
            has_left=bool(self.known_left) and identity_of(key) in self.known_left,
        )
        if isinstance(opened, Attempt):
            return opened
        self.lapsed.discard(key)
        if opened.state in ("uncertain", "sent"):
            self._effects.set(opened)
            if opened.state == "sent":
                self.audit.append((key, KNOWN.notes[question.effect.state], now))
            return Attempt(Settled(opened.state))
        if opened is not question.effect:
            question = changed(question, effect=opened)
        verdict = judge(question, now)
        changes = attempt_changes(question, verdict, owner, now)
        self._write(changes)
        return Attempt(verdict, as_changed(question, changes))

    def may_leave(self, key: str, owner: str, now: datetime) -> bool:
        """The last question before a message leaves; False if it may not, or another attempt has
        taken over.
        """
        question = self._question(key, now)
        if not LEFT.is_open_to(question.effect, owner):
            return False
        changes = last_changes(question, judge(question, now), now)
        self._write(changes)
        return changes[0][1].state == "leaving"

    def change(
        self,
        key: str,
        owner: str | None,
        change: Change,
        now: datetime,
        bounce: Bounce | None = None,
    ) -> bool:
        """Any other change of the law; False if another attempt has taken over, or somebody decided
        otherwise. `bounce` is what came back from the address.
        """
        effect, transition = self._effects.rows[key], change.transition
        if not transition.is_open_to(effect, owner):
            return False
        if transition is RETRIED and not self._takes_key_back(effect, now):
            return False
        after = change.of(effect, now)
        carried = [self._effects.rows[key] for key in carried_by(effect)]
        self._write([(effect, after), *freed(effect, after, carried)])
        if note := transition.notes.get(effect.state):
            self.audit.append((key, note, now))
        if transition.wakes:
            self._nudge(effect.firing.journey)
        if transition is NOT_DELIVERED:
            self.known_left.discard(identity_of(key))
        if bounce:
            self.note_bounces([bounce])
        return True

    def note_left(self, identities: Sequence[str], _now: datetime) -> int:
        """These messages have left already; how many of them were not noted yet."""
        new = set(identities) - self.known_left
        self.known_left |= new
        return len(new)

    def _takes_key_back(self, effect: Effect, now: datetime) -> bool:
        """Whether the firing of what is tried again has its once-key; not if another has it by
        now.
        """
        key = key_of_retry(self._question(effect.key, now), now, self._naming)
        if key is None:
            return True
        is_free = self._once.is_free(key)
        if is_free:
            self._once.take(key)
        return is_free or not needs_key(effect)

    def note_bounces(self, bounces: Iterable[Bounce]) -> None:
        """What came back; the same bounce told twice is one."""
        for bounce in bounces:
            self.bounces.setdefault((bounce.address, bounce.at, bounce.kind), bounce)

    def leave_out(
        self, key: str, owner: str, carried: str, why: Held | Dropped, now: datetime
    ) -> bool:
        """A message that a digest carries cannot be written, or not with all the others; the
        digest leaves without it.
        """
        effect, other = self._effects.rows[key], self._effects.rows[carried]
        if not LEFT.is_open_to(effect, owner):
            return False
        assert isinstance(effect, Message)
        assert isinstance(other, Message)
        self._write(left_out(effect, other, why, now))
        return True

    def sent_at_once(self, key: str, owner: str, now: datetime) -> bool:
        """Sent at the instant of its attempt, which has just asked what the last question would
        ask.

        A digest is asked all the same: what it carries has questions of its own.
        """
        effect = self._effects.rows[key]
        if isinstance(effect, Message) and effect.shown:
            return self.may_leave(key, owner, now) and self.change(key, owner, SENT(), now)
        if not LEFT.is_open_to(effect, owner):
            return False
        self._write([(effect, SENT().apply(effect, now))])
        return True

    def _write(self, changes: LedgerChanges) -> None:
        for before, after in changes:
            self._effects.set(after)
            if is_freed(before, after) or self._frees(after):
                self._nudge(after.firing.journey)
        for firing in to_redecide(changes):
            self._wait(firing)
            self._nudge(firing.journey)

    def _frees(self, effect: Effect) -> bool:
        """Whether something awaited the end of a call, and may happen now."""
        is_over = has_answered(effect) and effect.settled_at is not None
        return is_over and self._effects.free_waiting(
            effect.firing, effect.settled_at or effect.firing.due_at
        )
