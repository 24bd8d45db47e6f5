"""What a new revision changes before anything happens: which subjects it concerns, those who wait
for a date or for a slot of a new rule, and which rules it renames.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.catalog.catalog import OF_ORDER
from engine.facts.state import State
from engine.facts.things import is_final
from engine.rules.rule import Rule, Trigger
from engine.rules.ruleset import Ruleset

# The kinds of subjects, as their ids begin.
CUSTOMER, ORDER = "customer", "order"


def kinds_concerned(old: Ruleset | None, new: Ruleset) -> frozenset[str]:
    """The kinds of subjects whose journeys wait for something under the new revision that the old
    one did not have.
    """
    of_dates = {ORDER if rule.about in OF_ORDER else CUSTOMER for rule, _ in new_dates(old, new)}
    return frozenset(of_dates | {CUSTOMER for _ in new_slots(old, new)})


def new_slots(old: Ruleset | None, new: Ruleset) -> list[tuple[Rule, Trigger]]:
    """The schedules that the old revision had not."""
    return _added(old.by_clock if old else (), new.by_clock)


def new_dates(old: Ruleset | None, new: Ruleset) -> list[tuple[Rule, Trigger]]:
    """The dates that the old revision did not wait for."""
    return _added(old.by_date if old else (), new.by_date)


def renames(old: Ruleset | None, new: Ruleset) -> dict[str, str]:
    """The new id of every rule that a revision renames, by its former one; one that takes up an
    older revision again takes back what was renamed since.
    """
    found = {
        rule.label.renamed_from: rule.id for rule in new.rules.values() if rule.label.renamed_from
    }
    for rule in old.rules.values() if old else ():
        former = rule.label.renamed_from
        if former is not None and former in new.rules and rule.id not in new.rules:
            found[rule.id] = former
    return found


def renames_along(revisions: Sequence[Ruleset]) -> dict[str, str]:
    """The last id of every rule that was renamed on the way through these revisions, by each id it
    had. What the first one renames is renamed once more: something may have been written under a
    former id while it became active.
    """
    steps = [renames(None, one) for one in revisions[:1]]
    steps += [renames(old, new) for old, new in pairwise(revisions)]
    found: dict[str, str] = {}
    for step in steps:
        found = {former: step.get(now, now) for former, now in found.items()} | step
    return {former: now for former, now in found.items() if former != now}


def concerns(subject: str, ended: bool | None, facts: State | None) -> bool:  # noqa: FBT001  # as a row tells it
    """Whether a new revision has to look at a subject: every customer, and orders that are not
    over.

    `ended` is what the order's journey says, None if it has no journey; then its `facts` decide.
    """
    if subject.startswith(CUSTOMER):
        return True
    return not ended if ended is not None else facts is not None and is_final(facts) is None


def _added(
    old: Iterable[tuple[Rule, Trigger]], new: Iterable[tuple[Rule, Trigger]]
) -> list[tuple[Rule, Trigger]]:
    known = {(rule.id, trigger) for rule, trigger in old}
    return [(rule, trigger) for rule, trigger in new if (rule.id, trigger) not in known]
