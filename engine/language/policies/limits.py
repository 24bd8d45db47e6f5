"""Caps, holdout, mix and digest of policies.yaml: how much a customer hears, and in which order."""

from typing import cast, get_args

from engine.catalog.calendar import Then
from engine.catalog.values import Duration, FactType
from engine.conditions.problems import Problems
from engine.language.fields import Fields, Form, read_clock
from engine.language.journeys.action_forms import check_parts
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.policies.categories import named_categories
from engine.rules.policies import Cap, Category, Digest, Holdout, Mix

CAP = Form("a cap", ("at_most", "per", "categories"), ("then", "valid_for"))
HOLDOUT = Form("holdout", ("percent", "salt", "categories"), ("by",))
MIX = Form("a mix", ("never_two_in_a_row",), ("then", "valid_for", "forgotten_after"))
DIGEST = Form("digest", ("categories", "template"), ("at_least", "send_at"))
# Who is drawn: the same customer every time.
DRAWN_BY = ("customer.id",)
_DURATION = FactType("duration")
_INTEGER = FactType("integer")


def read_cap(node: Node, categories: tuple[Category, ...], problems: Problems) -> Cap | None:
    """At most so many in a rolling window."""
    fields = CAP.read(node, problems)
    fields.need(*CAP.needed)
    at_most, per = fields.value("at_most", _INTEGER), fields.value("per", _DURATION)
    valid_for = fields.value("valid_for", _DURATION)
    named = named_categories(fields, "categories", categories)
    then = cast("Then", fields.choice("then", get_args(Then), "hold"))
    if not isinstance(at_most, int) or not isinstance(per, Duration):
        return None
    if at_most < 0:
        problems.add("J09", node.entries["at_most"], f"a cap is 0 or more, not {at_most}")
    return Cap(at_most, per, named, then, cast("Duration | None", valid_for))


def read_holdout(fields: Fields, categories: tuple[Category, ...]) -> Holdout | None:
    """The share of customers who never hear of some categories."""
    if (node := fields.get("holdout")) is None:
        return None
    holdout = HOLDOUT.read(node, fields.problems)
    holdout.need(*HOLDOUT.needed)
    holdout.choice("by", DRAWN_BY, *DRAWN_BY)
    percent = holdout.value("percent", FactType("number"))
    named = named_categories(holdout, "categories", categories)
    if not isinstance(percent, int | float):
        return None
    if not 0 <= percent <= 100:  # noqa: PLR2004  # per cent
        fields.problems.add(
            "J09", node.entries["percent"], f"a share of 0 to 100 per cent, not {percent}"
        )
    return Holdout(float(percent), holdout.text("salt"), frozenset(named))


def read_mix(node: Node, categories: tuple[Category, ...], problems: Problems) -> Mix:
    """Never two in a row."""
    fields = MIX.read(node, problems)
    fields.need(*MIX.needed)
    named = named_categories(fields, "never_two_in_a_row", categories)
    then = cast("Then", fields.choice("then", get_args(Then), "hold"))
    lengths = (
        cast("Duration | None", fields.value(key, _DURATION))
        for key in ("valid_for", "forgotten_after")
    )
    return Mix(named, then, *lengths)


def read_digest(node: Node, known: Known) -> Digest | None:
    """One message for several that had to wait."""
    fields = DIGEST.read(node, known.problems)
    fields.need(*DIGEST.needed)
    named = named_categories(fields, "categories", known.policies.categories)
    at_least = fields.value("at_least", _INTEGER)
    if isinstance(at_least, int) and at_least < 1:
        known.problems.add(
            "J09", node.entries["at_least"], f"a digest holds 1 message or more, not {at_least}"
        )
    send_at = read_clock(clock, known.problems) if (clock := fields.get("send_at")) else None
    said = fields.get("template")
    template = known.template(said) if said else None
    if said is None or template is None:
        return None
    check_parts(template, None, said, known)
    return Digest(named, at_least if isinstance(at_least, int) else _AT_LEAST, template, send_at)


_AT_LEAST = 2
