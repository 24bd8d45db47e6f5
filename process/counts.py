"""What a process counts, for Prometheus. Labels are names of the rules' authors and of senders,
never of people.

Who scrapes: `GET /metrics` of the web process; of a worker the address in PURNA_METRICS.
"""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Histogram

from engine.decisions.decision import Decision
from engine.decisions.effects import Message
from engine.rules.policies import Policies
from engine.sending.question import MessageQuestion, Question

EVENTS = Counter("purna_events", "Events by sender and what became of them.", ("source", "result"))
DECISIONS = Counter(
    "purna_decisions", "Decisions by rule and reason; `acted` where it spoke.", ("rule", "reason")
)
MESSAGES = Counter(
    "purna_messages",
    "Attempts to send by class, channel, result and reason.",
    ("class", "channel", "result", "reason"),
)
CALLS = Counter("purna_calls", "Attempts of calls by action and result.", ("action", "result"))
UNCERTAIN = Counter(
    "purna_uncertain", "Messages whose reply never came, as often as that happened."
)
RELOADS = Counter("purna_ruleset_reloads", "How often this process met another active revision.")
DECIDING = Histogram(
    "purna_decide_seconds",
    "How long a decision takes.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
LATE = Histogram(
    "purna_message_late_seconds",
    "From the moment a message was due, or became known, to its sending.",
    ("class",),
    buckets=(0.05, 0.1, 0.3, 1, 3, 10, 60, 600, 3600, 86400),
)
NUDGES_REFUSED = Counter(
    "purna_nudges_refused", "Nudges that Temporal answered and refused, by its reason.", ("reason",)
)
SWEEP_FAILURES = Counter(
    "purna_sweep_failures", "Pages or parts of a sweep that failed and are left to the next one."
)
# A sender chooses the names of sources: beyond so many they are counted together.
_MOST_SOURCES = 50


class MetNames:
    """What this process has met: sources of events, and the last revision."""

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.revision: str | None = None


MET = MetNames()


def taken_in(source: str, result: str) -> None:
    """An event: accepted, unplaced, duplicate, conflict, quarantined."""
    if source not in MET.sources and len(MET.sources) >= _MOST_SOURCES:
        source = "others"
    MET.sources.add(source)
    EVENTS.labels(source, result).inc()


def refused() -> None:
    """A request whose events were refused."""
    EVENTS.labels("", "refused").inc()


def met(revision: str) -> None:
    """The active revision, as this process found it."""
    if MET.revision not in (None, revision):
        RELOADS.inc()
    MET.revision = revision


def decided(decisions: Iterable[Decision]) -> None:
    """What a journey decided."""
    for one in decisions:
        DECISIONS.labels(one.rule_id, one.reason or "acted").inc()


def attempted(question: Question | None, result: str, reason: str = "") -> None:
    """What became of an attempt."""
    if question is None:
        return
    effect = question.effect
    if isinstance(effect, Message):
        told = class_of(question.ruleset.policies, effect.category)
        MESSAGES.labels(told, effect.channel or "", result, reason).inc()
    else:
        CALLS.labels(effect.name, result).inc()


def sent(question: MessageQuestion, now: datetime) -> None:
    """A message has left: how late."""
    firing = question.effect.firing
    seconds = (now - max(firing.due_at, firing.known_at)).total_seconds()
    LATE.labels(class_of(question.ruleset.policies, question.effect.category)).observe(
        max(seconds, 0.0)
    )


def class_of(policies: Policies, category: str | None) -> str:
    """Essential, courtesy or marketing: how a message of this category is treated where nobody
    knows if it arrived.
    """
    known = next((one for one in policies.categories if one.id == category), None)
    if known is None or known.kind == "marketing":
        return "marketing"
    return "essential" if known.essential else "courtesy"
