"""A rule that was renamed takes along its once-keys, what waits for it, and the effects of firings
that are not settled, in the transaction that makes its revision the active one.
"""

from collections.abc import Mapping, Sequence

from engine.conditions.problems import InvalidRuleset
from engine.decisions.reach import renames_along
from engine.rules.ruleset import Ruleset
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection
from store.records.activations import TooOld

# A revision that was taken up again lies at most so many activations back.
_FARTHEST = 30
_PATH = """
select revision from activations
where number >= coalesce(
    (select max(number) from activations where revision = %s),
    (select max(number) from activations))
order by number desc limit %s
"""
# A rename reaches everything that was ever kept of a rule.
_LONG = "set local statement_timeout = '60s'"
_ANSWERED_WITHIN = 360.0  # seconds, for all of its statements
_WHOLE = "set local enable_seqscan = on"
# As everywhere, journeys before once-keys, those before effects.
_LOCK = """
select 1 from journeys where journey in (
    select journey from waits where rule_id = any(%(former)s)
    union
    select journey from effects
    where rule_id = any(%(former)s) and state in ('wanted', 'claimed', 'data', 'held'))
order by journey for update
"""
# Of two keys of one value the one stays that is free later.
_KEYS = """
with moved as (
    delete from once_keys k using unnest(%(former)s::text[], %(now)s::text[]) as r (former, now)
    where k.rule_id = r.former
    returning k.subject, r.now, k.value, k.holder, k.taken_at, k.free_at)
insert into once_keys (subject, rule_id, value, holder, taken_at, free_at)
select distinct on (subject, now, value) * from moved
order by subject, now, value, free_at desc nulls first
on conflict (subject, rule_id, value) do update
set holder = excluded.holder, taken_at = excluded.taken_at, free_at = excluded.free_at
where once_keys.free_at < coalesce(excluded.free_at, 'infinity')
"""
_KEPT = """
with moved as (
    delete from kept_keys k using unnest(%(former)s::text[], %(now)s::text[]) as r (former, now)
    where k.rule_id = r.former
    returning r.now, k.holder)
insert into kept_keys (rule_id, holder) select * from moved on conflict do nothing
"""
# Effects are named by the id that their rule had when it fired.
_WAITS = """
with moved as (
    delete from waits w using unnest(%(former)s::text[], %(now)s::text[]) as r (former, now)
    where w.rule_id = r.former
    returning w.journey, r.now, w.occurrence, w.line, w.due_at,
        jsonb_set(firing, '{rule_id}', to_jsonb(r.now))
        || jsonb_build_object('fired_as', coalesce(firing ->> 'fired_as', r.former)))
insert into waits (journey, rule_id, occurrence, line, due_at, firing)
select * from moved on conflict do nothing
"""
_EFFECTS = """
update effects e set rule_id = r.now, firing =
        jsonb_set(firing, '{rule_id}', to_jsonb(r.now))
        || jsonb_build_object('fired_as', coalesce(firing ->> 'fired_as', r.former))
from unnest(%(former)s::text[], %(now)s::text[]) as r (former, now)
where e.rule_id = r.former and (e.journey, e.occurrence) in (
    select o.journey, o.occurrence from effects o
    where o.rule_id = r.former
        and o.state in ('wanted', 'claimed', 'data', 'held', 'uncertain'))
"""


async def rename_rules(
    connection: Connection, compiled: RulesetCache, old: str | None, new: Ruleset
) -> None:
    """Give everything kept of renamed rules their new ids. A revision that was active before is
    taken up again along the way that led from it.
    """
    if old is None:
        return
    found = renames_along(await _path(connection, compiled, old, new))
    if found:
        await _rename(connection, found)


async def _path(
    connection: Connection, compiled: RulesetCache, old: str, new: Ruleset
) -> Sequence[Ruleset]:
    """The revisions from the old one to the new; what cannot be read any more is passed over."""
    rows = await connection.rows(_PATH, (new.revision, _FARTHEST))
    between = [revision for (revision,) in rows if revision not in (old, new.revision)]
    found = [await _compiled(connection, compiled, revision) for revision in (old, *between)]
    return [*(one for one in found if one is not None), new]


async def _compiled(
    connection: Connection, compiled: RulesetCache, revision: str
) -> Ruleset | None:
    try:
        return (await compiled.all_of(connection, [revision])).get(revision)
    except (TooOld, InvalidRuleset):
        return None


async def _rename(connection: Connection, found: Mapping[str, str]) -> None:
    pairs = {"former": list(found), "now": list(found.values())}
    connection.answered_within = _ANSWERED_WITHIN
    for statement in (_LONG, _WHOLE, _LOCK, _KEYS, _KEPT, _WAITS, _EFFECTS):
        await connection.execute(statement, pairs)
