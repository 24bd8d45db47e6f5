"""What the rest of the house may ask of a store, by noun: whoever needs one names the port, never
the database.

Every method raises `Contended` when the database was contended three times in a row, and the
driver's `OperationalError` while it is away; then nothing was stored, and the same question may be
asked again.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from engine.decisions.decision import OpenWork, Situation
from engine.facts.contacts.bounces import Bounce
from engine.facts.events import Event
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset, Rulesets
from engine.sending.gates import Dropped, Held
from engine.sending.ledger import Change
from store.inquiry_ports import Inquiries, Overview
from store.records.activations import Activation
from store.records.answers import (
    AddressHolder,
    Erased,
    JourneyRow,
    Quarantined,
    Retried,
)
from store.records.attempts import Attempt
from store.records.swept import Swept
from store.records.todo import Deciding


class Contended(Exception):
    """The database was contended three times in a row; nothing was stored. Try again later."""


class EventLog(Protocol):
    """The log of events: the only way in."""

    async def ingest(self, events: Sequence[Event], now: datetime, /) -> list[str]:
        """Append events, fold them, note whom to wake: accepted, unplaced, duplicate, conflict or
        quarantined of each.

        Raises `InvalidEvent`, which names the index; then nothing of the batch is stored.
        """
        ...

    async def locked(self, subjects: Sequence[str], /) -> list[str]:
        """Which of these orders and customers somebody has locked at this moment."""
        ...

    async def set_aside(self, events: Sequence[Event], why: str, /) -> list[str]:
        """Keep events of which nothing may follow, for a person to see: quarantined, or duplicate
        where one was kept before.
        """
        ...


class Journeys(Protocol):
    """The run of each order and each customer."""

    async def decide(self, journey: str, now: datetime, deciding: Deciding, /) -> OpenWork:
        """What a journey has to see to: every effect still open, and when it is due next."""
        ...

    async def situation(self, journey: str, /) -> tuple[Rulesets, Situation] | None:
        """What a decision about a journey would look at now, to look at it only; None if nobody
        ever woke it. Raises `UnreadableRow`.
        """
        ...

    def concerned(
        self, kinds: Iterable[str], /
    ) -> AsyncIterator[tuple[Rulesets, Situation] | None]:
        """The situations of all whom a new revision would reach, of these kinds of subjects, None
        of one that cannot be read; to look at them only.
        """
        ...

    async def woken(self) -> list[JourneyRow]:
        """Every journey that was ever woken."""
        ...

    async def waiting(self) -> list[str]:
        """Every journey in which something waits or is held."""
        ...


class ActiveRules(Protocol):
    """Where the active ruleset is found."""

    async def active(self) -> Ruleset:
        """The active ruleset; raises `NoRuleset` before the first is published, `TooOld` if this
        program cannot read it.
        """
        ...


class PublishedRulesets(ActiveRules, Protocol):
    """The rulesets that were published, one of them active."""

    async def publish(
        self,
        ruleset: Ruleset,
        author: str,
        reason: str,
        now: datetime,
        /,
        *,
        moves_waits: bool = False,
    ) -> bool:
        """Store a ruleset, make it the active one and nudge everybody whom it concerns; False if it
        is active already.

        `moves_waits`: what waits is moved to the moments that its lines of `when` give it, also if
        the ruleset is active already.
        """
        ...

    async def replace(self, old: str | None, new: Ruleset, activation: Activation, /) -> bool:
        """As `publish`, where `old` is the active revision, None while there is none, or the new
        one is already; else `Superseded` is raised, and nothing changes.
        """
        ...

    async def activate(self, activation: Activation, instead_of: str | None = None) -> bool:
        """As `publish`, for a revision that was published before; False also if it never was.

        `Superseded` if another one is active than `instead_of` or the wanted one.
        """
        ...

    async def spread(self) -> bool:
        """Nudge everybody whom the active revision concerns; False if something stood in the way.

        The revision is active all the same, and the sweep goes on where this has stopped.
        """
        ...

    async def revision(self, revision: str, /) -> Ruleset | None:
        """A ruleset that was ever published."""
        ...

    async def activations(self) -> list[Activation]:
        """Every activation there was, the last one first."""
        ...


class Nudges(Protocol):
    """Which journeys have news to read."""

    async def take(self, limit: int = 200, /) -> list[tuple[str, str]]:
        """Journeys to nudge now, with their kind; each is put off, so that nobody else takes it and
        it comes again until it has decided.
        """
        ...

    async def failed(self, journey: str, /) -> None:
        """Temporal was not reached: this nudge comes again soon."""
        ...

    async def refused(self, journey: str, why: str, /) -> None:
        """Temporal will never take this nudge: it goes to the quarantine."""
        ...

    async def sweep(self) -> Swept:
        """Nudge every journey that was forgotten, and whom a revision concerns; none that was
        forgotten if another process does it.
        """
        ...

    async def recall(self, cluster: str, /) -> int:
        """Nudge every journey that has not ended, since this Temporal has forgotten it; how many.

        Where another process does it already, it is left to that one.
        """
        ...


class Ledger(Protocol):
    """The ledger: one row for each message, call and event of our own."""

    @property
    def lease(self) -> float:
        """For how many seconds a message may be leaving before another attempt may judge it
        dead.
        """
        ...

    async def attempt(self, key: str, owner: str, now: datetime, /) -> Attempt:
        """An attempt starts: everything is asked once more, then the effect is claimed, held or
        dropped.
        """
        ...

    async def may_leave(self, key: str, owner: str, now: datetime, /) -> bool:
        """The last question before a message leaves; False if it may not, or another attempt has
        taken over.
        """
        ...

    async def change(
        self,
        key: str,
        owner: str | None,
        change: Change,
        now: datetime,
        bounce: Bounce | None = None,
    ) -> bool:
        """Any other change of the law; False if another attempt has taken over. `bounce` is
        what came back from the address it went to.
        """
        ...

    async def leave_out(
        self, key: str, owner: str, carried: str, why: Held | Dropped, now: datetime, /
    ) -> bool:
        """A message that a digest carries cannot be written, or not with all the others; the
        digest leaves without it.
        """
        ...

    async def note_left(self, identities: Sequence[str], now: datetime, /) -> int:
        """These messages have left already, says who took them: they are known by the identity in
        their `Message-ID`, whether or not the ledger has them yet. How many were not noted yet.
        """
        ...


class Quarantine(Protocol):
    """What could not be made sense of."""

    async def entries(self) -> list[Quarantined]:
        """Everything that could not be made sense of, oldest first."""

    async def retry(self, number: int, now: datetime, /) -> Retried:
        """Try one again: an event is taken in as if it had come now, a journey is nudged.

        `quarantined` if an event breaks again, under a new number, or if its source may still not
        speak of its shop, under the old one; `unknown` if there is no such number.
        """

    async def let_go(self, number: int, now: datetime, /) -> bool:
        """Stop looking at one; an event that comes once more counts as known. False if there is no
        such number.
        """


class Customers(Protocol):
    """What is kept of people: find, export, erase."""

    async def with_id(self, own_id: str, /) -> list[str]:
        """The subject ids of the customers who have this id in their shop."""
        ...

    async def at_address(self, address: str, /) -> list[AddressHolder]:
        """Who has, or had, an address as `same_reader` spells it, whoever has it now first."""
        ...

    async def export(self, customer: str, /) -> dict[str, Any]:
        """Everything known of a customer (a subject id), as JSON; KeyError if that is nothing."""
        ...

    async def erase(self, customer: str, now: datetime, /) -> Erased:
        """Blank everything ever stated of a customer (a subject id), and be silent about them for
        ever; KeyError if nothing is known of them. To do it again is harmless.
        """
        ...

    async def rewrite(self) -> bool:
        """Rewrite the tables in which something was erased; False if one of them was in use all the
        time.
        """
        ...


class Addresses(Protocol):
    """What is kept of addresses, whosever they are."""

    async def bounces(self, address: str, /) -> list[Bounce]:
        """What came back from an address, the oldest first, and when it was revived."""

    async def came_back(self, bounce: Bounce, /) -> None:
        """Note what came back from an address; the same told twice is one."""

    async def revive(self, address: str, now: datetime, /) -> None:
        """An address may be used again, whatever came back from it until now."""


class Store(Protocol):
    """All of it, for whoever needs several."""

    @property
    def naming(self) -> Naming:
        """How its journeys are named."""
        ...

    @property
    def events(self) -> EventLog:
        """The log of events."""
        ...

    @property
    def journeys(self) -> Journeys:
        """The run of each order and each customer."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger of messages, calls and events of our own."""
        ...

    @property
    def rulesets(self) -> PublishedRulesets:
        """The rulesets that were published."""
        ...

    @property
    def nudges(self) -> Nudges:
        """Which journeys have news to read."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """What could not be made sense of."""
        ...

    @property
    def customers(self) -> Customers:
        """What is kept of people."""
        ...

    @property
    def addresses(self) -> Addresses:
        """What is kept of addresses."""

    @property
    def inquiries(self) -> Inquiries:
        """What somebody may ask."""
        ...

    @property
    def overview(self) -> Overview:
        """How much there is of everything."""
        ...
