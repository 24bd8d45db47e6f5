"""The judge of a demo: the mail sink against the ledger and against an independent replay by the
simulator.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from activities.channels.port import SERVED, message_id
from engine.decisions.effects import Effect
from engine.facts.events import Event
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Simulator
from local.mail_sink.mailbox import Mailbox
from local.parts import SENDER
from store.memory.store import MemoryStore

# Longer than any wait of the rules: after it the simulator has nothing left to say.
_AFTERWARDS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class DemoVerdict:
    """What a play led to.

    `lost`: expected, not in the sink, and not in the ledger as uncertain or with a reason.
    `duplicates`: copies in the sink beyond the ledger's marks for their key. `unexpected`: in the
    sink, but not what the simulator would send.
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


def replayed(events: Iterable[Event], ruleset: Ruleset, naming: Naming) -> dict[str, Effect]:
    """The ledger as the simulator would leave it after the same events."""
    store = MemoryStore(ruleset, naming, SERVED)
    told = list(events)
    Simulator(store).play(told, until=max(event.occurred_at for event in told) + _AFTERWARDS)
    return store.effects


def judge(
    expected: dict[str, Effect],
    ledger: Sequence[Effect],
    mail: Path,
    events: Sequence[Event],
    seconds: float,
) -> DemoVerdict:
    """Compare what should have been sent with the ledger and with what truly arrived."""
    domain = parseaddr(SENDER)[1].partition("@")[2]
    mailbox = Mailbox(mail)
    arrived = Counter(mailbox.heading(order).message_id for order in mailbox.orders())
    rows = {row.key: row for row in ledger if row.kind == "send"}
    wanted = {key for key, row in expected.items() if row.kind == "send" and row.state == "sent"}
    missing = {key for key in wanted if not arrived[message_id(key, domain)]}
    marks = {message_id(key, domain): 1 + row.resent for key, row in rows.items()}
    awaited = {message_id(key, domain) for key in wanted}
    return DemoVerdict(
        orders=len({event.order for event in events if event.order}),
        events=len(events),
        messages=arrived.total(),
        suppressed=sum(row.state == "dropped" for row in rows.values()),
        held=sum(row.held_until is not None for row in rows.values()),
        uncertain=sum(row.state == "uncertain" for row in rows.values()),
        lost=sum(not _is_accounted_for(rows.get(key)) for key in missing),
        duplicates=sum(
            max(copies - marks.get(identity, 0), 0) for identity, copies in arrived.items()
        ),
        unexpected=len(arrived.keys() - awaited),
        seconds=round(seconds, 1),
    )


def _is_accounted_for(row: Effect | None) -> bool:
    return row is not None and (row.state == "uncertain" or row.reason is not None)
