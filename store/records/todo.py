"""What both stores make of an outcome: what is left to do, and what is done only once."""

from collections.abc import Callable, Iterable

from engine.decisions.decision import OpenWork, Outcome, Situation
from engine.decisions.effects import Effect
from engine.rules.ruleset import Rulesets

Deciding = Callable[[Rulesets, Situation], Outcome]

# Of a journey that nobody ever woke.
NOTHING = OpenWork((), None, ended=True)


def first_of_each(effects: Iterable[Effect]) -> list[Effect]:
    """One effect for each key: an action that stands twice in a rule is done once."""
    found: dict[str, Effect] = {}
    for effect in effects:
        found.setdefault(effect.key, effect)
    return list(found.values())
