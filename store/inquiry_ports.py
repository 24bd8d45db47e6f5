"""What may be asked of a store that changes nothing: how far behind it is, and what is known of one
order, customer or rule. The errors are those of `store.ports`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.decisions.recommendations import Purchases
from engine.facts.events import Event
from engine.facts.views.inquiry import Inquiry, Standing
from engine.scenarios.recording.lived import Lived
from store.records.answers import Gauges, LedgerQuery, SubjectHistory, Unplaced


class Measured(Protocol):
    """Where it is found how far behind everything is, and whether it can be worked with."""

    async def gauges(self) -> Gauges:
        """How far behind everything is now, by the database's clock."""
        ...

    async def has_needed_tables(self) -> bool:
        """Whether the tables are those that this program needs, or newer ones."""
        ...

    async def takes_writes(self) -> bool:
        """Whether anything can be stored now: it is not read-only, and its disk is not full."""
        ...


class Overview(Measured, Protocol):
    """How much there is of everything, and how far behind it is."""

    async def counts(self) -> Mapping[str, Any]:
        """How much there is of everything; effects by state."""
        ...

    async def has_events(self) -> bool:
        """Whether anything has happened."""
        ...

    async def unplaced(self, before: datetime, /) -> list[Unplaced]:
        """What has waited since before a moment until somebody tells of it, the oldest first."""
        ...

    async def idle(self) -> bool:
        """Whether no journey has news to read and no effect is open."""
        ...


class Standings(Protocol):
    """Where the state of one thing is found."""

    async def standings(self, inquiry: Inquiry, now: datetime, /) -> tuple[Standing, ...]:
        """What is known at a moment of the thing a question names, with the rules that hold; two if
        several shops have it.
        """
        ...


class Inquiries(Standings, Protocol):
    """What somebody may ask about one order, customer or rule."""

    async def purchases(
        self, shop: str, customer: str | None, products: Sequence[str], /
    ) -> Purchases:
        """What others than this customer bought who bought one of these products, and what is known
        of it all.
        """
        ...

    async def effects(self, order: str | None = None, *, customer: bool = False) -> list[Effect]:
        """The ledger, of one order or all of it; if `customer`, with what concerns the order's
        customer.
        """
        ...

    async def effects_in(self, wanted: LedgerQuery, /) -> list[Effect]:
        """The rows of the ledger that somebody looks for, the oldest first."""
        ...

    async def effects_with(self, key: str, /) -> list[Effect]:
        """Every effect of the firing that has the one with this key; none if there is none."""
        ...

    async def decisions(self, rule_id: str, order: str, shop: str | None = None) -> list[Decision]:
        """What was answered for a rule about an order, oldest first."""
        ...

    async def waits_of(self, order: str, /) -> list[Firing]:
        """What waits about an order, the next first."""
        ...

    async def events_of(self, order: str, /) -> list[Logged]:
        """What happened to an order, by its own time."""
        ...

    async def subjects_with_id(self, kind: str, own: str, /) -> list[tuple[str, str | None]]:
        """The orders, or customers, of this id in any shop, each with the subject id of its
        customer where known.
        """
        ...

    async def ids_like(self, kind: str, own: str, /) -> list[str]:
        """Some ids that stand beside this one in the order of all."""
        ...

    async def history(self, subject: str, customer: str | None, /) -> SubjectHistory:
        """Everything about an order or a customer; of an order also what its customer's journey
        decided.
        """
        ...

    def log(self) -> AsyncIterator[tuple[Event, datetime]]:
        """Every event there ever was, with when it became known, in that order."""
        ...

    async def shops_of(self, order: str, /) -> list[str]:
        """The shops that have an order of this id."""
        ...

    async def lived(self, shop: str, order: str, /) -> Lived | None:
        """One order of a shop with everything around its customer; None if there is none."""
        ...
