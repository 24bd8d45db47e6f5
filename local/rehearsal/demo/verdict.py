"""The figures of a demo: what a play led to, as people and programs read it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.facts.events import Event
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from local.mail_sink.mailbox import Mailbox
from local.rehearsal.judge import Copy, Judgement, TrialLog

# Longer than any wait of the rules: after it the simulator has nothing left to say.
_AFTERWARDS = timedelta(days=400)
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DemoVerdict:
    """What a play led to. `duplicates` is what the judge calls duplicate, `unexpected` what it calls
    wrong.
    """

    orders: int
    events: int
    messages: int
    suppressed: int
    held: int
    uncertain: int
    lost: int
    duplicates: int
    unexpected: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, sent twice, or sent that should not have been."""
        return not (self.lost or self.duplicates or self.unexpected)

    def to_json(self) -> dict[str, Any]:
        """Every figure by name."""
        return asdict(self)


def verdict_of(judgement: Judgement, events: Sequence[Event], seconds: float) -> DemoVerdict:
    """The figures of a play of these events."""
    rows = judgement.rows.values()
    return DemoVerdict(
        orders=len({event.order for event in events if event.order}),
        events=len(events),
        messages=judgement.arrived.total(),
        suppressed=sum(row.state == "dropped" for row in rows),
        held=sum(row.held_until is not None for row in rows),
        uncertain=len(judgement.uncertain),
        lost=len(judgement.lost),
        duplicates=sum(judgement.duplicate.values()),
        unexpected=len(judgement.wrong),
        seconds=round(seconds, 1),
    )


def log_of(events: Sequence[Event], ruleset: Ruleset, naming: Naming) -> TrialLog:
    """Events that become known as they occur, and time enough for all that follows from them."""
    until = max(event.occurred_at for event in events) + _AFTERWARDS
    return TrialLog([(event.occurred_at, event) for event in events], ruleset, naming, until)


def copies_in(mail: Path) -> list[Copy]:
    """Every mail of a sink, which does not note when it asked for DATA; one without a date is from
    the beginning of time.
    """
    mailbox = Mailbox(mail)
    headings = [mailbox.heading(order) for order in mailbox.orders()]
    dated = [(heading, heading.sent_at or _UNDATED) for heading in headings]
    return [Copy(heading.message_id, heading.to, at, at) for heading, at in dated]
