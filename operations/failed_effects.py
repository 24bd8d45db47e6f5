"""What failed: which effects ended badly, and trying them again once somebody has mended why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

from engine.catalog.catalog import closest
from engine.catalog.values import instant_or_none
from engine.decisions.effects import ActionCall, Effect, EffectState, is_noted_only
from engine.decisions.reason import Reason
from engine.sending.ledger import MENDABLE, RETRIED
from operations.cannot_run import CannotRun
from operations.explain.story import UnknownRule
from operations.settle import UnknownMessage
from operations.stores import Store
from store.records.answers import LedgerQuery

STATES: tuple[EffectState, ...] = get_args(EffectState)
# Where nobody says which: all that a person may mend.
FAILED = "failed, refused or without a channel"
# What an `error` is called where a call fails for good.
_STATES_OF: dict[str, tuple[EffectState, ...]] = {"error": ("failed",)}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger, as people read it."""

    key: str
    kind: str
    rule: str
    title: str
    state: str
    reason: str | None
    by: str | None
    at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "key": self.key,
            "kind": self.kind,
            "rule": self.rule,
            "what": self.title,
            "state": self.state,
            "reason": self.reason,
            "by": self.by,
            "at": instant_or_none(self.at),
        }


@dataclass(frozen=True, slots=True)
class RetriedEffect:
    """What became of one that was to be tried again; `why` says why it is not."""

    key: str
    state: str
    why: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"key": self.key, "state": self.state, "why": self.why}


async def listed(
    store: Store,
    state: str = FAILED,
    rule: str | None = None,
    since: datetime | None = None,
    shop: str | None = None,
) -> list[LedgerRow]:
    """The rows in a state, or that ended for a reason, the oldest first; `CannotRun` if there is no
    such state or reason, `UnknownRule` if there is nothing, and no such rule.
    """
    found = await store.inquiries.effects_in(replace(_query(state, rule, since), shop=shop))
    if not found and rule is not None:
        await _check_rule(store, rule)
    return [_row(one) for one in found]


async def retry(store: Store, key: str, now: datetime) -> list[RetriedEffect]:
    """Try one again, with the calls it uses; raises `UnknownMessage` if the ledger has none."""
    family = await store.inquiries.effects_with(key)
    effect = next((one for one in family if one.key == key), None)
    if effect is None:
        raise UnknownMessage(key)
    return [await _retried(store, effect, family, now)]


async def retry_all(
    store: Store, rule: str, since: datetime | None, now: datetime, shop: str | None = None
) -> list[RetriedEffect]:
    """Try everything of a rule again that a person may have mended; `UnknownRule` if there is
    nothing, and no such rule.
    """
    failed = await store.inquiries.effects_in(replace(_query(FAILED, rule, since), shop=shop))
    if not failed:
        await _check_rule(store, rule)
    return [
        await _retried(store, one, await store.inquiries.effects_with(one.key), now)
        for one in failed
    ]


async def _check_rule(store: Store, rule: str) -> None:
    active = await store.rulesets.active()
    if active.rule(rule) is None:
        raise UnknownRule(rule, closest(rule, active.rules))


async def _retried(
    store: Store, effect: Effect, family: list[Effect], now: datetime
) -> RetriedEffect:
    if effect.valid_until is not None and effect.valid_until <= now:
        return RetriedEffect(effect.key, effect.state, "expired")
    # A message is wanted last, when the calls that it uses wait for it.
    tied = [one for one in family if _is_tied(one, effect)]
    for one in sorted((*tied, effect), key=lambda one: one.kind == "send"):
        is_retried = await store.ledger.change(one.key, None, RETRIED(), now)
        if one is effect and not is_retried:
            return RetriedEffect(effect.key, effect.state, _why_not(effect))
    is_held = isinstance(effect, ActionCall) and bool(effect.awaited_by)
    return RetriedEffect(effect.key, "held" if is_held else "wanted")


def _why_not(effect: Effect) -> str:
    """Why an effect that has not expired cannot be tried again."""
    is_mendable = effect.state in RETRIED.from_states and effect.reason in MENDABLE
    return "another firing of its rule has the once-key" if is_mendable else "it did not fail"


def _is_tied(one: Effect, effect: Effect) -> bool:
    """Whether one of two effects of a firing ended because the other did."""
    calls = [each for each in (one, effect) if isinstance(each, ActionCall)]
    other = {one.key, effect.key}
    return any(
        not other.isdisjoint(call.awaited_by) or not other.isdisjoint(call.awaits) for call in calls
    )


def _query(state: str, rule: str | None, since: datetime | None) -> LedgerQuery:
    if state == FAILED:
        return LedgerQuery(("refused", "failed"), tuple(sorted(MENDABLE)), rule, since)
    states = tuple(one for one in STATES if one == state) + _STATES_OF.get(state, ())
    reasons = tuple(one for one in Reason if one == state)
    if not states and not reasons:
        raise CannotRun(f"no state or reason {state}: there are {', '.join(_words())}")
    return LedgerQuery(states, reasons, rule, since)


def _words() -> Iterable[str]:
    return dict.fromkeys((*STATES, *map(str, Reason)))


def _row(one: Effect) -> LedgerRow:
    at = one.settled_at or one.decided_at
    reason = str(one.reason) if one.reason else None
    by = "noted only" if is_noted_only(one) else one.reason_by
    return LedgerRow(one.key, one.kind, one.firing.rule_id, one.title, one.state, reason, by, at)
