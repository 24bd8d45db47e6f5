"""Both stores side by side: what happens, happens to both, and each must hold the same rows."""

from datetime import datetime
from typing import Any

from engine.decisions.effects import Effect
from engine.facts.events import Event, parse_event
from engine.language.reader import read_ruleset
from engine.sending.ledger import FINISHED, SENT
from store.memory.store import MemoryStore
from store.postgres.store import PostgresStore
from tests.store.shop import FILES, NAMING, NOON, SHOP, deciding
from tests.store.tables import tables_of_memory, tables_of_postgres


class Twins:
    """A store in memory and one on PostgreSQL, under the same rules."""

    def __init__(self, postgres: PostgresStore, rules: str, policies: str = "") -> None:
        files = {**FILES, "journeys/a.yaml": f"version: 1\nrules:\n{rules}"}
        if policies:
            files["policies.yaml"] = policies
        self.ruleset = read_ruleset(files)
        self.memory, self.postgres = MemoryStore(self.ruleset, NAMING), postgres
        self.told = 0
        self.is_mail_away = False

    async def begin(self) -> None:
        """Both under the rules of this test."""
        await self.postgres.rulesets.publish(self.ruleset, "tests", "of this test", NOON)

    async def tell(
        self, kind: str, at: datetime = NOON, /, source: str = "shop", **data: Any
    ) -> str:
        """Something happens, as its sender writes it; everybody decides."""
        return await self.take(self._parsed(kind, at, source, data), at)

    async def log_only(self, kind: str, at: datetime, /, **data: Any) -> str:
        """Something happens, and nobody has decided yet."""
        return await self._accept(self._parsed(kind, at, "shop", data), at)

    async def take(self, event: Event, at: datetime) -> str:
        """An event is accepted by both; what became of it."""
        result = await self._accept(event, at)
        await self.pass_time(at)
        return result

    def _parsed(self, kind: str, at: datetime, source: str, data: dict[str, Any]) -> Event:
        self.told += 1
        raw = {"id": str(self.told), "source": source, "type": kind, "time": at.isoformat()}
        return parse_event(raw | {"data": {"shop": SHOP, **data}}, self.ruleset.catalog, at)

    async def _accept(self, event: Event, at: datetime) -> str:
        (ours,) = self.memory.ingest([event], at)
        (theirs,) = await self.postgres.events.ingest([event], at)
        assert theirs == ours
        return ours

    async def pass_time(self, now: datetime) -> None:
        """Every journey decides, and what is open is carried out."""
        for journey in sorted(self.memory.journeys):
            ours = self.memory.decide(journey, now, deciding(now))
            assert await self.postgres.journeys.decide(journey, now, deciding(now)) == ours
            for kind, key in ours.open:
                await self._carry_out(kind, key, now)
        await self.check()

    async def _carry_out(self, kind: str, key: str, now: datetime) -> None:
        ours = self.memory.ledger.attempt(key, "ann", now).verdict
        assert (await self.postgres.ledger.attempt(key, "ann", now)).verdict == ours
        is_claimed = self.memory.effects[key].state == "claimed"
        if not is_claimed or (kind == "send" and self.is_mail_away):
            return
        if kind == "send":
            assert self.memory.ledger.may_leave(key, "ann", now)
            assert await self.postgres.ledger.may_leave(key, "ann", now)
        done = SENT() if kind == "send" else FINISHED(None)
        self.memory.ledger.change(key, "ann", done, now)
        await self.postgres.ledger.change(key, "ann", done, now)

    async def check(self) -> None:
        """Both hold the same rows."""
        theirs, ours = await tables_of_postgres(self.postgres), tables_of_memory(self.memory)
        for table, rows in ours.items():
            assert theirs[table] == rows, table

    def sent(self) -> list[str]:
        """The templates of the messages that have left, in the order in which they did."""
        return [one.name for one in self._by_time("sent")]

    def unsent(self) -> list[str]:
        """Why messages did not leave."""
        return [str(one.reason) for one in self._by_time("dropped", "held")]

    def _by_time(self, *states: str) -> list[Effect]:
        found = [one for one in self.memory.effects.values() if one.state in states]
        return sorted(found, key=lambda one: (one.settled_at or one.firing.due_at, one.key))
