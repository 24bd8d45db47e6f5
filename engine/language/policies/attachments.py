"""The parts of policies.yaml that name templates, facts and actions: digest, `attach` and
`recommend`.
"""

from dataclasses import replace

from engine.conditions.problems import unknown
from engine.language.fields import Form, is_name, read_text
from engine.language.journeys.arguments import read_arguments
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.policies.limits import read_digest
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.policies import Attached, Policies, Recommend

ATTACH = Form("a line of attach", ("actions", "with"))
RECOMMEND = Form("recommend", (), ("source", "never"))
# Where recommendations come from.
PICKED_FROM = ("co_purchase",)


def with_attachments(node: Node | None, known: Known) -> Policies:
    """The policies with what could not be read before templates and answers were known."""
    entries = node.entries if node else {}
    digest, recommend, attach = (entries.get(key) for key in ("digest", "recommend", "attach"))
    return replace(
        known.policies,
        digest=read_digest(digest, known) if digest else None,
        attach=tuple(_attached(item, known) for item in attach.items) if attach else (),
        recommend=_recommend(recommend, known) if recommend else None,
    )


def _attached(node: Node, known: Known) -> Attached:
    fields = ATTACH.read(node, known.problems)
    fields.need(*ATTACH.needed)
    names = [
        name for item in fields.listed("actions") if (name := _action(item, known)) is not None
    ]
    arguments = read_arguments(fields, known.scope(None))
    for key in arguments:
        for name in names:
            if known.actions is not None and key not in known.actions[name]:
                at = fields.node.entries["with"].keys[key]
                known.problems.add(
                    "J33", at, unknown(f"parameter of {name}:", key, known.actions[name])
                )
    return Attached(tuple(names), arguments)


def _action(node: Node, known: Known) -> str | None:
    name = read_text(node, known.problems)
    if name is None or known.actions is None or name in known.actions:
        return name
    known.problems.add("J07", node, unknown("action", name, known.actions))
    return None


def _recommend(node: Node, known: Known) -> Recommend:
    fields = RECOMMEND.read(node, known.problems)
    never = fields.get("never")
    if never is not None and not isinstance(never.value, dict):
        known.problems.add("J09", never, "never is a mapping from a reason to a condition")
    for name, at in never.keys.items() if never else ():
        if not is_name(name):
            known.problems.add("J05", at, f"{name} is no name: small letters, digits and _")
    reasons = never.entries if never else {}
    scope = known.scope("item")
    conditions = {
        name: read_conditions(item, scope, known.problems) for name, item in reasons.items()
    }
    return Recommend(fields.choice("source", PICKED_FROM, *PICKED_FROM), conditions)
