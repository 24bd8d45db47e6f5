"""A small folder of rules for tests of tests, and a test of it from a few lines of YAML."""

from textwrap import dedent, indent

from engine.conditions.problems import Problems
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.scenarios.comparison import TestVerdict, compared
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import Played, World, play
from engine.scenarios.report import failure_report
from engine.scenarios.scenario import Scenario
from engine.scenarios.terms import Terms
from store.memory.stage import MemoryStage

RULES = """
version: 1
rules:
  - id: shipped
    when: shipment.shipped
    do: [{send: shipped, by: [push, email], category: delivery}]
  - id: cheer
    when: 2 days after order.delivered
    if: order.returned = false
    stop_if: order.cancelled
    do: [{send: cheer, by: email, category: sales, with: {tier: customer.tier}}]
  - id: gift
    when: review.received
    if: review.stars = 5
    do:
      - {grant: free_wrapping, for: 30 days, uses: 1}
      - {call: tell_team, with: {text: review.text}}
  - id: quiet
    when: review.received
    if: review.stars <= 2
    do: [{suppress: [sales], across: customer, at_most: 10 days}]
  - id: risk
    when: return.received
    do:
      - {set: {customer.at_risk: true}, for: 30 days}
      - {emit: setup.started, with: {setup.product: return.id}}
  - id: welcome
    when: customer.created
    do: [{send: welcome, category: loyalty}]
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
quiet_hours: {from: "21:00", to: "08:00"}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress, holdout]}
  - {id: loyalty, kind: marketing}
  - {id: sales, kind: marketing}
caps: [{at_most: 1, per: 7 days, categories: [loyalty, sales], then: hold}]
holdout: {percent: 5, by: customer.id, salt: x, categories: [sales]}
"""
ANSWERS = """
version: 1
answers:
  patience:
    type: days
    starts: order.delivered_at
    first: [{if: customer.tier = gold, then: 10 days}, {otherwise: 5 days}]
"""
CATALOG = """
version: 1
events: {setup.started: {about: order, facts: {setup.product: optional text}}}
facts: {customer.at_risk: {type: boolean, default: false, set_by: rules}}
"""
MESSAGE = '---\nsubject: "Hello"\npush: "Hi"\n---\nHello\n'
FILES = {
    "journeys/all.yaml": RULES,
    "policies.yaml": POLICIES,
    "answers.yaml": ANSWERS,
    "catalog.yaml": CATALOG,
    **{f"templates/en/{name}.md": MESSAGE for name in ("shipped", "welcome")},
    "templates/en/cheer.md": MESSAGE + "Yours is {{ tier }}.\n",
}
ACTIONS = ("tell_team",)
PEOPLE = (
    "{ana: {id: C1, tier: gold, can_receive: [email, push]}, ben: {id: C2, time_zone: "
    "Asia/Jakarta}}"
)
STARTS = "2026-03-02 10:00"


def a_ruleset(**files: str) -> Ruleset:
    return read_ruleset({**FILES, **files})


RULESET = a_ruleset()


def a_file(story: str, people: str = PEOPLE, **keys: str) -> str:
    """A file with one test; its keys as YAML."""
    stated = {"name": "a test", "customer": "ana", "order": "{id: A1}", "starts": STARTS, **keys}
    lines = "\n".join(f"    {key}: {value}" for key, value in stated.items() if value)
    body = indent(dedent(story).strip(), "      ")
    return f"version: 1\npeople: {people}\ntests:\n  -\n{lines}\n    story:\n{body}\n"


def problems_of(story: str, people: str = PEOPLE, **keys: str) -> list[str]:
    """What is wrong with a test."""
    problems = Problems()
    read_scenarios("a.test.yaml", a_file(story, people, **keys), Terms(RULESET, ACTIONS, problems))
    return [f"{problem.message} [{problem.code}]" for problem in problems]


def a_scenario(story: str, people: str = PEOPLE, **keys: str) -> Scenario:
    return the_scenario(a_file(story, people, **keys), RULESET)


def the_scenario(file: str, ruleset: Ruleset) -> Scenario:
    """The only test of a file, under rules of its own."""
    problems = Problems()
    found = read_scenarios("a.test.yaml", file, Terms(ruleset, ACTIONS, problems))
    assert not list(problems), [str(problem) for problem in problems]
    return found[0]


def played(story: str, people: str = PEOPLE, example: object = None, **keys: str) -> Played:
    scenario = a_scenario(story, people, **keys)
    return play(
        scenario, RULESET, World(MemoryStage, lambda _, __: "Hello on Thursday", lambda _: example)
    )


def verdict_of(story: str, people: str = PEOPLE, **keys: str) -> TestVerdict:
    one = played(story, people, None, **keys)
    return compared(one.scenario, one.seen)


def outcome_under(ruleset: Ruleset, file: str) -> str:
    """What becomes of the only test of a file."""
    scenario = the_scenario(file, ruleset)
    return compared(scenario, play(scenario, ruleset, World(MemoryStage)).seen).outcome


def outcome_of(story: str, people: str = PEOPLE, **keys: str) -> str:
    return verdict_of(story, people, **keys).outcome


def verdict_of_file(file: str) -> TestVerdict:
    """What became of the only test of a file."""
    scenario = the_scenario(file, RULESET)
    world = World(MemoryStage, lambda _, __: "Hello on Thursday", lambda _: None)
    return compared(scenario, play(scenario, RULESET, world).seen)


def report_of(story: str, people: str = PEOPLE, **keys: str) -> str:
    return failure_report(verdict_of(story, people, **keys), RULESET)


def publishing(published: Ruleset, story: str, **keys: str) -> Scenario:
    """A test that publishes other rules."""
    problems = Problems()
    terms = Terms(RULESET, ACTIONS, problems, lambda _: published)
    (scenario,) = read_scenarios("a.test.yaml", a_file(story, **keys), terms)
    assert not list(problems), [str(problem) for problem in problems]
    return scenario


def outcome_with(published: Ruleset, story: str, **keys: str) -> str:
    """What becomes of a test that publishes other rules."""
    scenario = publishing(published, story, **keys)
    return compared(scenario, play(scenario, RULESET, World(MemoryStage)).seen).outcome
