"""Rulesets by content hash: stored as their files, compiled once per process, one of
them active.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from engine.conditions.problems import InvalidRuleset
from engine.decisions.reach import reached
from engine.language.known import Actions
from engine.language.reader import read_ruleset
from engine.rules.ruleset import LANGUAGE_VERSION, Ruleset
from engine.rules.ruleset import Rulesets as Snapshot
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import transaction

_ACTIVE = "select revision from activations order by number desc limit 1"
_FILES = "select revision, files, language_version from rulesets where revision = any(%s)"
_STORE = "insert into rulesets (revision, files, language_version) values (%s, %s, %s) on conflict do nothing"
# One at a time, so that the last to be activated is the one that stays.
_ALONE = "lock table activations in share row exclusive mode"
_ACTIVATIONS = "select revision, author, reason, at from activations order by number desc"
_ACTIVATE = (
    "insert into activations (revision, author, reason, at, kinds) values (%s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Activation:
    """When a revision became the active one, by whom and why."""

    revision: str
    author: str
    reason: str
    at: datetime


class NoRuleset(LookupError):
    """Nothing has been published yet."""


class TooOld(Exception):
    """The rules are written in a newer language than this program reads."""


class RulesetCache:
    """The compiled rulesets this process has met."""

    def __init__(self, actions: Actions | None) -> None:
        self._actions = actions
        self._compiled: dict[str, Ruleset] = {}
        self.latest: Ruleset | None = None

    async def of(self, connection: Connection, revision: str | None) -> Ruleset:
        """The ruleset of the revision that is active now; raises `NoRuleset` if there is none."""
        if revision is None:
            raise NoRuleset("no rules have been published")
        self.latest = (await self.all_of(connection, [revision]))[revision]
        return self.latest

    async def active(self, connection: Connection) -> Ruleset:
        """The active ruleset."""
        row = await connection.row(_ACTIVE)
        return await self.of(connection, row[0] if row else None)

    async def all_of(self, connection: Connection, revisions: Iterable[str]) -> dict[str, Ruleset]:
        """The rulesets of these revisions, as far as they are known.

        Raises `TooOld` or `InvalidRuleset` where this program cannot read what another one
        published.
        """
        wanted = set(revisions)
        if missing := sorted(wanted - self._compiled.keys()):
            for revision, files, version in await connection.rows(_FILES, (missing,)):
                if version > LANGUAGE_VERSION:
                    raise TooOld(
                        f"revision {revision} needs language version {version}, known is {LANGUAGE_VERSION}"
                    )
                self._compiled[revision] = read_ruleset(files, self._actions)
        return {revision: self._compiled[revision] for revision in wanted & self._compiled.keys()}

    async def snapshot(
        self, connection: Connection, active: str | None, named: Iterable[str]
    ) -> Snapshot:
        """The active revision and every other one that a situation names."""
        ruleset = await self.of(connection, active)
        return Snapshot(ruleset, await self.all_of(connection, named))

    async def publish(
        self, pool: Pool, ruleset: Ruleset, author: str, reason: str, now: datetime
    ) -> bool:
        """Store a ruleset and make it the active one; False if it is that already."""
        async with transaction(pool) as connection:
            await connection.execute(_ALONE)
            row = await connection.row(_ACTIVE)
            changes = row is None or row[0] != ruleset.revision
            if changes:
                stored = (ruleset.revision, Jsonb(dict(ruleset.files)), ruleset.language_version)
                await connection.execute(_STORE, stored)
                kinds = await self._reached(connection, row[0] if row else None, ruleset)
                await connection.execute(_ACTIVATE, (ruleset.revision, author, reason, now, kinds))
        self._compiled[ruleset.revision] = self.latest = ruleset
        return changes

    async def activate(self, pool: Pool, one: Activation) -> bool:
        """Make a stored ruleset the active one again; False if it is that already, or never was
        published.
        """
        async with transaction(pool) as connection:
            await connection.execute(_ALONE)
            row = await connection.row(_ACTIVE)
            stored = (await self.all_of(connection, [one.revision])).get(one.revision)
            changes = stored is not None and (row is None or row[0] != one.revision)
            if changes and stored is not None:
                kinds = await self._reached(connection, row[0] if row else None, stored)
                await connection.execute(
                    _ACTIVATE, (one.revision, one.author, one.reason, one.at, kinds)
                )
        return changes

    async def _reached(self, connection: Connection, old: str | None, new: Ruleset) -> list[str]:
        """The kinds of subjects for which a new revision has something new to wait for; before the
        first, none.
        """
        if old is None:
            return []
        try:
            before = (await self.all_of(connection, [old])).get(old)
        except (TooOld, InvalidRuleset):
            before = None
        return sorted(reached(before, new))


async def activations(pool: Pool) -> list[Activation]:
    """Every activation there was, the last one first: that one holds."""
    async with pool.connection() as connection:
        return [Activation(*row) for row in await connection.rows(_ACTIVATIONS)]
