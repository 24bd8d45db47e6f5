"""How much of what is due one decision asks: of thousands of waits a portion, so that every decision
is short and nobody else waits for it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.decisions.decision import Situation, Wake
from engine.decisions.effects import OPEN
from engine.decisions.firing import Firing
from engine.facts.state import State

# What is asked about one thing may look at all things of its journey: of many, fewer are asked.
_MOST, _LEAST, _LOOKS = 200, 20, 20_000
# Temporal carries out so many things of one journey at once, and no more than twice as many.
_OPEN_AT_MOST = 1000
_UNTIL_SOME_END = timedelta(seconds=30)


def portion(situation: Situation, own: State) -> int:
    """How many waits and held messages may be asked in one decision; none while very many effects
    of the journey are open.
    """
    known = sum(map(len, own["things"].values()))
    asked = max(_LEAST, min(_MOST, _LOOKS // max(known, 1)))
    return min(asked, max(_OPEN_AT_MOST - _open(situation), 0))


def rest_asked(situation: Situation, now: datetime) -> Wake:
    """When the rest of what is due is asked: at once, or when some of what is open may have
    ended.
    """
    is_full = _open(situation) >= _OPEN_AT_MOST
    return Wake(now + _UNTIL_SOME_END if is_full else now, ended=False, ends_with_these=False)


def waits_due(waits: Iterable[Firing], now: datetime) -> list[Firing]:
    """The waits whose moment has come, the oldest first."""
    due = [wait for wait in waits if wait.due_at <= now]
    return sorted(due, key=lambda wait: (wait.due_at, wait.wait_id))


def _open(situation: Situation) -> int:
    return sum(one.state in OPEN for one in situation.others)
