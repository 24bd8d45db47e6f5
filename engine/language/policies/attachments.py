"""The parts of policies.yaml that name templates, facts and actions: digest, `attach` and
`recommend`.
"""

from dataclasses import replace

from engine.conditions.problems import unknown
from engine.language.journeys.arguments import read_arguments
from engine.language.known import Known, unknown_action
from engine.language.nodes import Node
from engine.language.plain_values import is_name, no_name, read_text
from engine.language.policies.limits import read_digest
from engine.language.policies.policy_keys import AttachKeys, PoliciesFile, RecommendKeys
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.policies import Attached, Policies, Recommend


def with_attachments(node: Node | None, known: Known) -> Policies:
    """The policies with what could not be read before templates and answers were known."""
    if node is None:
        return known.policies
    file = PoliciesFile(node, known.problems)
    digest, recommend, attach = file.digest, file.recommend, file.attach
    return replace(
        known.policies,
        digest=read_digest(digest, known) if digest else None,
        attach=tuple(_attached(keys, known) for keys in attach or ()),
        recommend=_recommend(recommend, known) if recommend else None,
    )


def _attached(keys: AttachKeys, known: Known) -> Attached:
    keys.need()
    names = [name for item in keys.actions or () if (name := _action(item, known)) is not None]
    arguments = read_arguments(keys.with_, known.scope(None), known.problems)
    for key in arguments:
        for name in names:
            if known.actions is not None and key not in known.actions[name]:
                at = keys.node.entries["with"].keys[key]
                known.problems.add(
                    "J33", at, unknown(f"parameter of {name}:", key, known.actions[name])
                )
    return Attached(tuple(names), arguments)


def _action(node: Node, known: Known) -> str | None:
    name = read_text(node, known.problems)
    if name is None or known.actions is None or name in known.actions:
        return name
    known.problems.add("J07", node, unknown_action(name, known.actions))
    return None


def _recommend(keys: RecommendKeys, known: Known) -> Recommend:
    never, source = keys.never, keys.source
    if never is not None and not isinstance(never.value, dict):
        known.problems.add("J09", never, "never is a mapping from a reason to a condition")
    for name, at in never.keys.items() if never else ():
        if not is_name(name, known.problems):
            known.problems.add("J05", at, no_name(name))
    reasons = never.entries if never else {}
    scope = known.scope("item")
    conditions = {
        name: read_conditions(item, scope, known.problems) for name, item in reasons.items()
    }
    return Recommend(source or "co_purchase", conditions)
