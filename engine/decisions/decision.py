"""A decision: the situation it looks at, the answer for each rule, and the outcome it leads to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.catalog.rows import row
from engine.decisions.effects import OPEN, Effect
from engine.decisions.firing import Firing
from engine.decisions.objections import Objection
from engine.decisions.reason import Reason
from engine.facts.events import Event
from engine.facts.history import Happening
from engine.facts.state import State
from engine.facts.subjects import Subjects, Suppression


@row
class OnceKey:
    """What may happen once: a rule's value of a subject, and since when it is taken by whom.

    One that `stays` is not given back, whatever becomes of the messages of its firing: it is so
    when it is taken, and noted beside it.
    """

    subject: str
    rule_id: str
    value: str
    holder: str
    taken_at: datetime
    free_at: datetime | None = None
    stays: bool = False


@row
class Opening:
    """A breaker that holds firings of a shop: since when, and when it last held one."""

    breaker: str
    opened_at: datetime
    held_at: datetime


@row
class Logged:
    """An event of the journey's log with what was noted when it was accepted."""

    seq: int
    event: Event
    revision: str
    stale: bool
    known_at: datetime


@row
class Decision:
    """The engine's answer for one rule at one moment; `reason` None means that it acted, or waits
    `until`.
    """

    journey: str
    rule_id: str
    occurrence: str
    revision: str
    at: datetime
    event: str
    event_at: datetime
    due_at: datetime
    reason: Reason | None = None
    by: str | None = None
    until: datetime | None = None
    proof: tuple[Mapping[str, Any], ...] = ()


@row
class WaitMove:
    """An activation whose publisher moves what waits; activations are numbered in their order."""

    number: int
    revision: str
    at: datetime


@row
class OwnState:
    """What a journey knows of its own: the facts as far as it has read, up to which event of its
    log that is, and the revision that was active when it was last asked.

    `moved` is the number of the last activation that moves waits which it has followed; `moves` are
    those after it.
    """

    facts: State
    cursor: int
    revision: str | None = None
    moved: int = 0
    moves: tuple[WaitMove, ...] = ()

    @property
    def last_move(self) -> int:
        """The number of the last activation that moves waits, as far as is known."""
        return max((one.number for one in self.moves), default=self.moved)

    def after(self, facts: State, read: Sequence[Logged], revision: str | None) -> "OwnState":
        """What it knows after a decision; of which `revision` once it has read everything."""
        cursor = max([self.cursor, *(one.seq for one in read[-1:])])
        if revision is None:
            return OwnState(facts, cursor, self.revision, self.moved)
        return OwnState(facts, cursor, revision, self.last_move)


@row
class Situation:
    """Everything a decision may look at, as one snapshot.

    `waiting` and `held` are all of the journey's, due or not; `others` the effects that are open,
    and all others of a firing that holds something or is decided again; `once` the keys taken of both
    subjects; `openings` those of the shop's breakers.
    """

    journey: str
    subject: str
    own: OwnState
    subjects: Subjects
    events: tuple[Logged, ...] = ()
    more: bool = False
    waiting: tuple[Firing, ...] = ()
    held: tuple[Effect, ...] = ()
    others: tuple[Effect, ...] = ()
    history: tuple[Happening, ...] = ()
    once: tuple[OnceKey, ...] = ()
    openings: tuple[Opening, ...] = ()

    @property
    def has_open_effects(self) -> bool:
        """Whether an effect of the journey still has to happen."""
        return any(one.state in OPEN for one in self.others)

    @property
    def moves_to_follow(self) -> tuple[WaitMove, ...]:
        """The activations that may move something that waits: from the first one on at which a wait
        of this journey, or an event it has not read yet, was known and not due. One that was never
        asked follows none, and so does one that has more to read first.
        """
        moves, events = self.own.moves, self.events
        if self.more or self.own.revision is None or not moves:
            return ()
        waits = [wait for wait in self.waiting if not wait.due.is_redecided]
        begun = [
            one.number
            for one in moves
            if any(event.known_at <= one.at for event in events)
            or any(wait.known_at <= one.at < wait.due_at for wait in waits)
        ]
        return tuple(one for one in moves if begun and one.number >= min(begun))


@row
class Wake:
    """When a journey is asked next, None if nothing is due; whether it has `ended`.

    `ends_with_these`: nothing else is waited for, so it has to be asked again once the effects that
    are open are done.
    """

    at: datetime | None = None
    ended: bool = False
    ends_with_these: bool = True


@row
class OpenWork:
    """What a journey has to see to: every effect still open as (kind, key), and when it is due
    next.

    `ends_with_these`: nothing else is waited for, so it has to be asked again once these effects
    are done.
    """

    open: tuple[tuple[str, str], ...]
    wake_at: datetime | None
    ended: bool
    ends_with_these: bool = True


@row
class Outcome:
    """What a decision changes: rows to write, and nothing else."""

    own: OwnState
    wake: Wake = Wake()
    waits: tuple[Firing, ...] = ()
    ended_waits: tuple[Firing, ...] = ()
    effects: tuple[Effect, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    once: tuple[OnceKey, ...] = ()
    released: tuple[str, ...] = ()
    dropped: tuple[tuple[str, Reason, str | None], ...] = ()
    decisions: tuple[Decision, ...] = ()
    quarantined: tuple[tuple[int, str], ...] = ()
    openings: tuple[Opening, ...] = ()


def answer_of(
    firing: Firing,
    refusal: Objection | None,
    revision: str,
    now: datetime,
    proof: tuple[Mapping[str, Any], ...],
) -> Decision:
    """What a rule answered for a firing: that it acted, or why not."""
    return Decision(
        journey=firing.journey,
        rule_id=firing.rule_id,
        occurrence=firing.occurrence,
        revision=revision,
        at=now,
        event=firing.event,
        event_at=firing.event_at,
        due_at=firing.due_at,
        reason=refusal.reason if refusal else None,
        by=refusal.by if refusal else None,
        proof=proof,
    )


def unheard(journey: str, logged: Logged, reason: Reason, revision: str, now: datetime) -> Decision:
    """Why an event led to nothing."""
    at = logged.event.occurred_at
    return Decision(
        journey=journey,
        rule_id="",
        occurrence=str(logged.seq),
        revision=revision,
        at=now,
        event=logged.event.type,
        event_at=at,
        due_at=at,
        reason=reason,
    )
