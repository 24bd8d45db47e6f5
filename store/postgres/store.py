"""The store on PostgreSQL: one transaction per method, each written out in the module
of its noun.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Error

from engine.catalog.channels import CHANNELS
from engine.decisions.decision import Decision, Effect, Firing, Logged, OpenWork, Situation
from engine.decisions.recommendations import Purchases
from engine.facts.events import Event
from engine.facts.inquiry import Inquiry, Standing
from engine.facts.naming import Naming
from engine.language.known import Actions
from engine.rules.ruleset import Ruleset
from engine.rules.ruleset import Rulesets as RulesetsOf
from store.postgres.gauges import Gauges, gauges
from store.postgres.inquiries import background as inquiry
from store.postgres.inquiries import erasure as erasing
from store.postgres.inquiries import export as exporting
from store.postgres.inquiries import listings as reading
from store.postgres.inquiries import purchases
from store.postgres.inquiries.listings import JourneyRow
from store.postgres.inquiries.standings import standings
from store.postgres.intake import events, nudges, quarantine
from store.postgres.intake import recall as recalling
from store.postgres.intake.quarantine import Quarantined, Retried
from store.postgres.intake.spread import concerned, spread
from store.postgres.journeys import decisions
from store.postgres.journeys.ledger import Ledger
from store.postgres.journeys.situations import read_situation, unwoken_situation
from store.postgres.rulesets import Activation, RulesetCache, activations
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import Contended, repeated
from store.records.todo import Deciding

# Of what is left by a process that died while it published, or while it recalled journeys.
_PAGES_OF_A_SWEEP = 20


class PostgresStore:
    """What is known, what was decided and what is still open.

    Every method raises `psycopg.OperationalError` while the database is away and `Contended` when
    it was contended three times in a row; then nothing was stored, and the same question may be
    asked again. `channels` are those this process has a provider for, `actions` the registered
    calls.
    """

    def __init__(
        self,
        pool: Pool,
        naming: Naming,
        channels: frozenset[str] = frozenset(CHANNELS),
        actions: Actions | None = None,
    ) -> None:
        self.pool, self.naming, self.channels = pool, naming, channels
        self.rulesets = RulesetCache(actions)
        self.ledger = Ledger(pool, self.rulesets, channels)

    async def ingest(self, told: Sequence[Event], now: datetime) -> list[str]:
        """Append events, fold them, note whom to wake: accepted, duplicate, conflict or quarantined
        of each.

        Raises `InvalidEvent`, which names the index; then nothing of the batch is stored.
        """
        return await repeated(
            lambda: events.ingest(self.pool, self.rulesets, self.naming, told, now)
        )

    async def decide(self, journey: str, now: datetime, deciding: Deciding) -> OpenWork:
        """What a journey has to see to: every effect still open, and when it is due next."""
        return await repeated(
            lambda: decisions.decide(self.pool, self.rulesets, journey, now, deciding)
        )

    async def take_nudges(self, limit: int = 200) -> list[tuple[str, str]]:
        """The journeys to nudge now, with their kind."""
        return await nudges.take(self.pool, limit)

    async def nudge_failed(self, journey: str) -> None:
        """Temporal could not be told."""
        await nudges.failed(self.pool, journey)

    async def sweep(self) -> int:
        """Nudge every journey that was forgotten, and whom a revision concerns; how many were
        forgotten.
        """
        forgotten = await repeated(lambda: nudges.sweep(self.pool))
        await self._spread(_PAGES_OF_A_SWEEP)
        return forgotten + await self._recall(_PAGES_OF_A_SWEEP)

    async def recall(self, cluster: str) -> int:
        """Nudge every journey that has not ended, since this Temporal has forgotten it; how many.

        Where another process does it already, it is left to that one.
        """
        await recalling.begin(self.pool, cluster)
        return await self._recall()

    async def publish(self, ruleset: Ruleset, author: str, reason: str, now: datetime) -> bool:
        """Store a ruleset and make it the active one; False if it is that already.
        Then `spread`.
        """
        changes = await repeated(
            lambda: self.rulesets.publish(self.pool, ruleset, author, reason, now)
        )
        await self.spread()
        return changes

    async def activate(self, activation: Activation) -> bool:
        """As `publish`, for a revision that was published before; False also if it never was."""
        changes = await repeated(lambda: self.rulesets.activate(self.pool, activation))
        await self.spread()
        return changes

    async def spread(self) -> bool:
        """Nudge everybody whom the active revision concerns; False if something stood in the way.

        The revision is active all the same, and the sweep goes on where this has stopped.
        """
        try:
            await self._spread()
        except (Contended, Error):
            return False
        return True

    async def _spread(self, pages: int | None = None) -> None:
        """Nudge whom a new revision concerns: all of them, or so many pages."""
        while pages != 0 and await repeated(lambda: spread(self.pool, self.naming)):
            pages = None if pages is None else pages - 1

    async def _recall(self, pages: int | None = None) -> int:
        """Nudge whom Temporal has forgotten: all of them, or so many pages; how many there were."""
        found = 0
        while (
            pages != 0 and (page := await repeated(lambda: recalling.recall(self.pool))) is not None
        ):
            found, pages = found + page, None if pages is None else pages - 1
        return found

    async def activations(self) -> list[Activation]:
        """Every activation there was, the last one first."""
        return await activations(self.pool)

    async def purchases(
        self, shop: str, customer: str | None, products: Sequence[str]
    ) -> Purchases:
        """What others than this customer bought who bought one of these products, and what is known
        of it all.
        """
        return await purchases.purchases(self.pool, shop, customer, products)

    async def active(self) -> Ruleset:
        """The active ruleset; raises `NoRuleset` before the first is published."""
        async with self.pool.connection() as connection:
            return await self.rulesets.active(connection)

    async def ruleset(self, revision: str) -> Ruleset | None:
        """A ruleset that was ever published."""
        async with self.pool.connection() as connection:
            return (await self.rulesets.all_of(connection, [revision])).get(revision)

    async def counts(self) -> Mapping[str, Any]:
        """How much there is of everything; effects by state."""
        return await reading.counts(self.pool)

    async def gauges(self) -> Gauges:
        """How far behind everything is."""
        return await gauges(self.pool)

    async def effects(self, order: str | None = None, *, customer: bool = False) -> list[Effect]:
        """The ledger, of one order or all of it; if `customer`, with what concerns the order's
        customer.
        """
        return await reading.effects(self.pool, order, customer=customer)

    async def uncertain_effects(self) -> list[Effect]:
        """The messages nobody is sure of, the oldest first."""
        return await reading.uncertain(self.pool)

    async def decisions(self, rule_id: str, order: str, shop: str | None = None) -> list[Decision]:
        """What was answered for a rule about an order, oldest first."""
        return await reading.decisions(self.pool, rule_id, order, shop)

    async def subjects_named(self, kind: str, own: str) -> list[tuple[str, str | None]]:
        """The orders, or customers, of this id in any shop, each with the subject id of its
        customer where known.
        """
        return await inquiry.subjects_named(self.pool, kind, own)

    async def ids_like(self, kind: str, own: str) -> list[str]:
        """Some ids that begin or end as this one does."""
        return await inquiry.ids_like(self.pool, kind, own)

    async def inquire(self, subject: str, customer: str | None) -> inquiry.SubjectHistory:
        """Everything about an order or a customer."""
        return await inquiry.inquire(self.pool, self.naming, subject, customer)

    async def waits_of(self, order: str) -> list[Firing]:
        """What waits about an order, the next first."""
        return await reading.waits_of(self.pool, order)

    async def journeys(self) -> list[JourneyRow]:
        """Every journey that was ever woken."""
        return await reading.journeys(self.pool)

    async def waiting(self) -> list[str]:
        """Every journey in which something waits or is held."""
        return await reading.waiting(self.pool)

    async def situation(self, journey: str) -> tuple[RulesetsOf, Situation] | None:
        """What a decision about a journey would look at now, to look at it only; None if nobody
        ever woke it.
        """
        async with self.pool.connection() as connection:
            loaded = await read_situation(connection, self.rulesets, journey)
        return (loaded.rulesets, loaded.situation) if loaded else None

    async def concerned(self, kinds: Iterable[str]) -> AsyncIterator[tuple[RulesetsOf, Situation]]:
        """The situations of all whom word of a new revision would reach, of these kinds; to look at
        them only.
        """
        for kind in sorted(kinds):
            async for subject in concerned(self.pool, kind):
                journey = self.naming.journey(subject)
                async with self.pool.connection() as connection:
                    loaded = await read_situation(connection, self.rulesets, journey)
                    loaded = loaded or await unwoken_situation(
                        connection, self.rulesets, journey, subject
                    )
                if loaded:
                    yield loaded.rulesets, loaded.situation

    async def standings(self, inquiry: Inquiry) -> tuple[Standing, ...]:
        """What is known of the thing a question names, with the rules that hold; two if several
        shops have it.
        """
        return await standings(self.pool, self.rulesets, inquiry)

    async def idle(self) -> bool:
        """Whether no journey has news to read and no effect is open."""
        return await reading.idle(self.pool)

    async def events_of(self, order: str) -> list[Logged]:
        """What happened to an order, by its own time."""
        return await reading.events_of(self.pool, order)

    async def quarantined(self) -> list[Quarantined]:
        """Everything that could not be made sense of."""
        return await quarantine.quarantined(self.pool)

    async def retry(self, number: int, now: datetime) -> Retried:
        """Try again what could not be made sense of."""
        return await repeated(
            lambda: quarantine.retry(self.pool, self.rulesets, self.naming, number, now)
        )

    async def let_go(self, number: int, now: datetime) -> bool:
        """Stop looking at something that could not be made sense of; False if there is no such
        number.
        """
        return await repeated(lambda: quarantine.let_go(self.pool, number, now))

    async def erase(self, customer: str, now: datetime) -> erasing.Erased:
        """Blank everything ever stated of a customer (a subject id); KeyError if nothing is known
        of them.
        """
        return await repeated(
            lambda: erasing.erase(self.pool, self.rulesets, self.naming, customer, now)
        )

    async def rewrite(self) -> bool:
        """Rewrite the tables in which something was erased; False if one of them was in use all the
        time.
        """
        return await erasing.rewrite(self.pool)

    async def customers(self, own_id: str) -> list[str]:
        """The subject ids of the customers who have this id in their shop."""
        return await exporting.customers(self.pool, own_id)

    async def export(self, customer: str) -> dict[str, Any]:
        """Everything known of a customer (a subject id), as JSON; KeyError if that is nothing."""
        return await exporting.export(self.pool, customer)
