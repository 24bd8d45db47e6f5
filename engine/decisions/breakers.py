"""Breakers: what holds a firing back although it is due, and how the team hears of it, once for
each opening. A message that waits for something else meanwhile is held like its firing.

A breaker is asked for each firing, but it opens for a shop: an opening begins with the first firing
that is held, and is over when none has been for an hour.

What is held is asked again at every news of its order or customer. A breaker that is told, or whose
condition may change without such news, asks every quarter of an hour too; any other one asks ever
more rarely, for what no news has told of.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.catalog.calendar import add
from engine.catalog.values import instant
from engine.decisions.decision import Opening
from engine.decisions.deeds import attached_to, read
from engine.decisions.effects import ActionCall, Effect, Emission
from engine.decisions.firing import Cause, Due, Firing
from engine.decisions.reason import Reason
from engine.facts.naming import key_of
from engine.facts.views.roll_ups import MOVING
from engine.facts.views.view import View
from engine.rules.policies import Breaker, Policies
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset

# How soon a firing that a breaker holds is asked again though nothing was heard, and how late at
# most where only news can change the answer.
ASKS_AGAIN, ASKS_AT_LAST = timedelta(minutes=15), timedelta(hours=6)
# For how long a breaker holds nothing before its opening is over: longer than a worker is late.
OVER_AFTER = timedelta(hours=1)
_NAMED, _TELL = "breaker:", "tell_team"


def open_breaker(policies: Policies, firing: Firing, view: View) -> Breaker | None:
    """The breaker that holds a firing back: its condition holds, and it has not held it for too
    long yet.
    """
    for breaker in policies.breakers:
        if firing.rule_id not in breaker.holds or view["now"] >= add(
            firing.due_at, breaker.at_most, view["zone"]
        ):
            continue
        if all(condition.holds(view) is True for condition in breaker.conditions):
            return breaker
    return None


def waits_until(breaker: Breaker, firing: Firing, view: View, ruleset: Ruleset) -> datetime:
    """When a firing that a breaker holds is asked again though nothing is heard: after a quarter of
    an hour, or where only news can change the answer after as long as it has been held, at the
    latest at its end. `ruleset` is the one that has the breaker.
    """
    now: datetime = view["now"]
    pause = ASKS_AGAIN
    if not (is_announced(breaker) or _moves_by_itself(breaker, ruleset)):
        pause = min(max(now - firing.due_at, ASKS_AGAIN), ASKS_AT_LAST)
    return min(now + pause, add(firing.due_at, breaker.at_most, view["zone"]))


def is_announced(breaker: Breaker) -> bool:
    """Whether somebody hears of its openings, which stand by what is asked again."""
    return breaker.tells_team or breaker.emits is not None


def _moves_by_itself(breaker: Breaker, ruleset: Ruleset) -> bool:
    """Whether its answer may change without news of the order or customer: with the time, by others'
    parcels, or at the end of what a rule has set for a time.
    """
    return any(_moves(name, ruleset) for name in ruleset.read_by_breakers[breaker.id])


def _moves(name: str, ruleset: Ruleset) -> bool:
    kind, _, rest = name.partition(".")
    if kind == "answer":  # one that starts at a day ends with the days
        answer = ruleset.answers.get(rest.partition(".")[0])
        return answer is None or answer.starts is not None
    if kind == "segment":
        return False
    return name not in ruleset.catalog.facts or name in MOVING or name in ruleset.put


def is_let_go(
    held: Effect,
    seen: Callable[[Firing, datetime | None], tuple[Rule | None, View]],
    policies: Policies,
) -> bool:
    """Whether no breaker of these policies holds any more what one has held; where one fails, it
    waits for its moment.
    """
    if held.reason is not Reason.BREAKER:
        return False
    try:
        return open_breaker(policies, held.firing, seen(held.firing, held.decided_at)[1]) is None
    except Exception:  # noqa: BLE001  # whoever asks at its moment says what is wrong
        return False


def still_tells(policies: Policies, effect: Effect) -> bool:
    """Whether the breaker that wanted this effect is still there, and would still want it."""
    breaker = next(
        (one for one in policies.breakers if _NAMED + one.id == effect.firing.rule_id), None
    )
    if breaker is None:
        return False
    return breaker.tells_team if isinstance(effect, ActionCall) else breaker.emits == effect.name


@dataclass(slots=True)
class Openings:
    """The openings of a shop's breakers in one decision: as they are known by now, and those it has
    changed.
    """

    now: datetime
    known: dict[str, Opening]
    changed: dict[str, Opening] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Iterable[Opening], now: datetime) -> "Openings":
        """The openings in a situation."""
        return cls(now, {one.breaker: one for one in told})

    def hold(self, breaker: Breaker, firing: Firing, view: View) -> list[Effect]:
        """Note that this breaker holds a firing. Returns the call and the event that announce a new
        opening; none if it was open already.
        """
        if not is_announced(breaker):
            return []
        last = self.known.get(breaker.id)
        if last and self.now - last.held_at < ASKS_AGAIN:
            return []
        stands = last is not None and self.now - last.held_at <= OVER_AFTER
        opened_at = last.opened_at if last and stands else self.now
        self.known[breaker.id] = self.changed[breaker.id] = Opening(breaker.id, opened_at, self.now)
        return [] if stands else list(_effects(breaker, firing, view, self.now))


def _effects(breaker: Breaker, held: Firing, view: View, now: datetime) -> Iterator[Effect]:
    """The call and the event of an opening, about the thing of the first firing that it holds."""
    firing = held.now(
        revision=view.ruleset.revision,
        rule_id=_NAMED + breaker.id,
        occurrence=instant(now),
        cause=Cause("", now, form="breaker", line=held.line, depth=held.depth),
        due=Due(now, now, is_late=held.due.is_late),
    )
    key = (firing.journey, firing.rule_id, firing.occurrence)
    if breaker.tells_team:
        attached = read(attached_to(_TELL, view.ruleset.policies), view)
        arguments = {**attached, "text": _sentence(breaker, now)}
        called = key_of(*key, _TELL)
        yield ActionCall(called, _TELL, firing, arguments=arguments, decided_at=now)
    if breaker.emits:
        yield Emission(key_of(*key, breaker.emits), breaker.emits, firing, decided_at=now)


def _sentence(breaker: Breaker, now: datetime) -> str:
    why = " and ".join(condition.text for condition in breaker.conditions)
    since = now.strftime("%Y-%m-%d %H:%M UTC")
    return f"{breaker.id} is open since {since}: {why}. Held for at most {breaker.at_most}: {', '.join(breaker.holds)}"
