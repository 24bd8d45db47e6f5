"""What an attempt to carry out an effect is told, and what it finds before it may ask anything."""

from datetime import datetime, timedelta

from engine.catalog.rows import row
from engine.decisions.decision import Effect, EffectState
from engine.rules.ruleset import Ruleset
from engine.sending import ledger
from engine.sending.gates import Allowed, Dropped, Held
from engine.sending.judge import Question

# An attempt that finds another one inside DATA looks again after this.
LOOKS_AGAIN = timedelta(seconds=15)


@row
class Busy:
    """Another attempt is inside DATA: try again later."""

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


def opening(effect: Effect, ruleset: Ruleset, now: datetime, *, is_over: bool) -> Effect | Attempt:
    """The effect as an attempt may judge it, or the answer where there is nothing to judge.

    `is_over`: whoever was inside DATA has been there for longer than anybody may. Then it is
    unknown what became of the message; the effect that comes back is to be written also if the
    attempt goes no further.
    """
    match effect.state:
        case "wanted" | "claimed":
            return effect
        case "data" if is_over:
            return ledger.uncertain(effect, now, essential=is_essential(effect, ruleset))
        case "data":
            return Attempt(Busy())
        case "held" if effect.held_until is not None and effect.reason is not None:
            return Attempt(Held(effect.held_until, effect.reason, effect.reason_by))
        case _:
            return Attempt(Settled(effect.state))


def is_essential(effect: Effect, ruleset: Ruleset) -> bool:
    """Whether a message is sent once more when nobody can know whether it arrived."""
    category = ruleset.policies.category(effect.category or "")
    return category is not None and category.essential


def wanted_again(effect: Effect) -> Effect:
    """A message that is known not to have arrived."""
    return effect.now(state="wanted", owner=None, settled_at=None)


def audit_words(*, delivered: bool) -> str:
    """The words of the audit."""
    return "said to be delivered" if delivered else "said not to be delivered"
