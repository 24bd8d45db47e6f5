"""The law of the ledger: every transition of an effect, from which states it starts, to which it
leads, and what it makes of the row.

`LAW` is all of it; `docs/ledger.md` draws it. A store writes the row that a change makes only where
state and owner are still those it was computed from; else the attempt was fenced: another one has
taken over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

from engine.catalog.calendar import minute_end
from engine.decisions.effects import ActionCall, DigestPart, Effect, EffectState, Emission, Message
from engine.decisions.reason import Reason
from engine.sending.gates import Allowed, Dropped, Held, Verdict

P = ParamSpec("P")
E = TypeVar("E", Message, ActionCall, Emission, Effect)
# Seconds of the database clock for which an attempt may be busy handing a message over before
# another one may judge it dead.
LEASE = 150
_FOR_ROOM = frozenset({Reason.CAPPED, Reason.MIXED})
# What a person may mend: a template, a setting, the shop's system.
MENDABLE = frozenset({Reason.ERROR, Reason.REFUSED, Reason.NO_CHANNEL})


class AgainstTheLaw(Exception):
    """A transition was asked of an effect in a state from which it does not start, or led to one
    to which it does not lead. Nobody but a programmer can cause it.
    """


@dataclass(frozen=True, slots=True)
class Transition(Generic[P]):
    """One line of the law. Called with its particulars it is a `Change`.

    `by` says who makes it: the owner of the claim, or anybody. `notes` are words for the audit by
    the state it started from. `wakes`: the journey is nudged, for it has to see to the effect.
    `reasons`: it starts only from a state that has one of these.
    """

    name: str
    from_states: tuple[EffectState, ...]
    to_states: tuple[EffectState, ...]
    apply: Callable[Concatenate[Effect, datetime, P], Effect]
    by: Literal["owner", "anybody"] = "owner"
    notes: Mapping[EffectState, str] = field(default_factory=dict)
    wakes: bool = False
    reasons: frozenset[Reason] | None = None

    @property
    def meaning(self) -> str:
        """What it is, in a sentence."""
        return " ".join((self.apply.__doc__ or "").split())

    def __call__(self, *particulars: P.args, **named: P.kwargs) -> "Change":
        """The change that this transition makes with these particulars."""
        return Change(self, lambda effect, now: self.apply(effect, now, *particulars, **named))

    def is_open_to(self, effect: Effect, owner: str | None) -> bool:
        """Whether this owner may make it of this effect; else the attempt was fenced."""
        is_theirs = self.by == "anybody" or effect.owner == owner
        is_meant = self.reasons is None or effect.reason in self.reasons
        return is_theirs and is_meant and effect.state in self.from_states


@dataclass(frozen=True, slots=True)
class Change:
    """A transition with everything it needs to know, ready to be made."""

    transition: Transition[...]
    apply: Callable[[Effect, datetime], Effect]

    def of(self, effect: E, now: datetime) -> E:
        """The effect once the change is made; raises `AgainstTheLaw`."""
        if effect.state not in self.transition.from_states:
            raise AgainstTheLaw(f"{self.transition.name}: from {effect.state}")
        after = self.apply(effect, now)
        if after.state not in self.transition.to_states:
            raise AgainstTheLaw(f"{self.transition.name}: to {after.state}")
        assert type(after) is type(effect)
        return after


def _attempted(
    effect: Effect, now: datetime, verdict: Verdict, owner: str, revision: str
) -> Effect:
    """An attempt starts: the first claim fixes channel, revision and what was read of results; a
    resend keeps all.
    """
    if not isinstance(verdict, Allowed):
        return _not_now(effect, now, verdict)
    claimed = effect.now(
        state="claimed",
        owner=owner,
        channel=effect.channel or verdict.channel,
        revision=effect.revision or revision,
        arguments=effect.arguments if verdict.arguments is None else verdict.arguments,
        reason=None,
        reason_by=None,
    )
    if not isinstance(claimed, Message):
        return claimed
    shown, carries = claimed.shown or verdict.shown, claimed.carries or verdict.carries
    return claimed.now(digest=DigestPart(shown=shown, carries=carries))


def _left(effect: Effect, now: datetime, verdict: Verdict) -> Effect:
    """The last question, asked in the compare-and-set before the content is handed over."""
    if isinstance(verdict, Allowed):
        return effect.now(state="leaving")
    return _not_now(effect, now, verdict)


def _sent(effect: Effect, now: datetime) -> Effect:
    """The receiver has it. An answer that comes after the lease ran out still counts."""
    return effect.now(state="sent", settled_at=now, reason=None, reason_by=None)


def _arrived(effect: Effect, now: datetime) -> Effect:
    """A person or the provider says that it arrived."""
    return _sent(effect, now)


def _known(effect: Effect, now: datetime) -> Effect:
    """It had left before the database was restored, says who took it."""
    return _sent(effect, now)


def _back(effect: Effect, _now: datetime) -> Effect:
    """Nothing was accepted: the attempt may be repeated."""
    return effect.now(state="claimed")


def _refused(effect: Effect, now: datetime, text: str) -> Effect:
    """The receiver will never take it."""
    return _alone(effect).now(
        state="refused", owner=None, settled_at=now, reason=Reason.REFUSED, reason_by=text
    )


def _misconfigured(effect: Effect, _now: datetime, until: datetime, text: str) -> Effect:
    """The receiver refuses the sender: wait for a person to mend the settings."""
    return _alone(effect).now(
        state="held", owner=None, held_until=until, reason=Reason.REFUSED, reason_by=text
    )


def _uncertain(effect: Effect, now: datetime, *, essential: bool) -> Effect:
    """Nobody can know whether it arrived: an essential one is sent once more, every other one is
    left to a person.
    """
    if essential and not effect.resent:
        return effect.now(state="wanted", owner=None, resent=1)
    return effect.now(state="uncertain", settled_at=now)


def _dropped(effect: Effect, now: datetime, reason: Reason, by: str | None) -> Effect:
    """It will not be sent, for a reason that is written beside it."""
    return _alone(effect).now(
        state="dropped", owner=None, reason=reason, reason_by=by, settled_at=now
    )


def _released(effect: Effect, now: datetime) -> Effect:
    """Its moment has come."""
    return effect.now(state="wanted", owner=None, held_until=min(effect.held_until or now, now))


def _finished(effect: Effect, now: datetime, result: Any) -> Effect:
    """A call has done its work."""
    done = effect.now(state="done", settled_at=now)
    return done.now(result=result) if isinstance(done, ActionCall) else done


def _failed(effect: Effect, now: datetime, text: str) -> Effect:
    """A call that will never succeed."""
    return effect.now(
        state="failed", owner=None, reason=Reason.ERROR, reason_by=text, settled_at=now
    )


def _wanted_again(effect: Effect, _now: datetime) -> Effect:
    """A person or the provider says that it did not arrive: it is sent again."""
    return effect.now(state="wanted", owner=None, settled_at=None)


def _retried(effect: Effect, now: datetime) -> Effect:
    """A person has mended what stood in its way: it is tried again, in the words of today's rules.

    A call that messages await waits for them once more.
    """
    waits = isinstance(effect, ActionCall) and bool(effect.awaited_by)
    return effect.now(
        state="held" if waits else "wanted",
        owner=None,
        channel=None,
        revision=None,
        reason=None,
        reason_by=None,
        settled_at=None,
        held_until=None if waits or effect.held_until is None else min(effect.held_until, now),
    )


def _carried(effect: Effect, now: datetime, carrier: Effect, revision: str) -> Effect:
    """The message ends inside another; its words are fixed as a first claim would fix them."""
    ended = _dropped(effect, now, Reason.DIGESTED, carrier.key)
    return ended.now(channel=carrier.channel, revision=revision)


def _freed(effect: Effect, _now: datetime, until: datetime) -> Effect:
    """It waits again, for itself; nothing of its words is fixed any more."""
    held = effect.now(
        state="held", reason=Reason.DIGESTED, reason_by=None, held_until=until, settled_at=None
    )
    return held.now(channel=None, revision=None, awaits_room=True)


def _left_out(effect: Effect, now: datetime, why: Held | Dropped) -> Effect:
    """It leaves its digest for a reason of its own."""
    return _not_now(_freed(effect, now, now), now, why)


def _rewritten(effect: Effect, _now: datetime, carries: tuple[str, ...]) -> Effect:
    """A digest that carries less by now is written anew."""
    return effect.now(state="wanted", owner=None, carries=carries)


def _not_now(effect: Effect, now: datetime, verdict: Held | Dropped) -> Effect:
    """A gate or an objection stands in the way."""
    if isinstance(verdict, Dropped):
        return _dropped(effect, now, verdict.reason, verdict.by)
    held = _alone(effect).now(
        state="held",
        owner=None,
        held_until=verdict.until,
        reason=verdict.reason,
        reason_by=verdict.by,
    )
    # Longer than to the end of the minute in which all messages under a cap are weighed.
    waits = verdict.reason in _FOR_ROOM and verdict.until > minute_end(now)
    return held.now(awaits_room=True) if waits and isinstance(held, Message) else held


def _alone(effect: Effect) -> Effect:
    """A message that does not leave after all carries no others; a carrier waits for room again."""
    if not isinstance(effect, Message) or effect.shown is None:
        return effect
    return effect.now(digest=DigestPart(awaits_room=True))


ATTEMPTED = Transition(
    "attempted", ("wanted", "claimed"), ("claimed", "held", "dropped"), _attempted, by="anybody"
)
LEFT = Transition("last question", ("claimed",), ("leaving", "held", "dropped"), _left)
SENT = Transition(
    "sent", ("leaving", "uncertain"), ("sent",), _sent, notes={"uncertain": "late reply"}
)
BACK = Transition("not taken", ("leaving",), ("claimed",), _back)
REFUSED = Transition("refused", ("claimed", "leaving"), ("refused",), _refused)
MISCONFIGURED = Transition("sender refused", ("claimed",), ("held",), _misconfigured)
UNCERTAIN = Transition("nobody knows", ("leaving",), ("uncertain", "wanted"), _uncertain)
RELEASED = Transition("released", ("held",), ("wanted",), _released)
DROPPED = Transition("dropped", ("wanted", "held", "claimed"), ("dropped",), _dropped)
FINISHED = Transition("finished", ("claimed",), ("done",), _finished)
FAILED = Transition("failed", ("claimed",), ("failed",), _failed)
DELIVERED = Transition(
    "said to be delivered", ("uncertain",), ("sent",), _arrived, by="anybody",
    notes={"uncertain": "said to be delivered"},
)  # fmt: skip
NOT_DELIVERED = Transition(
    "said not to be delivered", ("uncertain",), ("wanted",), _wanted_again, by="anybody",
    notes={"uncertain": "said not to be delivered"}, wakes=True,
)  # fmt: skip
KNOWN = Transition(
    "known to have left", ("wanted", "claimed", "leaving"), ("sent",), _known, by="anybody",
    notes=dict.fromkeys(("wanted", "claimed", "leaving"), "known to have left"),
)  # fmt: skip
RETRIED = Transition(
    "tried again", ("dropped", "refused", "failed", "held"), ("wanted", "held"), _retried,
    by="anybody", wakes=True, reasons=MENDABLE,
    notes=dict.fromkeys(("dropped", "refused", "failed", "held"), "tried again"),
)  # fmt: skip
CARRIED = Transition("carried", ("wanted", "held"), ("dropped",), _carried, by="anybody")
FREED = Transition("freed", ("dropped",), ("held",), _freed, by="anybody")
LEFT_OUT = Transition("left out", ("dropped",), ("held", "dropped"), _left_out, by="anybody")
REWRITTEN = Transition("rewritten", ("claimed",), ("wanted",), _rewritten)

LAW: tuple[Transition[...], ...] = (
    ATTEMPTED, LEFT, SENT, BACK, REFUSED, MISCONFIGURED, UNCERTAIN, RELEASED, DROPPED, FINISHED,
    FAILED, DELIVERED, NOT_DELIVERED, KNOWN, RETRIED, CARRIED, FREED, LEFT_OUT, REWRITTEN,
)  # fmt: skip
