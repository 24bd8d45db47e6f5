"""What a case of chaos allows, and everything a judgement holds against it: how late messages were,
and how long it took to recover.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.decisions.effects import Effect
from local.rehearsal.judge import Judgement

_MANY = 1_000
_RECOVERS_WITHIN = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class ChaosLimits:
    """A share of uncertain messages, and reasons for which one that was expected may be dropped."""

    uncertain: float = 0.0
    excuses: frozenset[str] = frozenset({"uncertain"})
    recovers_within: float = _RECOVERS_WITHIN


def objections(judgement: Judgement, limits: ChaosLimits) -> list[str]:
    """Everything that must not be, a line each."""
    unexcused = [
        f"{key} ({fate})"
        for key, fate in judgement.missing.items()
        if fate and fate not in limits.excuses
    ]
    lost = [f"{key} ({_stands(judgement.rows.get(key))})" for key in judgement.lost]
    return [
        *first_names("lost", lost),
        *first_names("duplicate", judgement.duplicate),
        *first_names("not what the replay would send", judgement.wrong),
        *([] if judgement.expected else ["nothing was expected: the case proves nothing"]),
        *first_names("unsaid for a reason the replay does not see", unexcused),
        *first_names("open at the end", judgement.open),
    ]


def overruns(judgement: Judgement, limits: ChaosLimits, recovered: float) -> list[str]:
    """Everything beyond its limit that a busy machine alone can cause, a line each."""
    expected, uncertain = len(judgement.expected), len(judgement.uncertain)
    within = limits.recovers_within
    is_beyond = uncertain > _allowed(limits.uncertain, expected)
    return [
        *([f"{uncertain} uncertain of {expected}"] if is_beyond else []),
        *(
            [f"recovered after {recovered:.1f} s, not within {within:g}"]
            if recovered > within
            else []
        ),
    ]


def lateness(judgement: Judgement, *, is_virtual: bool = False) -> list[float]:
    """Seconds between the moment at which the replay sends a message and its DATA, ascending; read
    from the mails' own dates where clocks were moved.
    """
    return sorted(
        _seconds((copy.dated if is_virtual else copy.began_at) - due)
        for copy, due in judgement.first_copies()
    )


def recovery(judgement: Judgement, over_at: datetime) -> float:
    """Seconds from the end of the fault until what was due by then had been sent."""
    sent_after = [
        _seconds(copy.began_at - over_at)
        for copy, due in judgement.first_copies()
        if due <= over_at
    ]
    return max(sent_after, default=0.0)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of figures in ascending order; 0 of none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def first_names(what: str, which: Iterable[str]) -> Iterable[str]:
    """One line that names the first three."""
    names = list(which)
    if names:
        yield f"{len(names)} {what}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"


def _stands(row: Effect | None) -> str:
    return (
        "not in the ledger"
        if row is None
        else f"{row.state} {row.reason or ''} {row.held_until or ''}".strip()
    )


def _seconds(length: timedelta) -> float:
    return max(length / timedelta(seconds=1), 0.0)


def _allowed(share: float, messages: int) -> float:
    """The share of so many; of fewer than a thousand chance alone makes more: three standard
    deviations.
    """
    mean = share * messages
    return mean if messages >= _MANY else mean + 3 * math.sqrt(mean)
