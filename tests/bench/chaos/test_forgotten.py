"""Mails of which a restored database knows nothing: which of them the judge sees."""

from datetime import UTC, datetime, timedelta

from activities.channels.port import message_id
from bench.chaos.forgotten import Forgotten
from engine.decisions.effects import EffectState
from local.parts import SENDER_DOMAIN
from local.rehearsal.judge import Copy
from tests.engine.builders import an_effect

DUMPED = datetime(2026, 3, 2, 12, tzinfo=UTC)
BEFORE, SINCE = DUMPED - timedelta(minutes=1), DUMPED + timedelta(minutes=1)
LOST, AFTERWARDS = DUMPED + timedelta(minutes=5), DUMPED + timedelta(minutes=9)


def a_copy(at: datetime) -> Copy:
    identity = message_id(an_effect().key, SENDER_DOMAIN)
    return Copy(identity, "ana@example.com", at, at)


def figures(
    *at: datetime, state: EffectState = "sent", is_reported: bool = False
) -> tuple[int, int, int]:
    """How many copies the judge sees, how many left again, how many have no mark."""
    copies = [a_copy(one) for one in at]
    reported = frozenset({copies[0].identity} if is_reported else ())
    forgotten = Forgotten(DUMPED, LOST, reported)
    kept = forgotten.without(copies, [an_effect(state=state)])
    return len(kept), len(forgotten.again), len(forgotten.unmarked)


def test_what_left_since_the_dump_and_again_is_counted_apart() -> None:
    assert figures(SINCE, AFTERWARDS) == (1, 1, 0)


def test_what_was_reported_may_not_leave_again() -> None:
    assert figures(SINCE, AFTERWARDS, is_reported=True) == (2, 0, 0)


def test_what_was_reported_and_has_its_mark_is_judged_as_ever() -> None:
    assert figures(SINCE, is_reported=True) == (1, 0, 0)


def test_what_left_before_the_dump_may_not_leave_again() -> None:
    assert figures(BEFORE, AFTERWARDS) == (2, 0, 0)


def test_what_is_out_of_date_by_now_has_no_mark() -> None:
    assert figures(SINCE, state="dropped") == (0, 0, 1)
