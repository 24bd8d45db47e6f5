"""The compiled rulesets: stored as their files by content hash, compiled once per process while
they are used.
"""

from collections.abc import Iterable
from contextlib import suppress

from engine.conditions.problems import InvalidRuleset
from engine.language.known import Actions
from engine.language.reader import read_published
from engine.rules.kept_revisions import KeptRevisions
from engine.rules.ruleset import LANGUAGE_VERSION, Ruleset
from engine.rules.ruleset import Rulesets as Snapshot
from store.postgres.sessions.pool import Connection
from store.records.activations import NoRuleset, TooOld

_ACTIVE = "select revision from activations order by number desc limit 1"
_FILES = "select revision, files, language_version from rulesets where revision = any(%s)"


class RulesetCache:
    """The compiled rulesets this process has used latest."""

    def __init__(self, actions: Actions | None) -> None:
        self._actions = actions
        self._compiled = KeptRevisions[Ruleset]()
        self.latest: Ruleset | None = None

    async def of(self, connection: Connection, revision: str | None) -> Ruleset:
        """The ruleset of the revision that is active now; raises `NoRuleset` if there is none."""
        if revision is None:
            raise NoRuleset("no rules have been published")
        self.latest = (await self.all_of(connection, [revision]))[revision]
        return self.latest

    async def active(self, connection: Connection) -> Ruleset:
        """The active ruleset."""
        return await self.of(connection, await self.active_revision(connection))

    async def active_revision(self, connection: Connection) -> str | None:
        """The name of the active ruleset, None before the first is published."""
        row = await connection.row(_ACTIVE)
        return row[0] if row else None

    async def all_of(self, connection: Connection, revisions: Iterable[str]) -> dict[str, Ruleset]:
        """The rulesets of these revisions, as far as they are known.

        Raises `TooOld` or `InvalidRuleset` where this program cannot read what another one
        published.
        """
        wanted = set(revisions)
        kept = {revision: self._compiled.get(revision) for revision in wanted}
        found = {revision: ruleset for revision, ruleset in kept.items() if ruleset}
        if missing := sorted(wanted - found.keys()):
            for revision, files, version in await connection.rows(_FILES, (missing,)):
                if version > LANGUAGE_VERSION:
                    raise TooOld(
                        f"revision {revision} needs language version {version},"
                        f" known is {LANGUAGE_VERSION}"
                    )
                ruleset = read_published(files, self._actions)
                found[revision] = self._compiled.keep(revision, ruleset)
        return found

    async def readable(
        self, connection: Connection, revisions: Iterable[str]
    ) -> dict[str, Ruleset]:
        """The rulesets of those of these revisions that this program can read."""
        found: dict[str, Ruleset] = {}
        for revision in sorted(set(revisions)):
            with suppress(TooOld, InvalidRuleset):
                found |= await self.all_of(connection, [revision])
        return found

    async def snapshot(
        self,
        connection: Connection,
        active: str | None,
        named: Iterable[str],
        moving: Iterable[str] = (),
    ) -> Snapshot:
        """The active revision, every other one that a situation names, and of those that move what
        waits the ones that can be read.
        """
        ruleset = await self.of(connection, active)
        others = await self.all_of(connection, named)
        left = set(moving) - others.keys() - {ruleset.revision}
        return Snapshot(ruleset, others | await self.readable(connection, left))

    def remember(self, ruleset: Ruleset) -> None:
        """A ruleset that was just made the active one, compiled already."""
        self.latest = self._compiled.keep(ruleset.revision, ruleset)
