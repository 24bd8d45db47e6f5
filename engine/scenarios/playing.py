"""Plays one test on a store it is given, over a virtual clock.

A moment is a minute: first its lines in the order of the file, then what is due, then what is expected. Messages of
capped categories leave when their minute ends, and belong to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from engine.answers import Answered
from engine.calendar import minute_end
from engine.catalog import OF_ORDER
from engine.decision import Decision, Effect, Suppression
from engine.doing import read
from engine.events import Event, parse_event
from engine.facts import ids_of
from engine.inquiry import Inquiry
from engine.judge import Question, send_of, view_of
from engine.naming import Naming
from engine.objections import rule_of
from engine.rollups import Subjects
from engine.ruleset import Ruleset
from engine.scenarios.casting import SHOP, Casting
from engine.scenarios.happenings import (
    SETTLED_BY_MINUTE,
    Deed,
    Given,
    Seen,
    deed_of,
    given_by_rule,
    given_by_step,
    silence_of,
)
from engine.scenarios.scenario import FAILS, AlreadySent, Asked, Expected, Scenario, Told
from engine.scenarios.staging import NAMING, Stage, set_the_stage, tell_dates
from engine.scenarios.stating import sent_before, told_holdout
from engine.simulator import Failed, Hands, Simulator, Step

Write = Callable[[Question, datetime], str]


@dataclass(frozen=True, slots=True)
class World:
    """What a test runs in: `stage` makes its store, `write` the text of a message, `example` what an action answers."""

    stage: Callable[[Ruleset, Naming], Stage]
    write: Write = lambda _, __: ""
    example: Callable[[Effect], object] = lambda _: None


def play(scenario: Scenario, ruleset: Ruleset, world: World) -> "Played":
    """The whole story, with what there was to see at each line that expects something."""
    return _Play(scenario, for_test(scenario, ruleset), world).played()


def for_test(scenario: Scenario, ruleset: Ruleset) -> Ruleset:
    """The rules as the test wants them: only some of them, and a holdout that it knows."""
    policies = told_holdout(ruleset.policies, scenario.people.values())
    if scenario.only is None:
        return replace(ruleset, policies=policies)
    rules = {name: one if name in scenario.only else replace(one, mode="off") for name, one in ruleset.rules.items()}
    return replace(ruleset, rules=rules, policies=policies)


@dataclass(frozen=True, slots=True)
class Played:
    """What there was to see, and for the counts of `--coverage` all that happened."""

    scenario: Scenario
    seen: tuple[Seen, ...]
    deeds: tuple[Deed, ...]
    decisions: tuple[Decision, ...]
    given: tuple[Given, ...]
    effects: tuple[Effect, ...]


class _Play:
    """A test while it is played."""

    def __init__(self, scenario: Scenario, ruleset: Ruleset, world: World) -> None:
        self.scenario, self.ruleset, self.world = scenario, ruleset, world
        self.store = world.stage(ruleset, NAMING)
        self.simulator = Simulator(self.store, Hands(self._call, self._write, self._see, self._see_silence))
        self.casting = Casting(scenario)
        self.results = {name: list(answers) for name, answers in scenario.results.items()}
        self.deeds: list[Deed] = []
        self.given: list[Given] = []
        self.silences: set[str] = set()
        self.passed: dict[str, Mapping[str, Any]] = {}
        self.expected = 0  # deeds before this one were expected
        self.explained = 0  # reasons before this one belong to an earlier stretch
        self.heard = 0  # decisions before this one have been turned into reasons
        self.acted = 0
        self.told = 0

    def played(self) -> Played:
        lines = self.scenario.story
        before = [line for line in lines if line.at < self.scenario.starts]
        self._set_the_stage(before)
        seen: list[Seen] = []
        for at, group in groupby(lines[len(before) :], key=lambda line: line.at):
            moment = list(group)
            self._up_to(at)
            for line in moment:
                if isinstance(line, AlreadySent):
                    self._note_sent(line)
            self.simulator.tell([one for line in moment if isinstance(line, Told) for one in self._events(line)], at)
            self._up_to(minute_end(at))
            seen += [self._seen(line) for line in moment if isinstance(line, Expected | Asked)]
        self._hear()
        return Played(
            scenario=self.scenario,
            seen=tuple(seen),
            deeds=tuple(self.deeds),
            decisions=tuple(self.store.decisions),
            given=tuple(self.given),
            effects=tuple(self.store.effects.values()),
        )

    def _set_the_stage(self, before: Iterable[object]) -> None:
        """People and orders as stated; what is told of the time before sets facts and counts, and fires nothing."""
        journeys = set_the_stage(self.store, self.scenario, self.ruleset.catalog)
        self.store.publish(replace(self.ruleset, rules={}, revision=f"{self.ruleset.revision} before"))
        for line in before:
            if isinstance(line, Told):
                self.store.ingest(list(self._events(line)), line.at)
            elif isinstance(line, AlreadySent):
                self._note_sent(line)
        self.store.publish(self.ruleset)
        tell_dates(self.store, self.scenario, self.ruleset.catalog)
        self.store.nudges.clear()
        self.store.nudges.update(dict.fromkeys(journeys, 0))
        self.simulator.tell([], self.scenario.starts)

    def _up_to(self, end: datetime) -> None:
        """Whatever is due before `end`, and the messages that wait for the minute to end."""
        self.simulator.pass_time(end)
        held = [one for one in self.store.effects.values() if one.state == "held" and one.reason in SETTLED_BY_MINUTE]
        for journey in dict.fromkeys(one.firing.journey for one in held if (one.held_until or end) <= end):
            self.simulator.wake(journey, end)

    def _events(self, line: Told) -> Iterator[Event]:
        self.told += 1
        raw = self.casting.event(line, f"line-{self.told}")
        event = parse_event(raw, self.ruleset.catalog, line.at)
        for _ in range(line.times):
            yield event

    def _note_sent(self, line: AlreadySent) -> None:
        self.store.note(sent_before(line, self.scenario.people[line.customer].id, NAMING))

    def _call(self, effect: Effect) -> object:
        """Answers in turn, the last of them for good; without any the action's example."""
        answers = self.results.get(effect.name)
        if not answers:
            return self.world.example(effect)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == FAILS:
            raise Failed("the test says that it fails")
        return answer

    def _write(self, question: Question, now: datetime) -> str:
        """What a message says; what its rule passes to it is read now, when every result is there."""
        effect = question.effect
        rule, _ = rule_of(question.ruleset, effect.firing, question.pinned)
        send = send_of(rule, effect.name) if rule else None
        self.passed[effect.key] = {**effect.arguments, **read(send.arguments if send else {}, view_of(question, now))}
        return self.world.write(question, now)

    def _see(self, step: Step) -> None:
        if deed := deed_of(step, self.store.effects.values(), self.ruleset):
            self.deeds.append(replace(deed, arguments=self.passed.get(step.effect.key, deed.arguments)))
        self._hear()
        if given := given_by_step(step):
            self.given.append(given)

    def _see_silence(self, silence: Suppression, now: datetime) -> None:
        if silence.key not in self.silences:
            self.silences.add(silence.key)
            self.deeds.append(silence_of(silence, now, self.ruleset))

    def _hear(self) -> None:
        """What rules decided since the last time, as reasons."""
        new = self.store.decisions[self.heard :]
        self.heard += len(new)
        self.given += [given for one in new if (given := given_by_rule(one))]

    def _seen(self, line: Expected | Asked) -> Seen:
        self._hear()
        if isinstance(line, Asked):
            return Seen(line, answered=self._answered(line))
        until = minute_end(line.at)
        done = [deed for deed in self.deeds[self.expected :] if deed.moment < until]
        later = [deed for deed in self.deeds[self.expected :] if deed.moment >= until]
        if line.deeds is not None:
            self.deeds[self.expected :] = [*done, *later]
            self.expected += len(done)
        given, self.explained = tuple(self.given[self.explained :]), len(self.given)
        decisions, self.acted = self.store.decisions[self.acted :], len(self.store.decisions)
        waiting = tuple(firing for waits in self.store.waits.values() for firing in waits.values())
        acted = tuple(one for one in decisions if one.reason is None)
        return Seen(line, tuple(done), (*given, *self._held(given)), waiting, acted)

    def _held(self, given: tuple[Given, ...]) -> Iterator[Given]:
        """What waits now for a reason that was given in an earlier stretch."""
        known = {one.effect.key for one in given if one.effect}
        for effect in self.store.effects.values():
            if effect.state == "held" and effect.reason and effect.key not in known:
                yield Given(
                    rule=effect.firing.rule_id,
                    reason=effect.reason,
                    at=effect.held_until or self.scenario.starts,
                    by=effect.reason_by,
                    until=effect.held_until,
                    order=effect.firing.order,
                    effect=effect,
                )

    def _answered(self, line: Asked) -> Answered | None:
        """What is answered now; None if there is no such item, return or subscription, or several to choose from."""
        kind, order = self.ruleset.answers[line.answer].about, line.order
        if kind == "return" and line.thing:
            order = self.store.order_with(SHOP, kind, line.thing) or order
        standing = self.store.standing(SHOP, order, self.scenario.people[line.customer].id)
        thing = line.thing or _only(standing.subjects, kind)
        view = standing.view(Inquiry(kind, thing), line.at) if thing else None
        return view.answered(line.answer) if view is not None else None


def _only(subjects: Subjects, kind: str) -> str | None:
    """The id of the order or customer, or of the only thing of a kind that they have."""
    if kind in ("order", "customer"):
        return subjects.order_id if kind == "order" else subjects.customer_id
    things = ids_of(subjects.order if kind in OF_ORDER and subjects.order else subjects.customer, kind)
    return things[0] if len(things) == 1 else None
