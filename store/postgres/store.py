"""The store on PostgreSQL: one object for each noun, every method a transaction of its own."""

from datetime import datetime
from typing import Any

from engine.catalog.channels import CHANNELS
from engine.decisions.decision import Reason
from engine.facts.naming import Naming
from engine.language.known import Actions
from engine.sending import ledger
from engine.sending.gates import Dropped
from store.postgres.inquiries.customers import PostgresCustomers
from store.postgres.inquiries.inquiries import PostgresInquiries
from store.postgres.intake.events import PostgresEventLog
from store.postgres.intake.nudges import PostgresNudges
from store.postgres.intake.quarantine import PostgresQuarantine
from store.postgres.journeys.journeys import PostgresJourneys
from store.postgres.journeys.ledger import Ledger
from store.postgres.overview import PostgresOverview
from store.postgres.revisions import PostgresRulesets
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import repeated
from store.records.attempts import Attempt, is_essential


class PostgresStore:
    """What is known, what was decided and what is still open, on one database.

    `channels` are those this process has a provider for, `actions` the registered calls.
    """

    def __init__(
        self,
        pool: Pool,
        naming: Naming,
        channels: frozenset[str] = frozenset(CHANNELS),
        actions: Actions | None = None,
    ) -> None:
        self.pool, self.naming, self.channels = pool, naming, channels
        self.compiled = compiled = RulesetCache(actions)
        self.events = PostgresEventLog(pool, compiled, naming)
        self.journeys = PostgresJourneys(pool, compiled, naming)
        self.ledger = Ledger(pool, compiled, channels)
        self.rulesets = PostgresRulesets(pool, compiled, naming)
        self.nudges = PostgresNudges(pool, naming)
        self.quarantine = PostgresQuarantine(pool, compiled, naming)
        self.customers = PostgresCustomers(pool, compiled, naming)
        self.inquiries = PostgresInquiries(pool, compiled, naming)
        self.overview = PostgresOverview(pool)

    async def attempt(self, key: str, owner: str, now: datetime) -> Attempt:
        """An attempt starts: everything is asked once more, then the effect is claimed, held or
        dropped.
        """
        return await repeated(lambda: self.ledger.attempt(key, owner, now))

    async def begin_data(self, key: str, owner: str, now: datetime) -> bool:
        """The last question before DATA; False if the message may not leave or another attempt has
        taken over.
        """
        return await repeated(lambda: self.ledger.begin_data(key, owner, now))

    async def sent(self, key: str, owner: str, now: datetime) -> bool:
        """The receiver said 250."""
        return await self.ledger.sent(key, owner, now)

    async def back(self, key: str, owner: str) -> bool:
        """Nothing was accepted, or nothing of DATA was written: the attempt may be repeated."""
        return await repeated(lambda: self.ledger.change(key, owner, ("data",), ledger.back))

    async def refused(
        self, key: str, owner: str, text: str, now: datetime, dead_address: str | None = None
    ) -> bool:
        """The receiver will never take it."""
        return await repeated(lambda: self.ledger.refused(key, owner, text, now, dead_address))

    async def uncertain(self, key: str, owner: str, now: datetime) -> bool:
        """Nobody can know whether it arrived."""
        active = await self.rulesets.active()
        return await repeated(
            lambda: self.ledger.change(
                key,
                owner,
                ("data",),
                lambda one: ledger.uncertain(one, now, essential=is_essential(one, active)),
            )
        )

    async def misconfigured(self, key: str, owner: str, until: datetime, text: str) -> bool:
        """The receiver refuses the sender: held until a person has mended the settings."""
        return await repeated(
            lambda: self.ledger.change(
                key, owner, ("claimed",), lambda one: ledger.misconfigured(one, until, text)
            )
        )

    async def drop(
        self, key: str, owner: str, reason: Reason, by: str | None, now: datetime
    ) -> bool:
        """It will not be sent."""
        return await repeated(
            lambda: self.ledger.change(
                key, owner, ("claimed",), lambda one: ledger.dropped(one, reason, by, now)
            )
        )

    async def leave_out(self, key: str, owner: str, carried: str, text: str, now: datetime) -> bool:
        """A message that a digest carries cannot be written; the digest leaves without it."""
        why = Dropped(Reason.ERROR, text)
        return await repeated(lambda: self.ledger.leave_out(key, owner, carried, why, now))

    async def finish(self, key: str, owner: str, result: Any, now: datetime) -> bool:
        """A call has done its work; `result` is JSON."""
        return await repeated(
            lambda: self.ledger.change(
                key, owner, ("claimed",), lambda one: ledger.finished(one, result, now)
            )
        )

    async def fail(self, key: str, owner: str, text: str, now: datetime) -> bool:
        """A call that will never succeed."""
        return await repeated(
            lambda: self.ledger.change(
                key, owner, ("claimed",), lambda one: ledger.failed(one, text, now)
            )
        )

    async def release(self, key: str, now: datetime) -> bool:
        """A call that a message awaits may run."""
        return await repeated(
            lambda: self.ledger.change(key, None, ("held",), lambda one: ledger.released(one, now))
        )

    async def settle_uncertain(self, key: str, delivered: bool, now: datetime) -> bool:  # noqa: FBT001  # what was said
        """A person or the provider says what became of a message nobody was sure of."""
        return await repeated(lambda: self.ledger.settle_uncertain(key, now, delivered=delivered))
