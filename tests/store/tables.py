"""Both stores as one picture: every table as a sorted list of rows, without surrogate ids and the
database's clock.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import OnceKey
from engine.decisions.effects import Effect
from engine.facts.naming import shop_of, subject_id
from engine.facts.state import customer_of
from engine.facts.subjects import Suppression
from store.memory.store import MemoryStore
from store.postgres.journeys.effect_rows import effect_row
from store.postgres.sessions.pool import Pool
from store.postgres.store import PostgresStore
from store.records.log_rows import LogRow

Table = list[str]
_SURROGATES = {
    "events": {"pos", "arrival"},
    "things": {"pos"},
    "decisions": {"id"},
    "quarantine": {"number", "in_vain"},
    "journeys": {"again", "moved"},
    "audit": {"number"},
}
# They only count what the relay does.
_LEFT_OUT = {"nudges": {"tries", "failures"}}
_TABLES = (
    "subjects", "events", "unplaced", "things", "journeys", "waits", "nudges", "once_keys",
    "kept_keys", "effects",
    "suppressions",
    "addresses", "carriers", "breakers", "bounces", "decisions", "quarantine", "audit",
)  # fmt: skip


async def emptied(pool: Pool) -> None:
    """Take every row out of every table."""
    async with pool.connection() as connection:
        await connection.execute(
            "truncate subjects, events, unplaced, things, journeys, waits, nudges, recalls,"
            " once_keys, kept_keys, effects, suppressions, addresses, carriers, breakers,"
            " dead_addresses, bounces, decisions, quarantine, rulesets, activations, audit"
            " restart identity"
        )


async def tables_of_postgres(store: PostgresStore) -> dict[str, Table]:
    picture = ", ".join(
        f"'{name}', (select coalesce(json_agg(t), '[]') from {name} t)" for name in _TABLES
    )  # our own names
    async with store.pool.connection() as connection:
        row = await (
            await connection.execute(f"select json_build_object({picture})".encode())
        ).fetchone()
    assert row is not None
    return {name: _pictured(name, rows) for name, rows in row[0].items()}


def tables_of_memory(store: MemoryStore) -> dict[str, Table]:
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "subjects": _subjects(store),
        "events": map(_event, store.log.events.values()),
        "unplaced": [
            dict(zip(("shop", "kind", "name", "source", "id"), (*name, *key[1:]), strict=True))
            for name, waiting in store.log.unplaced.items()
            for key in waiting
        ],
        "things": _things(store),
        "journeys": [
            {
                "journey": name,
                **{
                    key: getattr(row, key)
                    for key in ("subject", "facts", "cursor", "revision", "wake_at", "ended")
                },
            }
            for name, row in store.journeys.items()
        ],
        "waits": _waits(store),
        "nudges": [{"journey": journey, "seq": seq} for journey, seq in store.nudges.items()],
        "once_keys": [_once_key(key) for key in store.once.rows.values()],
        "kept_keys": [{"rule_id": rule, "holder": holder} for rule, holder in store.once.kept],
        "effects": [_effect(one, store) for one in store.effects.values()],
        "suppressions": [_silence(*one) for one in store.silences.rows.values()],
        "addresses": _addresses(store),
        "carriers": [
            {"shop": shop, "carrier": carrier, "last_scan_at": at}
            for (shop, carrier), at in store.log.scans.items()
        ],
        "breakers": [
            {"shop": shop, **_fields(one)}
            for shop, openings in store.openings.items()
            for one in openings.values()
        ],
        "bounces": [_fields(one) for one in store.ledger.bounces.values()],
        "decisions": [_fields(one) for one in store.decisions],
        "quarantine": [
            # Its body stands in the log: only what a sender may not send is beside it.
            {"shop": shop, "source": source, "id": name, "seq": seq, "error": why, "body": None}
            for shop, source, name, seq, why in store.quarantine
        ],
        "audit": [{"key": key, "what": what, "at": at} for key, what, at in store.ledger.audit],
    }
    return {name: _pictured(name, rows[name]) for name in _TABLES}


def _once_key(key: OnceKey) -> dict[str, Any]:
    return {name: value for name, value in _fields(key).items() if name != "stays"}


def _subjects(store: MemoryStore) -> Iterator[dict[str, Any]]:
    for subject, row in store.log.subjects.items():
        customer = customer_of(row.facts)
        named = subject_id("customer", shop_of(subject), customer) if customer else None
        yield {
            "id": subject,
            "seq": row.seq,
            "facts": row.facts,
            "customer": named,
            "erased_at": None,
            "merged_into": store.log.merged.get(subject),
        }


def _things(store: MemoryStore) -> Iterator[dict[str, Any]]:
    for (shop, kind, thing), homes in store.log.things.items():
        named = {"shop": shop, "kind": kind, "thing": thing}
        for home, known_as in homes.items():
            yield named | {"order_subject": home, "known_as": known_as}


def _addresses(store: MemoryStore) -> Iterator[dict[str, Any]]:
    for (shop, address), held in store.log.addresses.items():
        for customer, until in held.items():
            row = {"shop": shop, "address": address, "customer_subject": customer}
            yield row | {"until": datetime.fromisoformat(until) if until else None}


def _event(row: LogRow) -> dict[str, Any]:
    noted = {
        name: getattr(row, name)
        for name in LogRow.__dataclass_fields__
        if name not in ("event", "as_sent")
    }
    event = row.event
    return noted | {
        "digest": row.digest,
        "shop": event.shop,
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "body": event.to_json(),
    }


def _waits(store: MemoryStore) -> Iterator[dict[str, Any]]:
    for journey, waits in store.waits.items():
        for (rule_id, occurrence, line), firing in waits.items():
            named = {"journey": journey, "rule_id": rule_id, "occurrence": occurrence, "line": line}
            yield named | {"due_at": firing.due_at, "firing": firing.to_json()}


def _effect(effect: Effect, store: MemoryStore) -> dict[str, Any]:
    row = effect_row(effect, store.journeys[effect.firing.journey].subject)
    return {name: one.obj if isinstance(one, Jsonb) else one for name, one in row.items()}


def _silence(silence: Suppression, shop: str) -> dict[str, Any]:
    row = _fields(silence)
    row["until"] = [one.event for one in silence.until]
    row["lifted_by_customer"] = [one.event for one in silence.until if one.by_customer]
    customer, order = row.pop("customer"), row.pop("order")
    return row | {
        "customer_subject": subject_id("customer", shop, customer) if customer else None,
        "order_subject": subject_id("order", shop, order) if order else None,
    }


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _pictured(table: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    hidden = _SURROGATES.get(table, set()) | _LEFT_OUT.get(table, set())
    return sorted(
        json.dumps(
            {name: _plain(row[name]) for name in sorted(row) if _counts(name, hidden)},
            sort_keys=True,
        )
        for row in rows
    )


def _counts(name: str, hidden: set[str]) -> bool:
    return name not in hidden and not name.endswith("_db")


def _plain(value: Any) -> Any:
    """Instants alike on both sides; all else is JSON already."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str) and value[4:5] == "-" and value.endswith("+00:00"):
        return datetime.fromisoformat(value).isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
