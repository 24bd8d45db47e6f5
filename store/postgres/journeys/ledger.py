"""The ledger in PostgreSQL: each change of the law, written where state and owner are still as it
expects.

False means fenced: another attempt has taken over, or somebody decided otherwise; nothing was
written.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.effects import Effect, Message, carried_by, has_answered
from engine.decisions.redecided.redecided_firings import to_redecide
from engine.facts.contacts.bounces import Bounce
from engine.facts.naming import Naming
from engine.sending.digest_ledger import (
    LedgerChanges,
    as_changed,
    attempt_changes,
    freed,
    is_freed,
    last_changes,
    left_out,
)
from engine.sending.gates import Dropped, Held
from engine.sending.judge import judge
from engine.sending.ledger import KNOWN, LEASE, LEFT, NOT_DELIVERED, RETRIED, SENT, Change
from engine.sending.message_identity import identity_of
from engine.sending.retried_keys import key_of_retry, needs_key
from store.postgres.intake.bounces import add_bounces
from store.postgres.intake.nudges import NUDGE
from store.postgres.journeys.effect_rows import changing, effect_of, stored_state
from store.postgres.journeys.endings import end_with, free_waiting, lock_waiting
from store.postgres.journeys.outcomes import take_key
from store.postgres.journeys.questions import AskedEffect, LeasedQuestion, load_question
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.attempts import Attempt, Settled, opening

_READ = "select to_json(effects) from effects where key = %s"
# Only a claim changes arguments. Whatever ends a message that is leaving would write those it read
# over an erasure.
_WRITE = """
with written as (
    update effects set
        state = %(state)s, customer_subject = %(customer_subject)s, owner = %(owner)s,
        channel = %(channel)s, revision = %(revision)s, held_until = %(held_until)s,
        resent = %(resent)s, reason = %(reason)s, reason_by = %(reason_by)s,
        settled_at = %(settled_at)s, result = %(result)s, awaits_room = %(awaits_room)s,
        shown = %(shown)s, carries = %(carries)s, touched_db = now(),
        arguments = case
            when %(was)s in ('wanted', 'claimed') then %(arguments)s else arguments end,
        data_until_db = case
            when %(state)s = 'data' then now() + make_interval(secs => %(lease)s) end
    where key = %(key)s and state = %(was)s and owner is not distinct from %(owned_by)s
    returning 1
)
select must_strike(count(*)) from written
"""
# `SENT` in one statement, since nothing of the row is needed to make it.
_SENT = """
with mine as (
    select key, state from effects
    where key = %(key)s and owner = %(owner)s and state = any(%(from_states)s)
    for update
), done as (
    update effects e set state = 'sent', settled_at = %(now)s, reason = null, reason_by = null,
        data_until_db = null, touched_db = now()
    from mine where e.key = mine.key
), noted as (
    insert into audit (key, what, at)
    select key, %(late)s, %(now)s from mine where state = 'uncertain'
)
select 1 from mine
"""
_HAS_LEFT = """
insert into left_before (identity, noted_at) select distinct one, %s::timestamptz
from unnest(%s::text[]) as one order by one on conflict do nothing returning 1
"""
_HAS_NOT_LEFT = "delete from left_before where identity = %s"
_NOTE = "insert into audit (key, what, at) values (%s, %s, %s)"

_RELEASE = """
insert into waits (journey, rule_id, occurrence, line, due_at, firing)
values (%s, %s, %s, %s, %s, %s) on conflict do nothing
"""


class PostgresLedger:
    """The ledger of a database, `store.ports.Ledger`.

    `channels` are those this process has a provider for. `lease`: for how many seconds a message
    may be leaving before another attempt may judge it dead.
    """

    def __init__(
        self,
        pool: Pool,
        rulesets: RulesetCache,
        naming: Naming,
        channels: frozenset[str],
        lease: float = LEASE,
    ) -> None:
        self.pool, self.rulesets, self.naming = pool, rulesets, naming
        self.channels, self.lease = channels, lease

    async def attempt(self, key: str, owner: str, now: datetime) -> Attempt:
        """An attempt starts: everything is asked once more, alone with the customer; then the
        effect is claimed, held or dropped.
        """
        return await repeated(lambda: self._attempt(key, owner, now))

    async def may_leave(self, key: str, owner: str, now: datetime) -> bool:
        """The last question before a message leaves, while nobody can change what is known of
        customer and order.
        """
        return await repeated(lambda: self._may_leave(key, owner, now))

    async def change(
        self,
        key: str,
        owner: str | None,
        change: Change,
        now: datetime,
        bounce: Bounce | None = None,
    ) -> bool:
        """Any other change of the law; `bounce` is what came back from the address."""
        if change.transition is SENT:
            return await self._sent(key, owner, now)
        return await repeated(lambda: self._change(key, owner, change, now, bounce))

    async def leave_out(
        self, key: str, owner: str, carried: str, why: Held | Dropped, now: datetime
    ) -> bool:
        """A message that a digest carries cannot be written, or not with all the others; the
        digest leaves without it.
        """
        return await repeated(lambda: self._leave_out(key, owner, carried, why, now))

    async def note_left(self, identities: Sequence[str], now: datetime) -> int:
        """These messages have left already; how many of them were not noted yet."""
        async with self.pool.connection() as connection:
            return len(await connection.rows(_HAS_LEFT, (now, list(identities))))

    async def _attempt(self, key: str, owner: str, now: datetime) -> Attempt:
        async with transaction(self.pool) as connection:
            asked = await self._question(connection, key, now, alone=True)
            stored, active = asked.question.effect, asked.question.ruleset
            opened = opening(stored, active, now, is_over=asked.is_over, has_left=asked.has_left)
            if isinstance(opened, Attempt):
                return opened
            if opened.state in ("uncertain", "sent"):
                await self._write(connection, [(stored, opened)])
                if opened.state == "sent":
                    await connection.execute(_NOTE, (key, KNOWN.notes[stored.state], now))
                return Attempt(Settled(opened.state))
            question = replace(asked.question, effect=opened)
            verdict = judge(question, now)
            changes = attempt_changes(question, verdict, owner, now)
            await self._write(connection, [(stored, changes[0][1]), *changes[1:]])
        return Attempt(verdict, as_changed(question, changes))

    async def _question(
        self, connection: Connection, key: str, now: datetime, *, alone: bool
    ) -> LeasedQuestion:
        asked = AskedEffect(key, now, self.channels)
        return await load_question(connection, self.rulesets, asked, alone=alone)

    async def _may_leave(self, key: str, owner: str, now: datetime) -> bool:
        async with transaction(self.pool) as connection:
            asked = await self._question(connection, key, now, alone=False)
            if not LEFT.is_open_to(asked.question.effect, owner):
                return False
            changes = last_changes(asked.question, judge(asked.question, now), now)
            await self._write(connection, changes)
        return changes[0][1].state == "leaving"

    async def _sent(self, key: str, owner: str | None, now: datetime) -> bool:
        """One round trip: whatever it costs, every message pays it."""
        from_states = [stored_state(state) for state in SENT.from_states]
        row = {"key": key, "owner": owner, "now": now, "late": SENT.notes["uncertain"]}
        async with self.pool.connection() as connection:
            found = await connection.row(_SENT, row | {"from_states": from_states})
        return found is not None

    async def _change(
        self, key: str, owner: str | None, change: Change, now: datetime, bounce: Bounce | None
    ) -> bool:
        transition = change.transition
        async with transaction(self.pool) as connection:
            stored = await _stored(connection, key)
            if not transition.is_open_to(stored, owner):
                return False
            if transition is RETRIED and not await self._takes_key_back(connection, stored, now):
                return False
            after = change.of(stored, now)
            aboard = carried_by(stored)
            left = aboard if aboard != carried_by(after) else ()
            carried = [await _stored(connection, one) for one in left]
            await self._write(connection, [(stored, after), *freed(stored, after, carried)])
            if note := transition.notes.get(stored.state):
                await connection.execute(_NOTE, (key, note, now))
            if transition.wakes:
                await connection.execute(NUDGE, ([stored.firing.journey],))
            if transition is NOT_DELIVERED:
                await connection.execute(_HAS_NOT_LEFT, (identity_of(key),))
            if bounce:
                await add_bounces(connection, [bounce])
        return True

    async def _takes_key_back(self, connection: Connection, effect: Effect, now: datetime) -> bool:
        """Whether the firing of what is tried again has its once-key; not if another has it by
        now.
        """
        asked = await self._question(connection, effect.key, now, alone=True)
        key = key_of_retry(asked.question, now, self.naming)
        return key is None or await take_key(connection, key) or not needs_key(effect)

    async def _leave_out(
        self, key: str, owner: str, carried: str, why: Held | Dropped, now: datetime
    ) -> bool:
        async with transaction(self.pool) as connection:
            stored = await _stored(connection, key)
            if not LEFT.is_open_to(stored, owner):
                return False
            other = await _stored(connection, carried)
            assert isinstance(stored, Message)
            assert isinstance(other, Message)
            await self._write(connection, left_out(stored, other, why, now))
        return True

    async def _write(self, connection: Connection, changes: LedgerChanges) -> None:
        """Compare and set: if an effect is no longer as it was read, the transaction is
        `Overtaken`.

        Once-keys are locked before. The journey of what waits again, or has awaited a call that
        ends, is nudged: it has to see to it.
        """
        await lock_waiting(connection, [effect for _, effect in changes])
        await end_with(connection, [effect for _, effect in changes])
        for stored, effect in sorted(changes, key=lambda change: change[0].key):
            row: dict[str, Any] = changing(effect) | {
                "key": stored.key,
                "was": stored_state(stored.state),
                "owned_by": stored.owner,
                "lease": self.lease,
            }
            await connection.execute(_WRITE, row)
        for stored, effect in changes:
            if is_freed(stored, effect) or await _frees(connection, effect):
                await connection.execute(NUDGE, ([effect.firing.journey],))
        for firing in to_redecide(changes):
            waits = firing.journey, *firing.wait_id, firing.due_at, Jsonb(firing.to_json())
            await connection.execute(_RELEASE, waits)
            await connection.execute(NUDGE, ([firing.journey],))


async def _stored(connection: Connection, key: str) -> Effect:
    row = await connection.row(_READ, (key,))
    if row is None:
        raise KeyError(key)
    return effect_of(row[0])


async def _frees(connection: Connection, effect: Effect) -> bool:
    """Whether something awaited the end of a call, and may happen now."""
    if not has_answered(effect) or effect.settled_at is None:
        return False
    return await free_waiting(connection, effect.firing, effect.settled_at)
