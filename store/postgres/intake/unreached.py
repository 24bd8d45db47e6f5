"""Messages that wait for an address: they are asked again once there may be one."""

from collections.abc import Iterable
from datetime import datetime

from engine.facts.naming import Naming
from store.postgres.sessions.pool import Connection

# The journeys are locked first, as a decision does it: one that has read the messages as they were
# would take the nudge for its own.
_ASK_AGAIN = """
with waiting as materialized (
    select distinct journey from effects
    where state = 'held' and reason = 'no_channel'
        and (customer_subject = any(%(reached)s) or journey = any(%(journeys)s))
), locked as materialized (
    select j.journey, j.cursor from journeys j join waiting using (journey)
    order by j.journey for update of j
), due as (
    update effects e set held_until = least(held_until, %(now)s), touched_db = now()
    from locked
    where e.journey = locked.journey and state = 'held' and reason = 'no_channel'
        and (customer_subject = any(%(reached)s) or e.journey = any(%(journeys)s))
    returning e.journey
)
insert into nudges (journey, seq)
select distinct journey, cursor from locked join due using (journey) order by journey
on conflict (journey) do update set not_before_db = now(), tries = 0
"""


async def ask_again(
    connection: Connection, reached: Iterable[str], naming: Naming, now: datetime
) -> None:
    """Ask again the messages that wait for an address of these orders and customers, which are
    locked.
    """
    if subjects := sorted(reached):
        journeys = [naming.journey(subject) for subject in subjects]
        asked = {"reached": subjects, "journeys": journeys, "now": now}
        await connection.execute(_ASK_AGAIN, asked)
