"""What an attempt to carry out an effect is told, and what it finds before it may ask anything."""

from datetime import datetime, timedelta

from engine.catalog.rows import row
from engine.decisions.effects import Effect, EffectState, category_of
from engine.decisions.redecided.redecided_firings import is_redecided_after
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Allowed, Dropped, Held
from engine.sending.ledger import KNOWN, UNCERTAIN
from engine.sending.question import Question

# An attempt that finds the message leaving by another one looks again after this.
LOOKS_AGAIN = timedelta(seconds=15)


@row
class Busy:
    """The message is leaving by another attempt: try again later."""

    retry_after: timedelta = LOOKS_AGAIN


@row
class Settled:
    """There is nothing left to do."""

    state: EffectState


@row
class Attempt:
    """The answer to an attempt; with the question it was judged on, unless it was settled without
    one.
    """

    verdict: Allowed | Held | Dropped | Busy | Settled
    question: Question | None = None


def opening(
    effect: Effect, ruleset: Ruleset, now: datetime, *, is_over: bool, has_left: bool
) -> Effect | Attempt:
    """The effect as an attempt may judge it, or the answer where there is nothing to judge.

    `is_over`: the message has been leaving for longer than its lease. Then it is unknown what
    became of it; the effect that comes back is to be written also if the attempt goes no further.
    `has_left`: somebody has noted that it left before the database was restored.
    """
    match effect.state:
        case "wanted" | "claimed" if has_left:
            return KNOWN().of(effect, now)
        case "leaving" if is_over and has_left:
            return KNOWN().of(effect, now)
        case "wanted" | "claimed":
            return effect
        case "leaving" if is_over:
            return UNCERTAIN(essential=is_essential(effect, ruleset)).of(effect, now)
        case "leaving":
            return Attempt(Busy())
        case "dropped" if is_redecided_after(effect) and effect.reason is not None:
            return Attempt(Dropped(effect.reason, effect.reason_by))
        case "held" if effect.held_until is not None and effect.reason is not None:
            return Attempt(Held(effect.held_until, effect.reason, effect.reason_by))
        case _:
            return Attempt(Settled(effect.state))


def is_essential(effect: Effect, ruleset: Ruleset) -> bool:
    """Whether a message is sent once more when nobody can know whether it arrived."""
    category = ruleset.policies.category(category_of(effect) or "")
    return category is not None and category.essential
