"""The message ledger: each transition of the law, written where state and owner are still as it
expects.

False means fenced: another attempt has taken over, or somebody decided otherwise; nothing was
written.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.decisions.decision import Effect
from engine.sending import ledger
from engine.sending.digest_ledger import (
    LedgerChanges,
    as_changed,
    attempt_changes,
    freed,
    is_freed,
    last_changes,
    left_out,
)
from engine.sending.gates import Dropped
from engine.sending.judge import judge
from engine.sending.ledger import has_answered
from store.postgres.intake.nudges import NUDGE
from store.postgres.journeys.effect_rows import CHANGING, changing, effect_of
from store.postgres.journeys.endings import end_with, free_waiting, lock_waiting
from store.postgres.journeys.questions import load_question
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import must, transaction
from store.records.attempts import Attempt, Settled, audit_words, opening, wanted_again

Transition = Callable[[Effect], Effect]

_READ = "select to_json(effects) from effects where key = %s"
# Only a claim changes arguments. Whatever ends a message inside DATA would write those it read over
# an erasure.
_SETS = ", ".join(f"{name} = %({name})s" for name in CHANGING if name != "arguments")
_WRITE = must(f"""
update effects set {_SETS}, touched_db = now(),
    arguments = case when %(was)s in ('wanted', 'claimed') then %(arguments)s else arguments end,
    data_until_db = case when %(state)s = 'data' then now() + interval '{ledger.DATA_LEASE} seconds' end
where key = %(key)s and state = %(was)s and owner is not distinct from %(owned_by)s
returning 1
""")  # noqa: S608  # only our own constants are put together
# The same as `engine.sending.ledger.sent`, in one statement. A reply that comes after the lease ran
# out still counts.
_SENT = """
with mine as (
    select key, state from effects where key = %(key)s and owner = %(owner)s and state in ('data', 'uncertain')
    for update
), done as (
    update effects e set state = 'sent', settled_at = %(now)s, reason = null, reason_by = null, data_until_db = null,
        touched_db = now()
    from mine where e.key = mine.key
), noted as (
    insert into audit (key, what, at) select key, 'late reply', %(now)s from mine where state = 'uncertain'
)
select 1 from mine
"""
_BURY = (
    "insert into dead_addresses (address, reason, since) values (%s, %s, %s) on conflict do nothing"
)
_NOTE = "insert into audit (key, what, at) values (%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger's transitions; `channels` are those this process has a provider for."""

    pool: Pool
    rulesets: RulesetCache
    channels: frozenset[str]

    async def attempt(self, key: str, owner: str, now: datetime) -> Attempt:
        """Everything is asked once more, alone with the customer; then the effect is claimed, held
        or dropped.
        """
        async with transaction(self.pool) as connection:
            asked = await load_question(connection, self.rulesets, self.channels, key, alone=True)
            stored, active = asked.question.effect, asked.question.ruleset
            opened = opening(stored, active, now, is_over=asked.is_over)
            if isinstance(opened, Attempt):
                return opened
            if opened.state == "uncertain":
                await _write(connection, [(stored, opened)])
                return Attempt(Settled("uncertain"))
            question = replace(asked.question, effect=opened)
            verdict = judge(question, now)
            changes = attempt_changes(question, verdict, owner, now)
            await _write(connection, [(stored, changes[0][1]), *changes[1:]])
        return Attempt(verdict, as_changed(question, changes))

    async def begin_data(self, key: str, owner: str, now: datetime) -> bool:
        """The last question before DATA, while nobody can change what is known of customer and
        order.
        """
        async with transaction(self.pool) as connection:
            asked = await load_question(connection, self.rulesets, self.channels, key, alone=False)
            stored = asked.question.effect
            if (stored.state, stored.owner) != ("claimed", owner):
                return False
            changes = last_changes(asked.question, judge(asked.question, now), now)
            await _write(connection, changes)
        return changes[0][1].state == "data"

    async def sent(self, key: str, owner: str, now: datetime) -> bool:
        """The receiver has it; one round trip."""
        async with self.pool.connection() as connection:
            return await connection.row(_SENT, {"key": key, "owner": owner, "now": now}) is not None

    async def change(
        self, key: str, owner: str | None, states: tuple[str, ...], transition: Transition
    ) -> bool:
        """Any other transition of the effect that `owner` has in one of these states."""
        async with transaction(self.pool) as connection:
            return await _change(connection, key, owner, states, transition)

    async def refused(
        self, key: str, owner: str, text: str, now: datetime, dead_address: str | None
    ) -> bool:
        """The receiver will never take it; a dead address is never used again."""
        states = ("claimed", "data")
        async with transaction(self.pool) as connection:
            if not await _change(
                connection, key, owner, states, lambda one: ledger.refused(one, text, now)
            ):
                return False
            if dead_address:
                await connection.execute(_BURY, (dead_address, text, now))
        return True

    async def leave_out(
        self, key: str, owner: str, carried: str, why: Dropped, now: datetime
    ) -> bool:
        """A message that a digest carries ends for a reason of its own; the digest leaves without
        it.
        """
        async with transaction(self.pool) as connection:
            stored = await _stored(connection, key)
            if (stored.state, stored.owner) != ("claimed", owner):
                return False
            await _write(connection, left_out(stored, await _stored(connection, carried), why, now))
        return True

    async def settle_uncertain(self, key: str, now: datetime, *, delivered: bool) -> bool:
        """A person or the provider says what became of a message; one that did not arrive is wanted
        again.
        """
        async with transaction(self.pool) as connection:
            stored = await _stored(connection, key)
            if stored.state != "uncertain":
                return False
            settled = ledger.sent(stored, now) if delivered else wanted_again(stored)
            await _write(connection, [(stored, settled)])
            await connection.execute(_NOTE, (key, audit_words(delivered=delivered), now))
            if not delivered:
                await connection.execute(NUDGE, ([stored.firing.journey],))
        return True


async def _change(
    connection: Connection,
    key: str,
    owner: str | None,
    states: tuple[str, ...],
    transition: Transition,
) -> bool:
    stored = await _stored(connection, key)
    if stored.owner != owner or stored.state not in states:
        return False
    after = transition(stored)
    carried = (
        [await _stored(connection, key) for key in stored.carries]
        if stored.carries != after.carries
        else []
    )
    await _write(connection, [(stored, after), *freed(stored, after, carried)])
    return True


async def _stored(connection: Connection, key: str) -> Effect:
    row = await connection.row(_READ, (key,))
    if row is None:
        raise KeyError(key)
    return effect_of(row[0])


async def _write(connection: Connection, changes: LedgerChanges) -> None:
    """Compare and set: if an effect is no longer as it was read, the transaction is `Overtaken`.

    Once-keys are locked before. The journey of what waits again, or has awaited a call that ends,
    is nudged: it has to see to it.
    """
    await lock_waiting(connection, [effect for _, effect in changes])
    await end_with(connection, [effect for _, effect in changes])
    for stored, effect in sorted(changes, key=lambda change: change[0].key):
        row: dict[str, Any] = changing(effect) | {
            "key": stored.key,
            "was": stored.state,
            "owned_by": stored.owner,
        }
        await connection.execute(_WRITE, row)
    for stored, effect in changes:
        if is_freed(stored, effect) or await _frees(connection, effect):
            await connection.execute(NUDGE, ([effect.firing.journey],))


async def _frees(connection: Connection, effect: Effect) -> bool:
    """Whether something awaited the end of a call, and may happen now."""
    if not has_answered(effect) or effect.settled_at is None:
        return False
    return await free_waiting(connection, effect.firing, effect.settled_at)
