"""How much of what is due one decision asks: of thousands of waits a portion, so that every decision
is short and nobody else waits for it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.decisions.decision import Situation, Wake
from engine.decisions.effects import OPEN
from engine.decisions.firing import Firing
from engine.facts.state import State

# One decision asks at most this many waits, and in any case so many. Between the two it asks fewer
# the more things its journey knows, since each question may read all of them.
_MOST_ASKED, _LEAST_ASKED = 200, 20
_MOST_THINGS_READ = 20_000  # by all questions of one decision
# Temporal keeps at most 2,000 activities of one workflow open; half of that leaves room.
_MOST_OPEN = 1000
_PAUSE_WHILE_FULL = timedelta(seconds=30)


def portion(situation: Situation, own: State) -> int:
    """How many waits and held messages may be asked in one decision; none while very many effects
    of the journey are open.
    """
    known = sum(map(len, own["things"].values()))
    asked = max(_LEAST_ASKED, min(_MOST_ASKED, _MOST_THINGS_READ // max(known, 1)))
    return min(asked, max(_MOST_OPEN - _open(situation), 0))


def rest_asked(situation: Situation, now: datetime) -> Wake:
    """When the rest of what is due is asked: at once, or when some of what is open may have
    ended.
    """
    is_full = _open(situation) >= _MOST_OPEN
    return Wake(now + _PAUSE_WHILE_FULL if is_full else now, ended=False, ends_with_these=False)


def waits_due(waits: Iterable[Firing], now: datetime) -> list[Firing]:
    """The waits whose moment has come, the oldest first."""
    due = [wait for wait in waits if wait.due_at <= now]
    return sorted(due, key=lambda wait: (wait.due_at, wait.wait_id))


def _open(situation: Situation) -> int:
    return sum(one.state in OPEN for one in situation.others)
