"""The judge of every rehearsal: what arrived, against the ledger and against an independent replay
of the log by the simulator.

In the words of the protocol: *lost* is expected, not in the sink, and not in the ledger as
uncertain or with a reason. *duplicate* are copies in the sink beyond the ledger's marks for
their key. *resent* is essential, after an unknown outcome, at most once. *uncertain* is what nobody
can know. *wrong* is in the sink, but the replay would not send it. *forbidden* is a courtesy that
was resent, and whatever else a rehearsal names.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from activities.channels.port import message_id
from activities.channels.providers import served
from engine.decisions.effects import Effect, category_of
from engine.decisions.reason import Reason
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore

FiringName = tuple[str, str, str]  # journey, rule, occurrence
Told = tuple[datetime, Event | Ruleset]
_LEFT = ("leaving", "sent", "uncertain")
_OPEN = ("wanted", "claimed", "leaving")


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail in the sink: when it asked for DATA, and the moment it bears as its `Date`."""

    identity: str
    to: str
    began_at: datetime
    dated: datetime


@dataclass(frozen=True, slots=True)
class TrialLog:
    """A log in the order of arrival, with every ruleset where it was published; `ruleset` is the
    one of the beginning, and all that is due by `until` is replayed.
    """

    log: Sequence[Told]
    ruleset: Ruleset
    naming: Naming
    until: datetime

    def replayed(self) -> Mapping[str, Effect]:
        """The ledger as the simulator would leave it after the same log."""
        store = MemoryStore(self.ruleset, self.naming, served())
        simulator = Simulator(store)
        for at, what in self.log:
            simulator.pass_time(at)
            if isinstance(what, Ruleset):
                store.publish(what)
            elif not what.derived and what.source != OWN_SOURCE:
                # those that it does not derive and emit itself
                simulator.accept([what], max(at, simulator.now))
        simulator.pass_time(self.until, including=True)
        return store.effects


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rehearsal led to: the ledger it left, and the mails that came, from senders of this
    domain. `unsaid`: why a firing has no row of the ledger.
    """

    log: TrialLog
    ledger: Sequence[Effect]
    copies: Sequence[Copy]
    domain: str
    unsaid: Mapping[FiringName, Reason]


class Judgement:
    """A trial compared with its replay; every word of it names messages by their keys."""

    def __init__(self, trial: Trial, expected: Mapping[str, Effect]) -> None:
        self.trial = trial
        self.rows = {row.key: row for row in trial.ledger if row.kind == "send"}
        self.expected = {
            key: row for key, row in expected.items() if row.kind == "send" and row.state == "sent"
        }
        self._names = {message_id(key, trial.domain): key for key in (*self.rows, *self.expected)}
        self.arrived = Counter(self.key_of(copy) for copy in trial.copies)

    def key_of(self, copy: Copy) -> str:
        """The key of the message that a mail is a copy of; its own identity if there is none."""
        return self._names.get(copy.identity, copy.identity)

    @cached_property
    def missing(self) -> Mapping[str, str | None]:
        """What was expected and did not arrive, with the reason or the state of the ledger."""
        return {key: self._fate(row) for key, row in self.expected.items() if not self.arrived[key]}

    @property
    def lost(self) -> list[str]:
        """Expected, not in the sink, and not in the ledger as uncertain or with a reason."""
        return [key for key, fate in self.missing.items() if fate is None]

    @property
    def duplicate(self) -> Mapping[str, int]:
        """Copies beyond what the ledger says has left."""
        marks = {key: row.resent + (row.state in _LEFT) for key, row in self.rows.items()}
        return {
            key: extra
            for key, copies in self.arrived.items()
            if (extra := copies - marks.get(key, 0)) > 0
        }

    @property
    def resent(self) -> int:
        """How often something was sent once more."""
        return sum(row.resent for row in self.rows.values())

    @property
    def uncertain(self) -> list[str]:
        """What nobody can know."""
        return [key for key, row in self.rows.items() if row.state == "uncertain"]

    @property
    def wrong(self) -> list[str]:
        """In the sink, but the replay would not send it."""
        return [key for key in self.arrived if key not in self.expected]

    @property
    def forbidden(self) -> list[str]:
        """Courtesies that were resent."""
        policies = self.trial.log.ruleset.policies
        return [
            key
            for key, row in self.rows.items()
            if row.resent
            and not ((category := policies.category(category_of(row) or "")) and category.essential)
        ]

    @property
    def open(self) -> list[str]:
        """What is still to be done."""
        return [row.key for row in self.rows.values() if row.state in _OPEN]

    def first_copies(self) -> Iterable[tuple[Copy, datetime]]:
        """The first copy of each message that the replay sends too, and when it does."""
        seen: set[str] = set()
        for copy in sorted(self.trial.copies, key=lambda copy: copy.began_at):
            key = self.key_of(copy)
            if key in self.expected and key not in seen and (due := self.expected[key].settled_at):
                seen.add(key)
                yield copy, due

    def _fate(self, expected: Effect) -> str | None:
        """Why a message that was expected did not arrive: a reason, or a state of the ledger; None
        if it is lost.
        """
        if (row := self.rows.get(expected.key)) is None:
            firing = expected.firing
            return self.trial.unsaid.get((firing.journey, firing.rule_id, firing.occurrence))
        if row.state == "held":
            is_later = row.held_until is not None and row.held_until > self.trial.log.until
            return row.reason if is_later else None
        return row.state if row.state == "uncertain" else row.reason


def judged(trial: Trial) -> Judgement:
    """Compare the sink with the ledger, and both with the replay."""
    return Judgement(trial, trial.log.replayed())


def in_order_of_arrival(log: Iterable[tuple[datetime, Event]]) -> Iterable[tuple[datetime, Event]]:
    """Each event when it was known, but never before one that arrived ahead of it: requests
    overlap.
    """
    last = datetime.min.replace(tzinfo=UTC)
    for at, event in log:
        last = max(last, at)
        yield last, event
