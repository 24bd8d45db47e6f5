"""How far behind everything is, in one look that reads no more than what is open."""

from dataclasses import dataclass

from store.postgres.journeys.effect_rows import read_state
from store.postgres.sessions.pool import Pool

_LOOK = """
select
    (select count(*) from nudges),
    coalesce((select extract(epoch from now() - min(e.known_at))
              from nudges n join journeys j using (journey)
                  join events e on e.subject = j.subject and e.seq > j.cursor), 0),
    coalesce((select extract(epoch from now() - min(wake_at)) from journeys where not ended and wake_at < now()), 0),
    (select coalesce(json_object_agg(state, n), '{}') from (
        select state, count(*) n from effects where state in ('wanted', 'claimed', 'data', 'held') group by state) s),
    (select count(*) from effects where state = 'uncertain'),
    (select count(*) from quarantine)
"""


@dataclass(frozen=True, slots=True)
class Gauges:
    """Nudges and how old the oldest unread event is; how late the latest journey; open effects by
    state.

    Lags in seconds, 0 where nothing is behind. `uncertain`: messages a person has to settle.
    """

    nudges: int
    inbox_lag: float
    journey_lag: float
    effects: dict[str, int]
    uncertain: int
    quarantined: int


async def gauges(pool: Pool) -> Gauges:
    """How far behind everything is now, by the database's clock."""
    async with pool.connection() as connection:
        row = await connection.row(_LOOK)
    assert row is not None
    states: dict[str, int] = {read_state(state): number for state, number in row[3].items()}
    return Gauges(row[0], max(float(row[1]), 0.0), max(float(row[2]), 0.0), states, *row[4:])
