"""J17: what a rule does starts, by way of other rules, the rule itself again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.checks.checked_folder import Checks, Folder
from engine.conditions.condition import Position
from engine.conditions.formula import Formula, formula, parts_of
from engine.conditions.problems import Problem
from engine.rules.rule import (
    Action,
    Argument,
    Emit,
    Every,
    Grant,
    Near,
    OnEvent,
    Put,
    Rule,
    Silence,
    Trigger,
)

_GRANTED, _PERK = "perk.granted", "perk.name"


@dataclass(frozen=True, slots=True)
class _News:
    """What an action causes: an event, with facts it is known to carry, or a new value
    of a date.
    """

    name: str
    position: Position
    facts: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class _Step:
    """One rule starts another."""

    news: _News
    rule: Rule


def check_circles(folder: Folder) -> Checks:
    """Each circle is told once, at the first action on its way."""
    hearing = _hearing(folder)
    steps = {
        rule.id: list(_steps(rule, hearing, folder))
        for rule in folder.rules
        if rule.conduct.mode != "off"
    }
    told: set[frozenset[str]] = set()
    for start in steps:
        way = _way_back(start, steps)
        members = frozenset(step.rule.id for step in way)
        if not way or members in told:
            continue
        told.add(members)
        said = " → ".join(
            [start, *(part for step in way for part in (step.news.name, step.rule.id))]
        )
        yield Problem(way[0].news.position, f"a circle of effects: {said}", "J17")


def _way_back(start: str, steps: Mapping[str, list[_Step]]) -> list[_Step]:
    """The shortest way from a rule to itself."""
    ways: list[list[_Step]] = [[]]
    seen: set[str] = set()
    for way in ways:
        here = way[-1].rule.id if way else start
        for step in steps.get(here, ()):
            if step.rule.id == start:
                return [*way, step]
            if step.rule.id not in seen:
                seen.add(step.rule.id)
                ways.append([*way, step])
    return []


def _steps(rule: Rule, hearing: Mapping[str, list[Rule]], folder: Folder) -> Iterator[_Step]:
    acted = [news for action in rule.actions for news in _caused(action)]
    for news in (*acted, *_held(rule, folder)):
        for other in hearing.get(news.name, ()):
            if _may_hold(other, news, folder):
                yield _Step(news, other)


def _held(rule: Rule, folder: Folder) -> Iterator[_News]:
    """What the breakers emit that hold a rule back: without it they would not have opened."""
    for index, breaker in enumerate(folder.ruleset.policies.breakers):
        if breaker.emits and rule.id in breaker.holds:
            yield _News(breaker.emits, folder.policy("breakers", index, "emit"), {})


def _caused(action: Action) -> Iterator[_News]:
    match action:
        case Emit(event=event, arguments=arguments, position=at):
            yield _News(event, at, arguments)
        case Grant(perk=perk, position=at):
            yield _News(_GRANTED, at, {_PERK: Argument(perk)})
            yield _News("perk.expired", at, {_PERK: Argument(perk)})
        case Put(values=values, position=at):
            yield from (_News(name, at, {}) for name in values)
            for owner in dict.fromkeys(name.partition(".")[0] for name in values):
                yield _News(f"{owner}.facts_set", at, {})
        case _:
            return


def _hearing(folder: Folder) -> Mapping[str, list[Rule]]:
    """The rules that an event starts, or that wait for a date, by its name."""
    found: dict[str, list[Rule]] = {}
    for rule in folder.rules:
        for name in (
            {name for trigger in rule.triggers for name in _events_of(trigger)}
            if rule.conduct.mode != "off"
            else ()
        ):
            found.setdefault(name, []).append(rule)
    return found


def _events_of(trigger: Trigger) -> tuple[str, ...]:
    match trigger:
        case Near(fact=name):
            return (name, name.removesuffix("_at"))
        case Silence(of=of, since=since):
            return (of.event, since.event)
        case Every():
            return ()
        case _:
            return (trigger.event,)


def _may_hold(rule: Rule, news: _News, folder: Folder) -> bool:
    """Whether the rule's conditions allow what the event says; a wait may see other facts by its
    end.
    """
    if not all(isinstance(one, OnEvent) for one in rule.triggers):
        return True
    stated = [
        {"===": [{"var": name}, told.constant]}
        for name, told in news.facts.items()
        if isinstance(told.constant, str | int | float | bool)
    ]
    asked = [part for one in rule.conditions for part in parts_of(one.logic)]
    formulas: list[Formula] = [formula(logic) for logic in (*stated, *asked)]
    return folder.reasoning(rule.about).example(formulas) is not None
