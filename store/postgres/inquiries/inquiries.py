"""What somebody may ask about one order, customer or rule, each answer read without a lock."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.decisions.recommendations import Purchases
from engine.facts.events import Event
from engine.facts.naming import Naming
from engine.facts.views.inquiry import Inquiry, Standing
from engine.scenarios.recording.lived import Lived
from store.postgres.inquiries import background, listings
from store.postgres.inquiries.lived import lived, orders_named
from store.postgres.inquiries.purchases import purchases
from store.postgres.inquiries.standings import standings
from store.postgres.inquiries.whole_log import whole_log
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.records.answers import LedgerQuery, SubjectHistory


@dataclass(frozen=True, slots=True)
class PostgresInquiries:
    """The answers of a database; `store.ports.Inquiries`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def standings(self, inquiry: Inquiry, now: datetime) -> tuple[Standing, ...]:
        """What is known at a moment of the thing a question names, with the rules that hold; two if
        several shops have it.
        """
        return await standings(self.pool, self.compiled, inquiry, now)

    async def purchases(
        self, shop: str, customer: str | None, products: Sequence[str]
    ) -> Purchases:
        """What others than this customer bought who bought one of these products, and what is known
        of it all.
        """
        return await purchases(self.pool, shop, customer, products)

    async def effects(self, order: str | None = None, *, customer: bool = False) -> list[Effect]:
        """The ledger, of one order or all of it; if `customer`, with what concerns the order's
        customer.
        """
        return await listings.effects(self.pool, order, customer=customer)

    def log(self) -> AsyncIterator[tuple[Event, datetime]]:
        """Every event there ever was, with when it became known, in that order."""
        return whole_log(self.pool)

    async def effects_in(self, wanted: LedgerQuery) -> list[Effect]:
        """The rows of the ledger that somebody looks for, the oldest first."""
        return await listings.effects_in(self.pool, wanted)

    async def effects_with(self, key: str) -> list[Effect]:
        """Every effect of the firing to which the one with this key belongs; none if there is no
        such key.
        """
        return await listings.effects_with(self.pool, key)

    async def decisions(self, rule_id: str, order: str, shop: str | None = None) -> list[Decision]:
        """What was answered for a rule about an order, oldest first."""
        return await listings.decisions(self.pool, rule_id, order, shop)

    async def waits_of(self, order: str) -> list[Firing]:
        """What waits about an order, the next first."""
        return await listings.waits_of(self.pool, order)

    async def events_of(self, order: str) -> list[Logged]:
        """What happened to an order, by its own time."""
        return await listings.events_of(self.pool, order)

    async def subjects_with_id(self, kind: str, own: str) -> list[tuple[str, str | None]]:
        """The orders, or customers, of this id in any shop, each with the subject id of its
        customer where known.
        """
        return await background.subjects_named(self.pool, kind, own)

    async def ids_like(self, kind: str, own: str) -> list[str]:
        """Some ids that stand beside this one in the order of all."""
        return await background.ids_like(self.pool, kind, own)

    async def history(self, subject: str, customer: str | None) -> SubjectHistory:
        """Everything about an order or a customer."""
        return await background.inquire(self.pool, self.naming, subject, customer)

    async def shops_of(self, order: str) -> list[str]:
        """The shops that have an order of this id."""
        return await orders_named(self.pool, order)

    async def lived(self, shop: str, order: str) -> Lived | None:
        """One order of a shop with everything around its customer; None if there is none."""
        return await lived(self.pool, shop, order)
