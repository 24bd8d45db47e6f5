"""Publishing: a ruleset is stored, becomes the active one, and whoever it concerns is nudged."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from psycopg import Error
from psycopg.types.json import Jsonb

from engine.decisions.reach import kinds_concerned
from engine.facts.naming import Naming
from engine.facts.refolds.places import moved_names, own_places
from engine.rules.ruleset import Ruleset
from store.ports import Contended
from store.postgres.intake.spread import WAITS, spread_pages
from store.postgres.refold import refold_pages
from store.postgres.renames import rename_rules
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.activations import Activation, Superseded

_STORE = """
insert into rulesets (revision, files, language_version) values (%s, %s, %s) on conflict do nothing
"""
# One at a time, so that the last to be activated is the one that stays.
_ALONE = "lock table activations in share row exclusive mode"
_ACTIVATIONS = """
select revision, author, reason, at, is_rollback, moves_waits from activations
order by number desc
"""
_ACTIVATE = """
insert into activations (revision, author, reason, at, is_rollback, moves_waits, kinds,
    places, refolds, refolded)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PLACES = "select places from activations order by number desc limit 1"


@dataclass(frozen=True, slots=True)
class PostgresRulesets:
    """The published rulesets of a database; `store.ports.PublishedRulesets`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def publish(
        self,
        ruleset: Ruleset,
        author: str,
        reason: str,
        now: datetime,
        *,
        moves_waits: bool = False,
    ) -> bool:
        """Store a ruleset and make it the active one; False if it is that already, and nothing that
        waits is to move. Then `spread`.
        """
        activation = Activation(ruleset.revision, author, reason, now, moves_waits=moves_waits)
        return await self._spread_after(lambda: self._publish(ruleset, activation))

    async def replace(self, old: str | None, new: Ruleset, activation: Activation) -> bool:
        """As `publish`, where `old` is the active revision, None while there is none, or the new
        one is already; else `Superseded` is raised, and nothing changes.
        """
        return await self._spread_after(lambda: self._publish(new, activation, (old,)))

    async def activate(self, activation: Activation, instead_of: str | None = None) -> bool:
        """As `publish`, for a revision that was published before; False also if it never was.

        `Superseded` if another one is active than `instead_of` or the wanted one.
        """
        expected = () if instead_of is None else (instead_of,)
        return await self._spread_after(lambda: self._activate(activation, expected))

    async def spread(self) -> bool:
        """Nudge everybody whom the active revision concerns, and fold anew what it keeps elsewhere;
        False if something stood in the way.

        The revision is active all the same, and the sweep goes on where this has stopped.
        """
        parts = (
            partial(refold_pages, self.pool, self.compiled),
            partial(spread_pages, self.pool, self.naming),
        )
        return all([await _is_done(part) for part in parts])

    async def active(self) -> Ruleset:
        """The active ruleset; raises `NoRuleset` before the first is published."""
        async with self.pool.connection() as connection:
            return await self.compiled.active(connection)

    async def revision(self, revision: str) -> Ruleset | None:
        """A ruleset that was ever published."""
        async with self.pool.connection() as connection:
            return (await self.compiled.all_of(connection, [revision])).get(revision)

    async def activations(self) -> list[Activation]:
        """Every activation there was, the last one first: that one holds."""
        async with self.pool.connection() as connection:
            return [Activation(*row) for row in await connection.rows(_ACTIVATIONS)]

    async def _spread_after(self, change: Callable[[], Awaitable[bool]]) -> bool:
        changes = await repeated(change)
        await self.spread()
        return changes

    async def _publish(
        self, ruleset: Ruleset, activation: Activation, expected: Sequence[str | None] = ()
    ) -> bool:
        async with transaction(self.pool) as connection:
            old = await self._replaced(connection, ruleset.revision, expected)
            changes = old != ruleset.revision or activation.moves_waits
            if changes:
                stored = (ruleset.revision, Jsonb(dict(ruleset.files)), ruleset.language_version)
                await connection.execute(_STORE, stored)
                await self._make_active(connection, old, ruleset, activation)
        self.compiled.remember(ruleset)
        return changes

    async def _activate(self, activation: Activation, expected: Sequence[str | None] = ()) -> bool:
        wanted = activation.revision
        async with transaction(self.pool) as connection:
            old = await self._replaced(connection, wanted, expected)
            stored = (await self.compiled.all_of(connection, [wanted])).get(wanted)
            if stored is None or (old == wanted and not activation.moves_waits):
                return False
            await self._make_active(connection, old, stored, activation)
        return True

    async def _replaced(
        self, connection: Connection, new: str, expected: Sequence[str | None]
    ) -> str | None:
        """What is active, and stays so until this transaction ends: one of those expected, where
        there are any, or the new one.
        """
        await connection.execute(_ALONE)
        old = await self.compiled.active_revision(connection)
        if expected and old not in (*expected, new):
            raise Superseded(old)
        return old

    async def _make_active(
        self, connection: Connection, old: str | None, new: Ruleset, activation: Activation
    ) -> None:
        await rename_rules(connection, self.compiled, old, new)
        before = await self._before(connection, old)
        kinds = sorted(kinds_concerned(before, new)) if old is not None else []
        kinds += [WAITS] if activation.moves_waits else []
        known = await _places(connection, before)
        moved = sorted(moved_names(known, new.catalog))
        folding = (Jsonb(own_places(known, new.catalog)), moved, "" if moved else None)
        by = (activation.author, activation.reason, activation.at)
        how = (activation.is_rollback, activation.moves_waits)
        await connection.execute(_ACTIVATE, (new.revision, *by, *how, kinds, *folding))

    async def _before(self, connection: Connection, old: str | None) -> Ruleset | None:
        """The ruleset that was active, if this program can read it."""
        return (await self.compiled.readable(connection, [old])).get(old) if old else None


async def _places(connection: Connection, before: Ruleset | None) -> Mapping[str, str]:
    """With what kind of thing each own name is kept so far; an older program noted none."""
    row = await connection.row(_PLACES)
    if row and row[0] is not None:
        noted: Mapping[str, str] = row[0]
        return noted
    return own_places({}, before.catalog) if before else {}


async def _is_done(part: Callable[[], Awaitable[object]]) -> bool:
    """Whether nothing stood in the way of a part of what follows an activation."""
    try:
        await part()
    except (Contended, Error):
        return False
    return True
