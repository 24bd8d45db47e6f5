"""Effects and silences as rows: what PostgreSQL keeps of them, and how they are read back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from engine.decisions.decision import OnceKey, Opening
from engine.decisions.effects import (
    ActionCall,
    Claimed,
    DigestPart,
    Effect,
    EffectState,
    Emission,
    Message,
    Status,
    category_of,
)
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.history import Happening
from engine.facts.naming import own_id, subject_id
from engine.facts.subjects import Suppression
from engine.rules.rule import Listened
from store.records.subjects import Around, order_of

# A message that is leaving is stored as `data`: rows are older than the word.
_AS_STORED: Mapping[EffectState, str] = {"leaving": "data"}
_AS_READ = {stored: state for state, stored in _AS_STORED.items()}
_NO_DIGEST = DigestPart()


def effect_row(effect: Effect, subject: str) -> dict[str, Any]:
    """The columns of an effect; `subject` is its journey's."""
    firing = effect.firing
    return {
        "key": effect.key,
        "kind": effect.kind,
        "name": effect.name,
        "journey": firing.journey,
        "rule_id": firing.rule_id,
        "occurrence": firing.occurrence,
        "order_subject": order_of(subject, firing),
        "firing": Jsonb(firing.to_json()),
        "category": category_of(effect),
        "valid_until": effect.valid_until,
        "decided_at": effect.decided_at,
        "awaited_by": list(effect.awaited_by) if isinstance(effect, ActionCall) else [],
        "awaits": list(effect.awaits),
        **changing(effect),
    }


def changing(effect: Effect) -> dict[str, Any]:
    """The columns that transitions change."""
    status, claimed = effect.status, effect.claimed
    digest = effect.digest if isinstance(effect, Message) else _NO_DIGEST
    result = effect.result if isinstance(effect, ActionCall) else None
    return {
        "state": stored_state(status.state),
        "customer_subject": effect.customer,
        "owner": claimed.owner,
        "channel": claimed.channel,
        "revision": claimed.revision,
        "held_until": status.held_until,
        "resent": claimed.resent,
        "reason": status.reason,
        "reason_by": status.reason_by,
        "settled_at": status.settled_at,
        "result": None if result is None else Jsonb(result),
        "awaits_room": digest.awaits_room,
        "shown": digest.shown,
        "carries": list(digest.carries),
        "arguments": Jsonb(dict(effect.arguments)),
    }


def stored_state(state: EffectState) -> str:
    """The name of a state in the database."""
    return _AS_STORED.get(state, state)


def read_state(stored: str) -> EffectState:
    """The state of a name in the database."""
    return _AS_READ.get(stored, cast("EffectState", stored))


def effect_of(row: Mapping[str, Any]) -> Effect:
    """The effect of a row in JSON."""
    entry = _entry_of(row)
    match row["kind"]:
        case "send":
            digest = DigestPart(row["awaits_room"], row["shown"], tuple(row["carries"]))
            return Message(**entry, category=row["category"], digest=digest)
        case "call":
            awaited_by = tuple(row["awaited_by"])
            return ActionCall(**entry, result=row["result"], awaited_by=awaited_by)
        case _:
            return Emission(**entry)


def message_of(row: Mapping[str, Any]) -> Message:
    """The message of a row in JSON."""
    effect = effect_of(row)
    assert isinstance(effect, Message)
    return effect


def call_of(row: Mapping[str, Any]) -> ActionCall:
    """The call of a row in JSON."""
    effect = effect_of(row)
    assert isinstance(effect, ActionCall)
    return effect


def _entry_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What every effect has, of a row in JSON."""
    reason = row["reason"]
    status = Status(
        read_state(row["state"]),
        reason=Reason(reason) if reason else None,
        reason_by=row["reason_by"],
        held_until=moment(row["held_until"]),
        settled_at=moment(row["settled_at"]),
    )
    return {
        "key": row["key"],
        "name": row["name"],
        "firing": Firing.from_json(row["firing"]),
        "valid_until": moment(row["valid_until"]),
        "arguments": row["arguments"],
        "customer": row["customer_subject"],
        "decided_at": moment(row["decided_at"]),
        "awaits": tuple(row["awaits"]),
        "status": status,
        "claimed": Claimed(row["owner"], row["channel"], row["revision"], row["resent"]),
    }


def silence_row(silence: Suppression, shop: str) -> dict[str, Any]:
    """The columns of a suppression."""
    return {
        "key": silence.key,
        "rule_id": silence.rule_id,
        "categories": list(silence.categories),
        "customer_subject": subject_id("customer", shop, silence.customer)
        if silence.customer
        else None,
        "order_subject": subject_id("order", shop, silence.order) if silence.order else None,
        "across_customer": silence.across_customer,
        "about": list(silence.about) if silence.about else None,
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "until": [one.event for one in silence.until],
        "place": silence.place,
        "product": silence.product,
        "lifted_by_customer": [one.event for one in silence.until if one.by_customer],
    }


def silence_of(row: Mapping[str, Any]) -> Suppression:
    """The suppression of a row in JSON."""
    customer, order = row["customer_subject"], row["order_subject"]
    return Suppression(
        key=row["key"],
        rule_id=row["rule_id"],
        categories=tuple(row["categories"]),
        customer=own_id(customer) if customer else None,
        order=own_id(order) if order else None,
        across_customer=row["across_customer"],
        about=tuple(row["about"]) if row["about"] else None,
        starts_at=datetime.fromisoformat(row["starts_at"]),
        ends_at=datetime.fromisoformat(row["ends_at"]),
        until=tuple(
            Listened(name, by_customer=name in row["lifted_by_customer"]) for name in row["until"]
        ),
        place=row["place"],
        product=row["product"],
    )


def once_key_of(row: Mapping[str, Any]) -> OnceKey:
    """The once-key of a row in JSON."""
    times = {"taken_at": datetime.fromisoformat(row["taken_at"]), "free_at": moment(row["free_at"])}
    return OnceKey(**{**row, **times})


def happenings_of(rows: Iterable[list[Any]]) -> tuple[Happening, ...]:
    """The history of a question, from rows [type, occurred_at, order, customer, things]."""
    return tuple(Happening(kind, datetime.fromisoformat(at), *named) for kind, at, *named in rows)


def around_of(found: Mapping[str, Any]) -> Around:
    """What others have brought about, from a row in JSON."""
    scans = {carrier: datetime.fromisoformat(at) for carrier, at in found["scans"].items()}
    return Around(tuple(silence_of(row) for row in found["silences"]), scans)


def opening_of(row: Mapping[str, Any]) -> Opening:
    """The opening of a breaker of a row in JSON."""
    return Opening(
        row["breaker"],
        datetime.fromisoformat(row["opened_at"]),
        datetime.fromisoformat(row["held_at"]),
    )


def moment(text: str | None) -> datetime | None:
    """An instant as PostgreSQL writes it in JSON."""
    return datetime.fromisoformat(text) if text else None
