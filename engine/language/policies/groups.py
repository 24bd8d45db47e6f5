"""What policies.yaml says about rules by name: groups and breakers, checked once the rules are
known.
"""

from collections.abc import Collection, Mapping

from engine.conditions.condition import Condition
from engine.conditions.problems import unknown
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.plain_values import is_kebab, read_text
from engine.language.policies.policy_keys import BreakerKeys, PoliciesFile
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.policies import Breaker
from engine.rules.rule import Rule

RulesById = Mapping[str, Rule]


def check_groups(node: Node | None, rules: RulesById, ids: Collection[str], known: Known) -> None:
    """That groups and rules name each other, and that the members of a group share one `when`.

    `ids` are those of all rules; `rules` only those that have no mistakes of their own.
    """
    groups = node.entries["groups"].entries if node and "groups" in node.entries else {}
    for name, listed in groups.items():
        members = [
            rule
            for item in listed.items
            if (rule := _member(item, name, rules, ids, known)) is not None
        ]
        for rule in members[1:]:
            if frozenset(rule.triggers) != frozenset(members[0].triggers):
                message = (
                    f"{rule.id} and {members[0].id} are in group {name} and must share one `when`"
                )
                known.problems.add("J14", rule.position, message)


def _member(
    node: Node, group: str, rules: RulesById, ids: Collection[str], known: Known
) -> Rule | None:
    if node.text not in ids:
        known.problems.add("J07", node, unknown("rule", node.text, ids))
    rule = rules.get(node.text)
    if rule is not None and rule.group != group:
        known.problems.add(
            "J03", rule.position, f"group {group} names {rule.id}, which needs `one_of: {group}`"
        )
    return rule


def read_breakers(
    node: Node | None, rules: RulesById, ids: Collection[str], known: Known
) -> tuple[Breaker, ...]:
    """What holds rules back while its condition holds."""
    listed = PoliciesFile(node, known.problems).breakers if node else None
    found: dict[str, Breaker] = {}
    for keys in listed or ():
        breaker = _breaker(keys, rules, ids, known)
        if breaker is not None and breaker.id in found:
            known.problems.add("J06", keys.node, f"breaker {breaker.id} is named twice")
        elif breaker is not None:
            found[breaker.id] = breaker
    return tuple(found.values())


def _breaker(
    keys: BreakerKeys, rules: RulesById, ids: Collection[str], known: Known
) -> Breaker | None:
    if not keys.need() or keys.id is None or keys.if_ is None:
        return None
    name = keys.id.text
    if not is_kebab(name, keys.problems):
        keys.wrong("J09", "id", "id is small letters, digits and hyphens, such as carrier-silent")
    holds = [held for item in keys.holds or () if (held := _held(item, ids, known)) is not None]
    abouts = [rules[held].about for held in holds if held in rules]
    conditions = _conditions(keys.if_, abouts, known)
    at_most, tell_team = keys.at_most, keys.tell_team or False
    emits = _emitted(keys.emit, abouts, known) if keys.emit else None
    if at_most is None:
        return None
    return Breaker(name, conditions, tuple(holds), at_most, tell_team, emits)


def _held(node: Node, ids: Collection[str], known: Known) -> str | None:
    name = read_text(node, known.problems)
    if name is None or name in ids:
        return name
    known.problems.add("J07", node, unknown("rule", name, ids))
    return None


def _emitted(node: Node, abouts: list[str], known: Known) -> str | None:
    """The own event of an opening, about the thing of whichever rule is held first, or what
    contains it.
    """
    event = known.own_event(node)
    about = known.catalog.events[event].about if event else ""
    for held in sorted(set(abouts)) if event else ():
        if about not in known.scope(held).things:
            known.problems.add(
                "J08", node, f"a rule about {held} does not know which {about} {event} is about"
            )
    return event


def _conditions(node: Node, abouts: list[str], known: Known) -> tuple[Condition, ...]:
    """The condition, which every rule that it holds back must be able to ask."""
    scopes = [known.scope(about) for about in sorted(set(abouts))] or [known.scope(None)]
    read = [read_conditions(node, scope, known.problems) for scope in scopes]
    return read[0]
