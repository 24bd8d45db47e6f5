"""Results of calls: which earlier call an action reads, and what the call has answered so far.

A call whose result a message uses runs when that message has passed its gates; until then it is held without a time.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.decision import Effect, Firing
from engine.naming import key_of
from engine.rule import Action, Branch, Call, Rule, Send
from engine.values import FactType, WrongValue, typed

# Ended without a result: what reads it is not done.
_WITHOUT = frozenset({"failed", "dropped"})
_NOTHING: frozenset[str] = frozenset()


def names_read(action: Action, calls: Collection[str]) -> frozenset[str]:
    """The names (`as`) among these that an action reads, in `with` or in `only_if`."""
    if not calls:
        return _NOTHING
    arguments = getattr(action, "arguments", {}) or getattr(action, "values", {})
    read = {one.name for one in arguments.values() if one.name} | {name for one in action.only_if for name in one.reads}
    return frozenset(name.partition(".")[0] for name in read) & frozenset(calls)


def awaiting(call: Call, branch: Branch) -> list[Send]:
    """The messages of the same `do` that use the result of a call."""
    named = (call.name,) if call.name else ()
    return [action for action in branch.actions if isinstance(action, Send) and names_read(action, named)]


def keys_of(branch: Branch, firing: Firing) -> dict[str, str]:
    """The key of the effect of every named call of a `do`, by its name."""
    return {
        action.name: key_of(firing.journey, firing.rule_id, firing.occurrence, action.action, str(place))
        for place, action in enumerate(branch.actions)
        if isinstance(action, Call) and action.name
    }


def answered(keys: Mapping[str, str], effects: Mapping[str, Effect], rule: Rule | None, zone: str) -> dict[str, Any]:
    """What each named call has answered, typed, by its name; those that have not are left out."""
    done = {name: effects[key].result for name, key in keys.items() if key in effects and effects[key].state == "done"}
    types = {one.name: one.results for one in (rule.actions if rule else ()) if isinstance(one, Call)}
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


def failed(names: Iterable[str], keys: Mapping[str, str], effects: Mapping[str, Effect]) -> str | None:
    """A call among these that ended without a result, None if there is none."""
    return next((name for name in names if (one := effects.get(keys[name])) and one.state in _WITHOUT), None)
