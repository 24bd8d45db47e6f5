"""Drawings of rules, with what a log says of them, and of what happened to one order."""

from pathlib import Path

from engine.catalog.catalog import closest
from engine.decisions.firing import Firing
from engine.facts.naming import own_id
from engine.graphs.graph import Graph
from engine.graphs.path_graph import OrderPath, path_graph
from engine.graphs.rule_graph import Tallies, rules_graph
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun
from operations.subjects.subject import subject_meant
from store.ports import Store


def graph_of_rules(
    ruleset: Ruleset, wanted: str | None = None, tallies: Tallies | None = None
) -> Graph:
    """A rule, the rules of a file, or all of them; `tallies` are the counts of a simulation."""
    return rules_graph(chosen_rules(ruleset, wanted), ruleset, tallies)


def chosen_rules(ruleset: Ruleset, wanted: str | None) -> list[Rule]:
    """The rule of this id, else those of the file of this name, in the order in which
    they stand.
    """
    rules = sorted(ruleset.rules.values(), key=lambda one: one.position)
    if wanted is None:
        return rules
    if (rule := ruleset.rule(wanted)) is not None:
        return [rule]
    found = [
        one
        for one in rules
        if wanted in (one.position.file, Path(one.position.file).name, _stem(one))
    ]
    if not found:
        near = closest(wanted, [*ruleset.rules, *map(_stem, rules)])
        raise CannotRun(
            f"there is no rule and no file {wanted}" + (f", did you mean {near}?" if near else "")
        )
    return found


def _stem(rule: Rule) -> str:
    return Path(rule.position.file).stem


async def graph_of_order(store: Store, order: str, shop: str | None = None) -> Graph:
    """What happened to an order; `CannotRun` if nothing is known of it or several shops have it."""
    subject, customer = await subject_meant(store, "order", order, shop)
    known = await store.inquiries.history(subject, customer)
    own = own_id(subject)

    def is_own(firing: Firing) -> bool:
        return firing.journey == subject

    return path_graph(
        OrderPath(
            [one for one in known.events if one.event.order == own],
            known.decisions,
            [one for one in known.effects if own == one.firing.order or is_own(one.firing)],
            [one for one in known.waits if is_own(one)],
        )
    )
