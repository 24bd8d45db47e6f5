"""Effects that are held: what their rules object to them by now."""

from datetime import datetime

from engine.catalog.rows import row
from engine.decisions.action_sites import site_of
from engine.decisions.breakers import open_breaker
from engine.decisions.effects import Effect, Message
from engine.decisions.objections import Objection, failure_of, objection
from engine.decisions.reason import SEND, Reason
from engine.decisions.redecided.redecided_firings import lost_to_group
from engine.decisions.waits.send_times import HeldSight, has_come
from engine.facts.views.view import View
from engine.rules.rule import Rule


@row
class AskedAgain:
    """What the rule of a held effect answers now: what it objects, if anything, and what it read.

    `waits`: the rule failed before the effect's moment; until then it may be mended.
    """

    refusal: Objection | None = None
    rule: Rule | None = None
    view: View | None = None
    waits: bool = False


def ask_again(held: Effect, seen: HeldSight, now: datetime) -> AskedAgain:
    """Ask the rule of a held effect whether it is still wanted."""
    rule, view = None, None
    try:
        rule, view = seen(held.firing, held.decided_at)
        return AskedAgain(_objection(held, rule, view), rule, view)
    except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
        return AskedAgain(failure_of(error), rule, view, waits=not has_come(held, seen, now))


def _objection(held: Effect, rule: Rule | None, view: View) -> Objection | None:
    # What a breaker holds is asked nothing else; its next attempt finds that it waits on.
    refusal = None
    if open_breaker(view.ruleset.policies, held.firing, view) is None:
        refusal = objection(rule, held.firing, view, view.history)
    if not isinstance(held, Message):
        return refusal
    if refusal:
        return lost_to_group(rule, refusal, view)
    return Objection(Reason.RULE_REMOVED, SEND) if rule and not site_of(rule, held) else None
