"""The ledger's transitions as values: one row per effect, and what each event makes of it.

    wanted, claimed ──attempt──▶ claimed · held · dropped         claimed ──last question──▶ data · held · dropped
    data ──250──▶ sent   ──4xx──▶ claimed   ──5xx──▶ refused   ──nobody knows──▶ uncertain (essential: wanted, once)

A store writes the row it is given only where state and owner are still those it was computed from;
else the attempt was fenced: another one has taken over.
"""

from datetime import datetime
from typing import Any

from engine.catalog.calendar import minute_end
from engine.decisions.decision import GIVES_KEY_BACK, Effect, Reason
from engine.sending.gates import Allowed, Dropped, Held, Verdict

# Seconds of the database clock for which an attempt may be busy with DATA before another one may
# judge it dead.
DATA_LEASE = 150
_FOR_ROOM = frozenset({Reason.CAPPED, Reason.MIXED})


def attempted(effect: Effect, verdict: Verdict, owner: str, revision: str, now: datetime) -> Effect:
    """An attempt starts: the first claim fixes channel, revision and what was read of results; a
    resend keeps all.
    """
    if not isinstance(verdict, Allowed):
        return not_now(effect, verdict, now)
    return effect.now(
        state="claimed",
        owner=owner,
        channel=effect.channel or verdict.channel,
        revision=effect.revision or revision,
        arguments=effect.arguments if verdict.arguments is None else verdict.arguments,
        reason=None,
        reason_by=None,
        awaits_room=False,
        shown=effect.shown or verdict.shown,
        carries=effect.carries or verdict.carries,
    )


def data_begins(effect: Effect, verdict: Verdict, now: datetime) -> Effect:
    """The last question, asked with the compare-and-set before DATA."""
    return (
        effect.now(state="data") if isinstance(verdict, Allowed) else not_now(effect, verdict, now)
    )


def sent(effect: Effect, now: datetime) -> Effect:
    """The receiver has it."""
    return effect.now(state="sent", settled_at=now, reason=None, reason_by=None)


def refused(effect: Effect, text: str, now: datetime) -> Effect:
    """The receiver will never take it."""
    ended = _alone(effect).now(state="refused", owner=None, settled_at=now)
    return ended.now(reason=Reason.REFUSED, reason_by=text)


def back(effect: Effect) -> Effect:
    """Nothing was accepted: the attempt may be repeated."""
    return effect.now(state="claimed")


def misconfigured(effect: Effect, until: datetime, text: str) -> Effect:
    """The receiver refuses the sender: wait for a person to mend the settings."""
    held = _alone(effect).now(state="held", owner=None, held_until=until)
    return held.now(reason=Reason.REFUSED, reason_by=text)


def uncertain(effect: Effect, now: datetime, *, essential: bool) -> Effect:
    """Nobody can know whether it arrived: essential ones are sent once more, all others are left to
    a person.
    """
    if essential and not effect.resent:
        return effect.now(state="wanted", owner=None, resent=1)
    return effect.now(state="uncertain", settled_at=now)


def dropped(effect: Effect, reason: Reason, by: str | None, now: datetime) -> Effect:
    """It will not be sent."""
    return _alone(effect).now(
        state="dropped", owner=None, reason=reason, reason_by=by, settled_at=now
    )


def released(effect: Effect, now: datetime) -> Effect:
    """Its moment has come: it is wanted again."""
    return effect.now(state="wanted", owner=None, held_until=min(effect.held_until or now, now))


def finished(effect: Effect, result: Any, now: datetime) -> Effect:
    """A call has done its work."""
    return effect.now(state="done", result=result, settled_at=now)


def failed(effect: Effect, text: str, now: datetime) -> Effect:
    """A call that will never succeed."""
    return effect.now(
        state="failed", owner=None, reason=Reason.ERROR, reason_by=text, settled_at=now
    )


def is_unsent(effect: Effect) -> bool:
    """Whether a message has ended without leaving."""
    return effect.kind == "send" and effect.state in ("dropped", "refused")


def has_answered(effect: Effect) -> bool:
    """Whether a call has ended, with a result or without one: what reads it waits no longer."""
    return effect.kind == "call" and effect.state in ("done", "failed", "dropped")


def gives_key_back(effect: Effect) -> bool:
    """Whether an ended effect frees its once-key: the customer heard nothing, and no
    gate said so.
    """
    return effect.state in ("dropped", "refused") and effect.reason in GIVES_KEY_BACK


def not_now(effect: Effect, verdict: Held | Dropped, now: datetime) -> Effect:
    """A gate or an objection stands in the way."""
    if isinstance(verdict, Dropped):
        return dropped(effect, verdict.reason, verdict.by, now)
    held = _alone(effect).now(state="held", owner=None, held_until=verdict.until)
    # Longer than to the end of the minute in which all messages under a cap are weighed.
    waits = verdict.reason in _FOR_ROOM and verdict.until > minute_end(now)
    return held.now(
        reason=verdict.reason, reason_by=verdict.by, awaits_room=held.awaits_room or waits
    )


def _alone(effect: Effect) -> Effect:
    """A message that does not leave after all carries no others; a carrier waits for room again."""
    return effect.now(shown=None, carries=(), awaits_room=True) if effect.shown else effect
