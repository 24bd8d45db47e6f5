"""Results of calls: which earlier call an action reads, and what the call has answered so far.

A call whose result only messages use runs when the first of them has passed its gates; whatever
else reads a result waits for the call to end. Until then both are held without a time.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, assert_never

from engine.catalog.values import FactType, WrongValue, typed
from engine.decisions.effects import ActionCall
from engine.decisions.reason import Reason
from engine.rules.rule import (
    Action,
    Arguments,
    Call,
    Emit,
    Grant,
    Put,
    Rule,
    Send,
    Suppress,
)

# Ended without a result: what reads it is not done.
_WITHOUT = frozenset({"failed", "dropped"})
_NOTHING: frozenset[str] = frozenset()
# What stands in the way of an action whose own condition does not hold.
ONLY_IF = "only_if"


def names_read(action: Action, calls: Collection[str]) -> frozenset[str]:
    """The names (`as`) among these that an action reads, in `with` or in `only_if`."""
    if not calls:
        return _NOTHING
    read = {one.name for one in _values_of(action).values() if one.name} | {
        name for one in action.only_if for name in one.reads
    }
    return frozenset(name.partition(".")[0] for name in read) & frozenset(calls)


def _values_of(action: Action) -> Arguments:
    """The values that an action passes on, by name."""
    match action:
        case Send() | Call() | Emit():
            return action.arguments
        case Put():
            return action.values
        case Grant() | Suppress():
            return {}
        case _:
            assert_never(action)


def awaiting(call: Call, among: Mapping[int, Action]) -> list[int]:
    """The places of the messages of the same `do` that use the result of a call, themselves or
    through a call that is for them alone; `among` are its actions by place.

    None if anything else reads it too: that has no gates to pass.
    """
    named, found = (call.name,) if call.name else (), dict[int, None]()
    for place, reader in among.items():
        if not names_read(reader, named):
            continue
        places = (
            [place]
            if isinstance(reader, Send)
            else awaiting(reader, among)
            if isinstance(reader, Call)
            else []
        )
        if not places:
            return []
        found |= dict.fromkeys(places)
    return list(found)


def answered(
    keys: Mapping[str, str], effects: Mapping[str, ActionCall], rule: Rule | None, zone: str
) -> dict[str, Any]:
    """What each named call has answered, typed, by its name; those that have not are left out."""
    done = {
        name: effects[key].result
        for name, key in keys.items()
        if key in effects and effects[key].state == "done"
    }
    types = {
        one.name: one.results for one in (rule.actions if rule else ()) if isinstance(one, Call)
    }
    return {
        name: {key: _typed(types.get(name, {}).get(key), raw, zone) for key, raw in result.items()}
        for name, result in done.items()
        if isinstance(result, Mapping)
    }


def _typed(kind: FactType | None, raw: Any, zone: str) -> Any:
    """What is not of the type it should be is unknown."""
    try:
        return typed(kind, raw, zone) if kind else raw
    except (WrongValue, ValueError, TypeError):
        return None


def with_results_of_others(
    own: Mapping[str, ActionCall], others: Mapping[str, ActionCall]
) -> dict[str, ActionCall]:
    """A firing's calls by key; one that was not made, since another one among `others` had done it
    of the same thing before, has that one's result.
    """

    def answers(call: ActionCall) -> ActionCall:
        is_done_already = call.state == "dropped" and call.reason is Reason.ALREADY_DONE
        other = others.get(call.reason_by or "") if is_done_already else None
        return call if other is None else call.now(state="done", result=other.result)

    return {key: answers(call) for key, call in own.items()}


def failed(
    names: Iterable[str], keys: Mapping[str, str], effects: Mapping[str, ActionCall]
) -> str | None:
    """A call among these that ended without a result, None if there is none; a call that
    nobody wanted any more did not fail.
    """
    ended = (
        (name, one)
        for name in sorted(names)
        if (one := effects.get(keys[name])) and one.state in _WITHOUT
    )
    return next((name for name, one in ended if not _is_unwished(one)), None)


def _is_unwished(call: ActionCall) -> bool:
    return call.reason is Reason.CONDITION_FALSE and call.reason_by == ONLY_IF
