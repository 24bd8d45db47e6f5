"""Events that their sender may not send: kept whole beside the log, where no other event can meet
them, until a person has seen them.
"""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from engine.facts.events import Event
from engine.language.folder.source_files import sources_of
from engine.rules.ruleset import Ruleset
from engine.sources.schemes import may_speak_of
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import transaction

_KEEP = """
insert into quarantine (shop, source, id, error, body)
select shop, source, id, %s, body
from jsonb_to_recordset(%s) as n(shop text, source text, id text, body jsonb)
on conflict (shop, source, id) where body is not null do nothing
returning shop, source, id
"""


async def set_aside(pool: Pool, events: Sequence[Event], why: str) -> list[str]:
    """`quarantined` of each event, or `duplicate` where one of its key is kept already."""
    rows = {
        event.key: dict(zip(("shop", "source", "id"), event.key, strict=True))
        | {"body": event.to_json()}
        for event in reversed(events)
    }
    kept_in_order = [rows[key] for key in sorted(rows)]
    async with transaction(pool) as connection:
        new = set(await connection.rows(_KEEP, (why, Jsonb(kept_in_order))))
    outcomes = []
    for event in events:
        outcomes.append("quarantined" if event.key in new else "duplicate")
        new.discard(event.key)
    return outcomes


def may_speak(event: Event, ruleset: Ruleset) -> bool:
    """Whether the rules let its source speak of its shop by now."""
    source = sources_of(ruleset.files).get(event.source)
    return source is not None and may_speak_of(event.shop, source.shops)
