"""The store on PostgreSQL: one object for each noun, every method a transaction of its own."""

from engine.catalog.channels import CHANNELS
from engine.facts.naming import Naming
from engine.language.known import Actions
from engine.sending.ledger import LEASE
from store.postgres.inquiries.customers import PostgresCustomers
from store.postgres.inquiries.inquiries import PostgresInquiries
from store.postgres.intake.bounces import PostgresAddresses
from store.postgres.intake.events import PostgresEventLog
from store.postgres.intake.nudges import PostgresNudges
from store.postgres.intake.quarantine import PostgresQuarantine
from store.postgres.journeys.journeys import PostgresJourneys
from store.postgres.journeys.ledger import PostgresLedger
from store.postgres.overview import PostgresOverview
from store.postgres.revisions import PostgresRulesets
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool


class PostgresStore:
    """What is known, what was decided and what is still open, on one database.

    `channels` are those this process has a provider for, `actions` the registered calls. `lease`:
    for how many seconds a message may be leaving.
    """

    def __init__(
        self,
        pool: Pool,
        naming: Naming,
        channels: frozenset[str] = frozenset(CHANNELS),
        actions: Actions | None = None,
        lease: float = LEASE,
    ) -> None:
        self.pool, self.naming, self.channels = pool, naming, channels
        self.compiled = compiled = RulesetCache(actions)
        self.events = PostgresEventLog(pool, compiled, naming)
        self.journeys = PostgresJourneys(pool, compiled, naming)
        self.ledger = PostgresLedger(pool, compiled, naming, channels, lease)
        self.rulesets = PostgresRulesets(pool, compiled, naming)
        self.nudges = PostgresNudges(pool, compiled, naming, lease)
        self.quarantine = PostgresQuarantine(pool, compiled, naming)
        self.customers = PostgresCustomers(pool, compiled, naming)
        self.addresses = PostgresAddresses(pool)
        self.inquiries = PostgresInquiries(pool, compiled, naming)
        self.overview = PostgresOverview(pool)
