"""The ids that a rule had before: each revision names only the last one, so that older ones are
asked for the rest.
"""

from engine.conditions.problems import InvalidRuleset
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from store.ports import Store
from store.records.activations import TooOld


async def ids_of(store: Store, rule: Rule) -> tuple[str, ...]:
    """Every id of a rule, the present one first."""
    found, former = [rule.id], rule.label.renamed_from
    while former is not None and former not in found:
        found.append(former)
        former = await _before(store, former)
    return tuple(found)


async def renamed(store: Store, active: Ruleset, rule_id: str) -> Rule | None:
    """The active rule that had this id at some time."""
    for rule in active.rules.values():
        if rule.label.renamed_from is not None and rule_id in await ids_of(store, rule):
            return rule
    return None


async def _before(store: Store, rule_id: str) -> str | None:
    """What the last revision that had a rule of this id says of its id before; one that cannot be
    read says nothing.
    """
    for revision in dict.fromkeys(one.revision for one in await store.rulesets.activations()):
        try:
            ruleset = await store.rulesets.revision(revision)
        except (InvalidRuleset, TooOld):
            continue
        if ruleset is not None and (rule := ruleset.rules.get(rule_id)) is not None:
            return rule.label.renamed_from
    return None
