"""Plays one test on a store it is given, over a virtual clock.

A moment is a minute: first its lines in the order of the file, then what is due, then what is
expected. Messages of capped categories leave when their minute ends, and belong to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from engine.catalog.calendar import minute_end
from engine.catalog.catalog import OF_ORDER
from engine.decisions.decision import Decision
from engine.decisions.deeds import read
from engine.decisions.effects import Effect
from engine.facts.events import ALLOWANCE, Event, parse_event
from engine.facts.naming import Naming
from engine.facts.subjects import Subjects
from engine.facts.things import ids_of
from engine.facts.views.inquiry import Inquiry, Standing
from engine.rules.answers import Answered
from engine.rules.ruleset import Ruleset
from engine.scenarios.happenings import SETTLED_BY_MINUTE, GivenAnswer, PlayedDeed, Seen
from engine.scenarios.notes import Notes
from engine.scenarios.scenario import (
    AlreadySent,
    AnswerQuestion,
    EventLine,
    Expected,
    OtherRulesPublished,
    Scenario,
    StoryLine,
)
from engine.scenarios.stage.call_answers import ActionExample, Results
from engine.scenarios.stage.known_states import sent_before, told_holdout
from engine.scenarios.stage.stage import NAMING, Stage, before_the_story, dates, stated
from engine.scenarios.stage.story_events import Casting
from engine.sending.question import MessageQuestion, Question, QuestionAt
from engine.simulation.simulator import Hands, Simulator, Step

Write = Callable[[MessageQuestion, datetime], str]


@dataclass(frozen=True, slots=True)
class World:
    """What a test runs in.

    `stage` makes its store, `write` the text of a message, `example` is what an action answers,
    `lacks` the compulsory parameter that a call does not know.
    """

    stage: Callable[[Ruleset, Naming], Stage]
    write: Write = lambda _, __: ""
    example: ActionExample = lambda _: None
    lacks: Callable[[Effect], str | None] = lambda _: None


def play(scenario: Scenario, ruleset: Ruleset, world: World) -> "Played":
    """The whole story, with what there was to see at each line that expects something."""
    return _Play(scenario, for_test(scenario, ruleset), world).played()


def for_test(scenario: Scenario, ruleset: Ruleset, before: Ruleset | None = None) -> Ruleset:
    """The rules as the test wants them: only some of them, and a holdout that it knows. Of rules
    that are published within it, those that are not there `before` play as well.
    """
    policies = told_holdout(ruleset.policies, scenario.people.values())
    if scenario.only is None:
        return replace(ruleset, policies=policies)
    rules = {
        name: one
        if name in scenario.only or (before is not None and before.rule(name) is None)
        else replace(one, conduct=replace(one.conduct, mode="off"))
        for name, one in ruleset.rules.items()
    }
    return replace(ruleset, rules=rules, policies=policies)


@dataclass(frozen=True, slots=True)
class Played:
    """What there was to see, and for the counts of `--coverage` all that happened."""

    scenario: Scenario
    seen: tuple[Seen, ...]
    deeds: tuple[PlayedDeed, ...]
    decisions: tuple[Decision, ...]
    given: tuple[GivenAnswer, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class PlayedMoment:
    """The lines of one minute, each kind in the order of the file."""

    at: datetime
    lines: tuple[StoryLine, ...]

    @property
    def sent(self) -> list[AlreadySent]:
        """Messages the customer has had."""
        return [one for one in self.lines if isinstance(one, AlreadySent)]

    @property
    def published(self) -> list[OtherRulesPublished]:
        """Rules that become the active ones."""
        return [one for one in self.lines if isinstance(one, OtherRulesPublished)]

    @property
    def events(self) -> list[EventLine]:
        """Events that become known."""
        return [one for one in self.lines if isinstance(one, EventLine)]

    @property
    def looks(self) -> list[Expected | AnswerQuestion]:
        """Lines that look at what has happened."""
        return [one for one in self.lines if isinstance(one, Expected | AnswerQuestion)]


def before(scenario: Scenario) -> list[StoryLine]:
    """The lines about the time before the start."""
    return [line for line in scenario.story if line.at < scenario.starts]


def moments(scenario: Scenario) -> Iterator[PlayedMoment]:
    """The story from its start, minute by minute."""
    for at, lines in groupby(scenario.story[len(before(scenario)) :], key=lambda line: line.at):
        yield PlayedMoment(at, tuple(lines))


def waiting_for_the_minute(effects: Iterable[Effect], end: datetime) -> list[str]:
    """The journeys of messages that wait for a minute to end, which ends at `end`."""
    held = [one for one in effects if one.state == "held" and one.reason in SETTLED_BY_MINUTE]
    return list(dict.fromkeys(one.firing.journey for one in held if (one.held_until or end) <= end))


def passed_to(question: Question, now: datetime) -> Mapping[str, Any]:
    """What a rule passes to a message, read now, when every result is there."""
    asked = QuestionAt(question, now)
    passed = read(asked.send.arguments if asked.send else {}, asked.facts)
    return {**question.effect.arguments, **passed}


def answered(line: AnswerQuestion, standing: Standing) -> Answered | None:
    """What is answered at a line; None if there is no such item, return or subscription, or several
    to choose from.
    """
    kind = standing.ruleset.answers[line.answer].about
    thing = line.thing or _only(standing.subjects, kind)
    view = standing.view(Inquiry(kind, thing), line.at) if thing else None
    return view.answered(line.answer) if view is not None else None


def _only(subjects: Subjects, kind: str) -> str | None:
    """The id of the order or customer, or of the only thing of a kind that they have."""
    if kind in ("order", "customer"):
        return subjects.order_id if kind == "order" else subjects.customer_id
    things = ids_of(
        subjects.order if kind in OF_ORDER and subjects.order else subjects.customer, kind
    )
    return things[0] if len(things) == 1 else None


class _Play:
    """A test while it is played."""

    def __init__(self, scenario: Scenario, ruleset: Ruleset, world: World) -> None:
        self.scenario, self.ruleset, self.world = scenario, ruleset, world
        self.store = world.stage(ruleset, NAMING)
        self.results, self.notes = Results(scenario.results, world.example), Notes(ruleset)
        hands = Hands(self.results.of, world.lacks, self._write, self._see, self.notes.silenced)
        self.simulator = Simulator(self.store, hands)
        self.casting = Casting(scenario)
        self.passed: dict[str, Mapping[str, Any]] = {}

    def played(self) -> Played:
        self._set_the_stage()
        seen: list[Seen] = []
        for moment in moments(self.scenario):
            self._up_to(moment.at)
            for line in moment.sent:
                self._note_sent(line)
            for publication in moment.published:
                self._publish(publication)
            self.simulator.accept(
                [one for line in moment.events for one in self._events(line)], moment.at
            )
            self._up_to(minute_end(moment.at))
            seen += [self._seen(line) for line in moment.looks]
        self._hear()
        return Played(
            scenario=self.scenario,
            seen=tuple(seen),
            deeds=tuple(self.notes.deeds),
            decisions=tuple(self.store.decisions),
            given=tuple(self.notes.given),
            effects=tuple(self.store.effects.values()),
        )

    def _publish(self, line: OtherRulesPublished) -> None:
        self.ruleset = for_test(self.scenario, line.ruleset, self.ruleset)
        self.notes.ruleset = self.ruleset
        self.store.publish(self.ruleset)

    def _set_the_stage(self) -> None:
        """People and orders as stated; what is told of the time before sets facts and counts, and
        fires nothing.
        """
        catalog = self.ruleset.catalog
        journeys = [
            self.store.state(one.subject, one.facts, one.seen)
            for one in stated(self.scenario, catalog)
        ]
        self.store.publish(before_the_story(self.ruleset))
        for line in before(self.scenario):
            if isinstance(line, EventLine):
                self.store.ingest(list(self._events(line)), self.scenario.starts)
            elif isinstance(line, AlreadySent):
                self._note_sent(line)
        self.store.publish(self.ruleset)
        self.store.ingest(dates(self.scenario, catalog), self.scenario.starts)
        self.store.nudges.clear()
        self.store.nudges.update(dict.fromkeys(journeys, 0))
        self.simulator.accept([], self.scenario.starts)

    def _up_to(self, end: datetime) -> None:
        """Whatever is due before `end`, and the messages that wait for the minute to end."""
        self.simulator.pass_time(end)
        for journey in waiting_for_the_minute(self.store.effects.values(), end):
            self.simulator.wake(journey, end)

    def _events(self, line: EventLine) -> Iterator[Event]:
        event = parse_event(self.casting.next_event(line), self.ruleset.catalog, line.at, ALLOWANCE)
        for _ in range(line.times):
            yield event

    def _note_sent(self, line: AlreadySent) -> None:
        self.store.note(sent_before(line, self.scenario, NAMING))

    def _write(self, question: MessageQuestion, now: datetime) -> str:
        self.passed[question.effect.key] = passed_to(question, now)
        return self.world.write(question, now)

    def _see(self, step: Step) -> None:
        self._hear()
        self.notes.attempted(step, self.store.effects.values(), self.passed.get(step.effect.key))

    def _hear(self) -> None:
        """What rules decided since the last time, as reasons."""
        self.notes.decided(self.store.decisions[len(self.notes.decisions) :])

    def _seen(self, line: Expected | AnswerQuestion) -> Seen:
        self._hear()
        if isinstance(line, AnswerQuestion):
            return Seen(line, answered=self._answered(line))
        waiting = (firing for waits in self.store.waits.values() for firing in waits.values())
        return self.notes.seen(line, waiting, self.store.effects.values())

    def _answered(self, line: AnswerQuestion) -> Answered | None:
        shop, order = self.scenario.shops[line.shop], line.order
        if self.ruleset.answers[line.answer].about == "return" and line.thing:
            order = self.store.order_with(shop, "return", line.thing) or order
        return answered(
            line, self.store.standing(shop, order, self.scenario.people[line.customer].id)
        )
