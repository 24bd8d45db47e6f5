"""The ledger of a digest: what becomes of the messages that another one carries.

    first claim of the carrier ──▶ carried: dropped(digested)      left out, for a reason of its own ──▶ dropped · held
    the carrier ends or waits unsent ──▶ carried: held, each asked again for itself

Both happen in the transaction that changes the carrier, so that a message is never in a digest and
on its own way too, and is never lost with its carrier.
"""

from collections.abc import Iterable
from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.effects import Effect, Message, carried_by
from engine.decisions.reason import Reason
from engine.sending.gates import Allowed, Dropped, Held, Verdict
from engine.sending.judge import judge_carried
from engine.sending.ledger import ATTEMPTED, CARRIED, FREED, LEFT, LEFT_OUT, REWRITTEN
from engine.sending.question import MessageQuestion, Question

# Rows of the ledger as they were read, and as they are to be.
LedgerChanges = list[tuple[Effect, Effect]]


def attempt_changes(
    question: Question, verdict: Verdict, owner: str, now: datetime
) -> LedgerChanges:
    """What an attempt changes: the effect first, then the messages it begins or ceases to carry."""
    attempted = ATTEMPTED(verdict, owner, question.resolved.revision)
    if not isinstance(question, MessageQuestion):
        return [(question.effect, attempted.of(question.effect, now))]
    before = question.effect
    after = attempted.of(before, now)
    if before.shown:
        return _reconsidered(question, verdict, after, now)
    aboard = [
        (one.effect, CARRIED(after, one.resolved.revision).of(one.effect, now))
        for one in question.rivals
        if one.effect.key in after.carries
    ]
    return [(before, after), *aboard]


def last_changes(question: Question, verdict: Verdict, now: datetime) -> LedgerChanges:
    """What the last question changes; where a digest has to be written anew the carrier is wanted
    again.
    """
    if not isinstance(question, MessageQuestion) or not question.effect.shown:
        return [(question.effect, LEFT(verdict).of(question.effect, now))]
    before, after = question.effect, LEFT(verdict).of(question.effect, now)
    changes = _reconsidered(question, verdict, after, now)
    stays = carried_by(changes[0][1])
    if after.state == "leaving" and stays != before.carries:
        changes[0] = before, REWRITTEN(stays).of(before, now)
    return changes


def left_out(
    carrier: Message, carried: Message, why: Held | Dropped, now: datetime
) -> LedgerChanges:
    """A message that cannot be written, or not with all the others, leaves its digest, which is
    written anew. No changes where the digest does not have it.
    """
    if not _is_carried_by(carried, carrier):
        return []
    rest = tuple(key for key in carrier.carries if key != carried.key)
    return [(carrier, REWRITTEN(rest).of(carrier, now)), (carried, LEFT_OUT(why).of(carried, now))]


def freed(before: Effect, after: Effect, carried: Iterable[Effect]) -> LedgerChanges:
    """The messages that a carrier no longer carries wait again, each for itself."""
    until, stays = (
        after.held_until if after.state == "held" else after.settled_at,
        carried_by(after),
    )
    left = [one for one in carried if one.key not in stays and _is_carried_by(one, before)]
    return [(one, FREED(until).of(one, until)) for one in left if until is not None]


def is_freed(before: Effect, after: Effect) -> bool:
    """Whether a message that was in a digest waits again, so that its journey has to be told."""
    return before.state == "dropped" and after.state == "held"


def as_changed(question: Question, changes: LedgerChanges) -> Question:
    """The question once the changes are made: the messages that are carried are rivals no more."""
    effect, rows = changes[0][1], {after.key: after for _, after in changes}
    known = {one.effect.key: one for one in (*question.rivals, *question.carried)}
    aboard = carried_by(effect)
    carried = [
        changed(known[key], effect=rows.get(key, known[key].effect))
        for key in aboard
        if key in known
    ]
    rivals = tuple(one for one in question.rivals if one.effect.key not in aboard)
    return changed(question, effect=effect, rivals=rivals, carried=tuple(carried))


def _reconsidered(
    question: MessageQuestion, verdict: Verdict, after: Message, now: datetime
) -> LedgerChanges:
    """A carrier that goes on leaves out whom a reason of their own keeps back; one that does not
    frees all.
    """
    before, carried = question.effect, [one.effect for one in question.carried]
    if not isinstance(verdict, Allowed):
        return [(before, after), *freed(before, after, carried)]
    verdicts = judge_carried(question, now)
    aboard = [one for one in carried if _is_carried_by(one, before)]
    out = [
        (one, LEFT_OUT(why).of(one, now))
        for one in aboard
        if not isinstance(why := verdicts[one.key], Allowed)
    ]
    stay = {one.key for one in aboard} - {one.key for one, _ in out}
    return [(before, after.now(carries=tuple(key for key in before.carries if key in stay))), *out]


def _is_carried_by(effect: Effect, carrier: Effect) -> bool:
    return (
        effect.state == "dropped"
        and effect.reason is Reason.DIGESTED
        and effect.reason_by == carrier.key
    )
