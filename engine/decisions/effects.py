"""Effects: decisions to do something, each a row of the ledger. A message, a call of an action, or
an event of our own.
"""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from engine.catalog.rows import changed_in_parts, row
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.naming import Spot, spot_in

EffectKind = Literal["send", "call", "emit"]
EffectState = Literal[
    "wanted", "claimed", "leaving", "held", "sent", "uncertain", "refused", "dropped", "done",
    "failed",
]  # fmt: skip
# What counts under a cap: sent, about to be, or perhaps sent.
COUNTED = frozenset({"claimed", "leaving", "sent", "uncertain"})
OPEN = frozenset({"wanted", "claimed", "leaving"})
# Stands in the result of a call that nobody has carried out, since the shop has no system for it.
NOTED_ONLY = "noted_only"


@row
class Status:
    """Where an effect stands in the ledger, and why: `reason_by` names what stood in its way. It
    waits until `held_until`, or has ended at `settled_at`.
    """

    state: EffectState = "wanted"
    reason: Reason | None = None
    reason_by: str | None = None
    held_until: datetime | None = None
    settled_at: datetime | None = None


@row
class Claimed:
    """Who carries an effect out, and what its first claim has fixed; how often it was sent again."""

    owner: str | None = None
    channel: str | None = None
    revision: str | None = None
    resent: int = 0


@row
class DigestPart:
    """What a message has to do with a digest.

    One that `awaits_room` has been held by a cap or a mix. One `shown` in the words of another
    template than its own is a carrier; `carries` are the messages in it beside its own.
    """

    awaits_room: bool = False
    shown: str | None = None
    carries: tuple[str, ...] = ()


@row
class Entry:
    """What every effect has. `name` is the template, the action or the event; what `awaits` calls
    waits for the last of these to end, and reads what they answered.
    """

    kind: ClassVar[EffectKind]

    key: str
    name: str
    firing: Firing
    valid_until: datetime | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    customer: str | None = None
    decided_at: datetime | None = None
    awaits: tuple[str, ...] = ()
    status: Status = Status()
    claimed: Claimed = Claimed()

    @property
    def state(self) -> EffectState:
        """Where it stands in the ledger."""
        return self.status.state

    @property
    def reason(self) -> Reason | None:
        """Why it does not happen, or not yet."""
        return self.status.reason

    @property
    def reason_by(self) -> str | None:
        """What stands in its way."""
        return self.status.reason_by

    @property
    def held_until(self) -> datetime | None:
        """Until when it waits."""
        return self.status.held_until

    @property
    def settled_at(self) -> datetime | None:
        """When it ended."""
        return self.status.settled_at

    @property
    def owner(self) -> str | None:
        """The token of the attempt that has claimed it."""
        return self.claimed.owner

    @property
    def channel(self) -> str | None:
        """The channel that the first claim has fixed."""
        return self.claimed.channel

    @property
    def revision(self) -> str | None:
        """The revision that the first claim has fixed."""
        return self.claimed.revision

    @property
    def resent(self) -> int:
        """How often it was sent again, because nobody knew whether it had arrived."""
        return self.claimed.resent

    @property
    def spot(self) -> Spot | None:
        """Where its action stands in its rule; None in a row that is older than spots."""
        return spot_in(self.key)

    @property
    def title(self) -> str:
        """What it does, in a word: its template, action or event."""
        return self.name

    def now(self, **changes: Any) -> Self:
        """The same effect with other values, also of its parts."""
        return changed_in_parts(self, _PART_OF, changes)


@row
class Message(Entry):
    """A message to a customer; `name` is its template."""

    kind: ClassVar[EffectKind] = "send"

    category: str = ""
    digest: DigestPart = DigestPart()

    @property
    def template(self) -> str:
        """The template in whose words it leaves."""
        return self.digest.shown or self.name

    @property
    def title(self) -> str:
        """The template in whose words it leaves."""
        return self.template

    @property
    def shown(self) -> str | None:
        """The template of the digest that it leads."""
        return self.digest.shown

    @property
    def carries(self) -> tuple[str, ...]:
        """The messages in the digest that it leads, beside its own."""
        return self.digest.carries

    @property
    def awaits_room(self) -> bool:
        """Whether it has been held by a cap or a mix."""
        return self.digest.awaits_room


@row
class ActionCall(Entry):
    """A call of a registered action; `result` is what it answered. One that is `awaited_by`
    messages waits for the first of them.
    """

    kind: ClassVar[EffectKind] = "call"

    result: Any = field(default=None, hash=False)
    awaited_by: tuple[str, ...] = ()


@row
class Emission(Entry):
    """An event that a rule causes; `name` is its type."""

    kind: ClassVar[EffectKind] = "emit"


Effect = Message | ActionCall | Emission

# Why an effect that is no message ends without having been tried.
UNTRIED = frozenset({Reason.FACT_UNKNOWN, Reason.CONDITION_FALSE})

_PART_OF: Mapping[str, str] = {
    one.name: part
    for part, kind in (("status", Status), ("claimed", Claimed), ("digest", DigestPart))
    for one in fields(kind)
}


def category_of(effect: Effect) -> str | None:
    """The category of a message, None of anything else."""
    return effect.category if isinstance(effect, Message) else None


def carried_by(effect: Effect) -> tuple[str, ...]:
    """The keys of the messages in the digest that an effect leads."""
    return effect.carries if isinstance(effect, Message) else ()


def is_unsent(effect: Effect) -> bool:
    """Whether a message has ended without leaving."""
    return isinstance(effect, Message) and effect.state in ("dropped", "refused")


def is_noted_only(effect: Effect) -> bool:
    """Whether a call stands in the ledger and nobody has carried it out."""
    result = effect.result if isinstance(effect, ActionCall) else None
    return isinstance(result, Mapping) and result.get(NOTED_ONLY) is True


def has_answered(effect: Effect) -> bool:
    """Whether a call has ended, with a result or without one: what reads it waits no longer."""
    return isinstance(effect, ActionCall) and effect.state in ("done", "failed", "dropped")


def did_not_happen(effect: Effect) -> bool:
    """Whether an effect ended without having happened, in no digest either: a firing of its name
    would do it anew.
    """
    return effect.state in ("dropped", "refused") and effect.reason is not Reason.DIGESTED


def had_nothing_to_do(effect: Effect) -> bool:
    """Whether an effect ended untried: a value it needs was unknown, or its `only_if` not true.

    Known at the decision, there would be no such effect.
    """
    return effect.state == "dropped" and effect.reason in UNTRIED


def without_fallen(effects: Collection[Effect], fallen: Collection[str]) -> list[Effect]:
    """The effects of a firing once those of these keys are dropped, and with them the calls that
    were held for messages of which none leaves.
    """
    ended = [one.now(state="dropped") if one.key in fallen else one for one in effects]
    wanted = {one.key for one in ended if not is_unsent(one)}
    return [one.now(state="dropped") if _is_for_none(one, wanted) else one for one in ended]


def _is_for_none(effect: Effect, messages: AbstractSet[str]) -> bool:
    if not isinstance(effect, ActionCall) or effect.state != "held" or not effect.awaited_by:
        return False
    return messages.isdisjoint(effect.awaited_by)


def came_to_nothing(effects: Collection[Effect]) -> bool:
    """Whether a firing with these effects gives its once-key back: it held messages, none of them
    was sent, and nothing else was done; or it had nothing to do.
    """
    has_messages = any(isinstance(one, Message) for one in effects)
    if not has_messages:
        return bool(effects) and all(map(had_nothing_to_do, effects))
    return all(did_not_happen(one) or one.state == "failed" for one in effects)
