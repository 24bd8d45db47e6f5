"""The stage of a test: a store that knows its people and orders, of which no event has happened."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from engine.catalog.catalog import Catalog
from engine.decisions.decision import Decision
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.facts.events import Event
from engine.facts.intake import customer_subject
from engine.facts.naming import Naming, subject_id
from engine.facts.state import State
from engine.facts.views.inquiry import Standing
from engine.rules.ruleset import Ruleset
from engine.scenarios.scenario import Person, Purchase, Scenario
from engine.scenarios.stage.known_states import customer_state, dates_of, order_state, without_dates
from engine.simulation.simulator import SimulatorStore

NAMING = Naming(b"scenario")


class Stage(SimulatorStore, Protocol):
    """What a simulated test asks of its store beyond the simulator; `store.memory.stage` is one."""

    decisions: list[Decision]
    waits: dict[str, dict[tuple[str, str, int], Firing]]

    def publish(self, ruleset: Ruleset) -> bool:
        """Make a ruleset the active one."""

    def state(self, subject: str, facts: State, seen: State) -> str:
        """What is known from the start, and what of it the journey saw; the id of the journey."""

    def note(self, effect: Effect) -> None:
        """A row of the ledger as it stands."""

    def standing(self, shop: str, order: str | None, customer: str | None) -> Standing:
        """What is known of an order and its customer, or of a customer alone."""

    def order_with(self, shop: str, kind: str, thing: str) -> str | None:
        """The order that a return belongs to."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of a person or an order from the start, and what of it the journey has seen."""

    subject: str
    facts: State
    seen: State


def stated(scenario: Scenario, catalog: Catalog) -> Iterator[Stated]:
    """Everybody and every order of a test."""
    for shop, who, customer_id in _everybody(scenario):
        if isinstance(who, Person):
            subject = f"{customer_subject(shop, who.id)}"
            state = customer_state(who, scenario, catalog)
        else:
            subject = subject_id("order", shop, who.id)
            state = order_state(who, customer_id, scenario, catalog)
        yield Stated(subject, state, without_dates(state, catalog))


def dates(scenario: Scenario, catalog: Catalog) -> list[Event]:
    """The dates that were stated become known, so that what waits for one begins to wait."""
    told = (
        dates_of(who, customer_id, scenario, catalog, shop)
        for shop, who, customer_id in _everybody(scenario)
    )
    return [event for event in told if event]


def before_the_story(ruleset: Ruleset) -> Ruleset:
    """The rules under which what is told of the time before sets facts and counts, and fires
    nothing.
    """
    return replace(ruleset, rules={}, revision=f"{ruleset.revision} before")


def _everybody(scenario: Scenario) -> Iterator[tuple[str, Person | Purchase, str]]:
    """People, in each shop, and orders in theirs, with the id of the customer."""
    people = scenario.people
    for shop in scenario.shops.values():
        yield from ((shop, one, one.id) for one in people.values())
    for order in scenario.orders.values():
        yield scenario.shops[order.shop], order, people[order.customer].id
