"""A story told to the simulator and recorded from its store is the same story again."""

from datetime import datetime, timedelta

import pytest

from engine.conditions.problems import Problems
from engine.decisions.decision import Logged
from engine.facts.events import parse_event
from engine.facts.naming import Naming
from engine.scenarios.comparison import compared
from engine.scenarios.files.scenario_yaml import flow
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import World, play
from engine.scenarios.recording.lived import Lived
from engine.scenarios.recording.record import recorded
from engine.scenarios.report import failure_report
from engine.scenarios.terms import Terms
from engine.simulation.simulator import Hands, Simulator
from store.memory.stage import MemoryStage
from store.memory.store import MemoryStore
from tests.engine.scenarios.shop import ACTIONS, RULESET

EMAIL = frozenset({"email"})
STARTS = datetime.fromisoformat("2026-03-02T10:00:30+00:00")
ANA = {
    "id": "ana-meyer",
    "email": "ana@meyer.example",
    "first_name": "Ana",
    "time_zone": "Europe/Paris",
}
ORDER: dict[str, dict[str, object]] = {"order": {"id": "A1"}}

Told = tuple[float, str, dict[str, dict[str, object]]]
DISLIKED: list[Told] = [
    (0, "consent.given", {"consent": {"category": "sales"}}),
    (1, "shipment.shipped", {**ORDER, "shipment": {"id": "P1", "eta": "2026-03-05"}}),
    (50, "shipment.delivered", {**ORDER, "shipment": {"id": "P1"}}),
    (60, "review.received", {**ORDER, "review": {"id": "R1", "stars": 2, "text": "Ana is cross"}}),
    (130, "order.changed", ORDER),
]
LIKED: list[Told] = [
    (0, "shipment.shipped", ORDER),
    (5, "review.received", {**ORDER, "review": {"stars": 5, "text": "Ana is glad"}}),
    (9, "return.received", {**ORDER, "return": {"id": "no"}}),
    (9, "shipment.shipped", {"order": {"id": "A2", "total": "80 EUR"}}),
]


def lived(story: list[Told]) -> Lived:
    """What became of an order of Ana's, as the simulator's store remembers it."""
    store = MemoryStore(RULESET, Naming(b"real"), EMAIL)
    simulator = Simulator(store, Hands(call=lambda _: {"id": "T1"}))
    for number, (hours, kind, things) in enumerate(story):
        at = STARTS + timedelta(hours=hours)
        raw = {"id": str(number), "source": "shop", "type": kind, "time": at.isoformat()}
        data = {"shop": "main", "customer": ANA, **things}
        simulator.play([parse_event({**raw, "data": data}, RULESET.catalog, at)])
    simulator.play([], until=STARTS + timedelta(days=30))
    rows = [row for row in store.log.events.values() if row.subject]
    return Lived(
        order="A1",
        customer=ANA["id"],
        order_facts=store.log.subjects["order:main/A1"].facts,
        customer_facts=store.log.subjects["customer:main/ana-meyer"].facts,
        events=tuple(
            Logged(row.seq or 0, row.event, row.revision, row.stale, row.known_at) for row in rows
        ),
        effects=tuple(store.effects.values()),
        decisions=tuple(store.decisions),
        silences=tuple(store.suppressions.values()),
    )


@pytest.mark.parametrize("story", [DISLIKED, LIKED, LIKED[:1]])
def test_a_recorded_story_passes(story: list[Told]) -> None:
    problems = Problems()
    text = recorded(lived(story), RULESET, EMAIL)

    (scenario,) = read_scenarios("a.test.yaml", text, Terms(RULESET, ACTIONS, problems))
    assert [str(problem) for problem in problems] == []
    verdict = compared(scenario, play(scenario, RULESET, World(MemoryStage)).seen)
    assert verdict.outcome == "passed", failure_report(verdict, RULESET) + text


def test_what_was_done_is_expected_and_what_was_not_has_its_reason() -> None:
    text = recorded(lived(DISLIKED), RULESET, EMAIL)

    assert "{at: 1h, expect: [{send: shipped, by: email}]}" in text
    assert "expect: [{suppress: [sales], ends: 2026-03-14}]" in text
    assert "because: {cheer: suppressed_by quiet}" in text


def test_results_of_calls_and_the_order_of_each_deed_are_told() -> None:
    text = recorded(lived(LIKED), RULESET, EMAIL)

    assert "results: {tell_team: [{id: T1}]}" in text
    assert "{grant: free_wrapping, ends: 2026-04-01, order: A1}" in text
    assert "{send: shipped, by: email, order: A2}" in text


def test_nothing_tells_who_it_was() -> None:
    text = recorded(lived(LIKED), RULESET, EMAIL) + recorded(lived(DISLIKED), RULESET, EMAIL)

    assert not [word for word in ("ana", "Ana", "meyer", "cross", "glad") if word in text]
    assert "{call: tell_team, with: {text: words of the customer}, order: A1}" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("order.confirmed", "order.confirmed"),
        ("80.00 EUR", "80.00 EUR"),
        ("2026-03-05", "2026-03-05"),
        ("no", '"no"'),
        ("01234", '"01234"'),
        ("1.50", '"1.50"'),
        ("a: b, {c}", '"a: b, {c}"'),
        ("", '""'),
        (True, "true"),
        ({"a": [1, None]}, "{a: [1, null]}"),
    ],
)
def test_a_value_is_spelled_so_that_it_is_read_as_what_it_was(value: object, text: str) -> None:
    assert flow(value) == text
