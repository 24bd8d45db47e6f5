"""The judge: what arrived, against the ledger and against an independent replay of the log by the
simulator.

In the words of the protocol: *lost* is expected, not in the sink, and not in the ledger as
uncertain or with a reason. *duplicate* are copies in the sink beyond the ledger's marks of DATA for
their key. *resent* is essential, after an unknown outcome, at most once.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activities.channels.port import SERVED, message_id
from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore

FiringName = tuple[str, str, str]  # journey, rule, occurrence
_LEFT = ("leaving", "sent", "uncertain")
_MANY = 1_000
_RECOVERS_WITHIN = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail in the sink: when it asked for DATA, and the moment it bears as its `Date`."""

    identity: str
    to: str
    began_at: datetime
    dated: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """What a case led to. `told` is its log in the order of arrival, with every ruleset where it
    was published.

    `unsaid`: why a firing has no row of the ledger. `over_at`: when the fault was over.
    `is_virtual`: clocks were moved, so that lateness is read from the mails' own dates.
    """

    told: Sequence[tuple[datetime, Event | Ruleset]]
    ruleset: Ruleset
    naming: Naming
    ledger: Sequence[Effect]
    unsaid: Mapping[FiringName, Reason]
    copies: Sequence[Copy]
    until: datetime
    over_at: datetime
    domain: str
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class ChaosLimits:
    """What a case allows: a share of uncertain messages, and reasons for which one that was
    expected may be dropped.
    """

    uncertain: float = 0.0
    excuses: frozenset[str] = frozenset({"uncertain"})
    recovers_within: float = _RECOVERS_WITHIN


@dataclass(frozen=True, slots=True)
class ChaosFindings:
    """The figures of a `Result`, and everything that must not be."""

    expected: int
    delivered: int
    lost: int
    duplicate: int
    resent: int
    uncertain: int
    wrong: int
    late: Sequence[float]
    recovered: float
    why: list[str] = field(default_factory=list)


def replayed(trial: Trial) -> Mapping[str, Effect]:
    """The ledger as the simulator would leave it after the same log."""
    store = MemoryStore(trial.ruleset, trial.naming, SERVED)
    simulator = Simulator(store)
    for at, what in trial.told:
        simulator.pass_time(at)
        if isinstance(what, Ruleset):
            store.publish(what)
        elif (
            not what.derived and what.source != OWN_SOURCE
        ):  # those the simulator derives and emits itself
            simulator.tell([what], max(at, simulator.now))
    simulator.pass_time(trial.until, including=True)
    return store.effects


def judged(trial: Trial, limits: ChaosLimits) -> ChaosFindings:
    """Compare the sink with the ledger, and both with the replay."""
    rows = {row.key: row for row in trial.ledger if row.kind == "send"}
    wanted = {
        key: row
        for key, row in replayed(trial).items()
        if row.kind == "send" and row.state == "sent"
    }
    keys = {message_id(key, trial.domain): key for key in (*rows, *wanted)}
    arrived = Counter(keys.get(copy.identity, copy.identity) for copy in trial.copies)
    missing = {
        key: _fate(row, rows.get(key), trial) for key, row in wanted.items() if not arrived[key]
    }
    lost = [key for key, fate in missing.items() if fate is None]
    marks = {key: row.resent + (row.state in _LEFT) for key, row in rows.items()}
    twice = {
        key: extra for key, copies in arrived.items() if (extra := copies - marks.get(key, 0)) > 0
    }
    wrong = [key for key in arrived if key not in wanted]
    unexcused = [
        f"{key} ({fate})" for key, fate in missing.items() if fate and fate not in limits.excuses
    ]
    first = list(_first_copies(trial.copies, keys, wanted))
    found = ChaosFindings(
        expected=len(wanted),
        delivered=len(arrived),
        lost=len(lost),
        duplicate=sum(twice.values()),
        resent=sum(row.resent for row in rows.values()),
        uncertain=sum(row.state == "uncertain" for row in rows.values()),
        wrong=len(wrong),
        late=sorted(
            _seconds((copy.dated if trial.is_virtual else copy.began_at) - due)
            for copy, due in first
        ),
        recovered=max(
            (
                _seconds(copy.began_at - trial.over_at)
                for copy, due in first
                if due <= trial.over_at
            ),
            default=0.0,
        ),
    )
    found.why.extend(first_names("lost", (f"{key} ({_stands(rows.get(key))})" for key in lost)))
    found.why.extend(first_names("duplicate", twice))
    found.why.extend(first_names("not what the replay would send", wrong))
    found.why.extend(_objections(found, rows.values(), unexcused, limits))
    return found


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of figures in ascending order; 0 of none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def _fate(expected: Effect, row: Effect | None, trial: Trial) -> str | None:
    """Why a message that was expected did not arrive: a reason, or a state of the ledger; None if
    it is lost.
    """
    if row is None:
        firing = expected.firing
        return trial.unsaid.get((firing.journey, firing.rule_id, firing.occurrence))
    if row.state == "held":
        return row.reason if row.held_until is not None and row.held_until > trial.until else None
    return row.state if row.state == "uncertain" else row.reason


def _stands(row: Effect | None) -> str:
    return (
        "not in the ledger"
        if row is None
        else f"{row.state} {row.reason or ''} {row.held_until or ''}".strip()
    )


def _objections(
    found: ChaosFindings, rows: Iterable[Effect], unexcused: Iterable[str], limits: ChaosLimits
) -> Iterable[str]:
    if not found.expected:
        yield "nothing was expected: the case proves nothing"
    if found.uncertain > _allowed(limits.uncertain, found.expected):
        yield f"{found.uncertain} uncertain of {found.expected}"
    yield from first_names("unsaid for a reason the replay does not see", unexcused)
    yield from first_names(
        "open at the end",
        (row.key for row in rows if row.state in ("wanted", "claimed", "leaving")),
    )


def _first_copies(
    copies: Iterable[Copy], keys: Mapping[str, str], wanted: Mapping[str, Effect]
) -> Iterable[tuple[Copy, datetime]]:
    """The first copy of each message that the replay sends too, and when it does."""
    seen: set[str] = set()
    for copy in sorted(copies, key=lambda one: one.began_at):
        key = keys.get(copy.identity, "")
        if key in wanted and key not in seen and (due := wanted[key].settled_at):
            seen.add(key)
            yield copy, due


def _seconds(length: timedelta) -> float:
    return max(length / timedelta(seconds=1), 0.0)


def _allowed(share: float, messages: int) -> float:
    """The share of so many; of fewer than a thousand chance alone makes more: three standard
    deviations.
    """
    mean = share * messages
    return mean if messages >= _MANY else mean + 3 * math.sqrt(mean)


def first_names(what: str, which: Iterable[str]) -> Iterable[str]:
    """One line that names the first three."""
    names = list(which)
    if names:
        yield f"{len(names)} {what}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"  # noqa: PLR2004
