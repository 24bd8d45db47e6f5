"""What an effect's end brings about: calls no message awaits any more, what awaited its answer,
once-keys given back.

A key is given back when its firing held messages, none of them was sent, and nothing else was
done; or when a firing without messages had nothing to do.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from engine.decisions.effects import (
    UNTRIED,
    Effect,
    did_not_happen,
    had_nothing_to_do,
    has_answered,
    is_unsent,
)
from engine.decisions.firing import Firing
from store.postgres.sessions.pool import Connection

# The keys are locked before the other effects of the firing are read: of two that end at once, the
# second sees the first, and one of them drops the call and gives the key back.
_LOCK = """
select 1 from once_keys where rule_id = %(rule_id)s and holder = %(holder)s
order by subject, rule_id, value for update
"""
_DROP_CALLS = """
update effects c
set state = 'dropped', owner = null, reason = %(reason)s, reason_by = %(by)s,
    settled_at = %(at)s, touched_db = now()
where journey = %(journey)s and rule_id = %(rule_id)s and occurrence = %(occurrence)s
    and state = 'held' and %(key)s = any(awaited_by) and not exists (
        select 1 from effects s
        where s.key = any(c.awaited_by) and s.key <> all(%(ended)s)
            and s.state not in ('dropped', 'refused'))
"""
# The same as `came_to_nothing` of the engine.
_GIVE_BACK = """
delete from once_keys k
where k.rule_id = %(rule_id)s and k.holder = %(holder)s
    and not exists (
        select 1 from kept_keys where rule_id = %(rule_id)s and holder = %(holder)s)
    and (
    select case when bool_or(kind = 'send') then bool_and(
        key = any(%(ending)s) or state = 'failed'
        or state in ('dropped', 'refused') and reason is distinct from 'digested')
    else coalesce(bool_and(
        key = any(%(idle)s) or state = 'dropped' and reason = any(%(untried)s)), false) end
    from effects
    where journey = %(journey)s and rule_id = %(rule_id)s and occurrence = %(occurrence)s)
"""
# What reads the results of calls that have all ended; a message's call is released by the message.
_FREE = """
update effects w set state = 'wanted', held_until = %(at)s, touched_db = now()
where journey = %(journey)s and rule_id = %(rule_id)s and occurrence = %(occurrence)s
    and state = 'held' and awaits <> '{}' and awaited_by = '{}' and not exists (
        select 1 from effects c
        where c.key = any(w.awaits) and c.state not in ('done', 'failed', 'dropped'))
returning 1
"""
_LOCK_WAITING = (
    "select 1 from effects where %s = any(awaits) and journey = %s order by key for update"
)


async def lock_waiting(connection: Connection, ending: Iterable[Effect]) -> None:
    """Lock, before calls end, what awaits them: of two calls that end at once the second then sees
    that the first has ended.
    """
    for effect in ending:
        if has_answered(effect):
            await connection.execute(_LOCK_WAITING, (effect.key, effect.firing.journey))


async def free_waiting(connection: Connection, firing: Firing, at: datetime) -> bool:
    """Release what awaited calls of a firing once they have all ended. Returns whether there was
    any.
    """
    return await connection.row(_FREE, _firing_columns(firing) | {"at": at}) is not None


async def end_with(connection: Connection, ending: Sequence[Effect]) -> None:
    """Drop the calls that these effects no longer need, and free the once-keys that nothing stands
    in the way of.

    Called before the effects are written: once-keys are locked before messages. What does not end
    is passed over.
    """
    unsent = [effect for effect in ending if is_unsent(effect)]
    gone = [effect for effect in ending if did_not_happen(effect) or effect.state == "failed"]
    for firing in _firings([*unsent, *gone]):
        await connection.execute(_LOCK, _firing_columns(firing))
    for place, effect in enumerate(unsent):
        why = {
            "key": effect.key,
            "reason": effect.reason,
            "by": effect.reason_by,
            "at": effect.settled_at,
        }
        ended = [one.key for one in unsent[: place + 1]]
        await connection.execute(
            _DROP_CALLS, _firing_columns(effect.firing) | why | {"ended": ended}
        )
    ending_keys = {
        "ending": [effect.key for effect in gone],
        "idle": [effect.key for effect in gone if had_nothing_to_do(effect)],
        "untried": sorted(UNTRIED),
    }
    for firing in _firings(gone):
        await connection.execute(_GIVE_BACK, _firing_columns(firing) | ending_keys)


def _firings(effects: Sequence[Effect]) -> list[Firing]:
    """The firings of effects, in the order in which their keys are locked."""
    found = {(effect.firing.rule_id, effect.firing.holder): effect.firing for effect in effects}
    return [firing for _, firing in sorted(found.items(), key=itemgetter(0))]


def _firing_columns(firing: Firing) -> dict[str, object]:
    return {
        "journey": firing.journey,
        "rule_id": firing.rule_id,
        "occurrence": firing.occurrence,
        "holder": firing.holder,
    }
