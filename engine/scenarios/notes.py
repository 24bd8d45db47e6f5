"""What there was to see of a test so far, whoever plays it: deeds, reasons, and what each line
finds of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.catalog.calendar import minute_end
from engine.decisions.decision import Decision
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.facts.subjects import Suppression
from engine.rules.ruleset import Ruleset
from engine.scenarios.happenings import (
    GivenAnswer,
    PlayedDeed,
    Seen,
    deed_of,
    given_by_rule,
    given_by_step,
    silence_of,
)
from engine.scenarios.scenario import Expected
from engine.simulation.simulator import Step


class Notes:
    """Kept while a test is played."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.deeds: list[PlayedDeed] = []
        self.given: list[GivenAnswer] = []
        self.decisions: list[Decision] = []
        self._silences: set[str] = set()
        self._expected = 0  # deeds before this one were expected
        self._explained = 0  # reasons before this one belong to an earlier stretch
        self._acted = 0  # decisions before this one do

    def attempted(
        self, step: Step, effects: Iterable[Effect], passed: Mapping[str, Any] | None = None
    ) -> None:
        """An attempt; `effects` is the ledger, `passed` what a message was given to say."""
        if deed := deed_of(step, effects, self.ruleset):
            self.deeds.append(deed if passed is None else replace(deed, arguments=passed))
        if given := given_by_step(step):
            self.given.append(given)

    def silenced(self, silence: Suppression, now: datetime) -> None:
        """A silence is wanted; the first time it begins."""
        if silence.key not in self._silences:
            self._silences.add(silence.key)
            self.deeds.append(silence_of(silence, now, self.ruleset))

    def decided(self, decisions: Iterable[Decision]) -> None:
        """What rules decided."""
        for one in decisions:
            self.decisions.append(one)
            if given := given_by_rule(one):
                self.given.append(given)

    def seen(self, line: Expected, waiting: Iterable[Firing], ledger: Iterable[Effect]) -> Seen:
        """What there is to see at a line, with what waits now."""
        until = minute_end(line.at)
        done = [deed for deed in self.deeds[self._expected :] if deed.moment < until]
        later = [deed for deed in self.deeds[self._expected :] if deed.moment >= until]
        if line.deeds is not None:
            self.deeds[self._expected :] = [*done, *later]
            self._expected += len(done)
        given, self._explained = tuple(self.given[self._explained :]), len(self.given)
        acted, self._acted = self.decisions[self._acted :], len(self.decisions)
        held = _held(line, given, ledger)
        return Seen(
            line,
            tuple(done),
            (*given, *held),
            tuple(waiting),
            tuple(one for one in acted if one.reason is None),
        )


def _held(
    line: Expected, given: Iterable[GivenAnswer], ledger: Iterable[Effect]
) -> Iterator[GivenAnswer]:
    """What waits now for a reason that was given in an earlier stretch."""
    known = {one.effect.key for one in given if one.effect}
    for effect in ledger:
        if effect.state == "held" and effect.reason and effect.key not in known:
            yield GivenAnswer(
                rule=effect.firing.rule_id,
                reason=effect.reason,
                at=effect.held_until or line.at,
                by=effect.reason_by,
                until=effect.held_until,
                order=effect.firing.order,
                effect=effect,
            )
