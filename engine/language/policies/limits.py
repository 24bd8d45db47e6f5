"""Caps, holdout, mix and digest of policies.yaml: how much a customer hears, and in which order."""

from engine.language.journeys.actions import check_parts
from engine.language.known import Known
from engine.language.policies.categories import named_categories
from engine.language.policies.policy_keys import CapKeys, DigestKeys, HoldoutKeys, MixKeys
from engine.rules.policies import Cap, Category, Digest, Holdout, Mix

_AT_LEAST = 2


def read_cap(keys: CapKeys, categories: tuple[Category, ...]) -> Cap | None:
    """At most so many in a rolling window."""
    keys.need()
    at_most, per, valid_for = keys.at_most, keys.per, keys.valid_for
    named = named_categories(keys.categories, categories, keys.problems)
    then = keys.then or "hold"
    if at_most is None or per is None:
        return None
    return Cap(at_most, per, named, then, valid_for)


def read_holdout(keys: HoldoutKeys | None, categories: tuple[Category, ...]) -> Holdout | None:
    """The share of customers who never hear of some categories."""
    if keys is None:
        return None
    keys.need()
    percent, salt, _ = keys.percent, keys.salt, keys.by
    named = named_categories(keys.categories, categories, keys.problems)
    return None if percent is None else Holdout(percent, salt or "", frozenset(named))


def read_mix(keys: MixKeys, categories: tuple[Category, ...]) -> Mix:
    """Never two in a row."""
    keys.need()
    named = named_categories(keys.never_two_in_a_row, categories, keys.problems)
    return Mix(named, keys.then or "hold", keys.valid_for, keys.forgotten_after)


def read_digest(keys: DigestKeys, known: Known) -> Digest | None:
    """One message for several that had to wait."""
    keys.need()
    named = named_categories(keys.categories, known.policies.categories, known.problems)
    at_least, send_at, written = keys.at_least, keys.send_at, keys.template
    template = known.template(written) if written else None
    if written is None or template is None:
        return None
    check_parts(template, None, written, known)
    return Digest(named, _AT_LEAST if at_least is None else at_least, template, send_at)
