"""Scenario files (`*.test.yaml`): typed tests with their places, or every mistake in
them at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.catalog.catalog import OF_ORDER
from engine.conditions.problems import Problems
from engine.facts.events import InvalidEvent, parse_event
from engine.facts.state import of_facts
from engine.facts.subjects import Subjects
from engine.facts.views.view import zones
from engine.language.nodes import Node, read_nodes
from engine.language.plain_values import read_text
from engine.language.stories.story_keys import (
    FAILS,
    KIND_OF,
    OrderKeys,
    PersonKeys,
    ScenarioFile,
    ScenarioKeys,
)
from engine.scenarios.files.moments import ScenarioClock, read_start
from engine.scenarios.files.story_lines import Cast, Lines
from engine.scenarios.scenario import (
    SHOP,
    AnswerQuestion,
    EventLine,
    Expected,
    KnownFailure,
    Person,
    Purchase,
    Scenario,
)
from engine.scenarios.stage.story_events import Casting
from engine.scenarios.terms import Terms

# Worked out by the engine, yet a test may state it: so many orders of the past.
STATED_ROLL_UPS = frozenset({"customer.lifetime_orders"})


def read_scenarios(file: str, content: str | bytes, terms: Terms) -> tuple[Scenario, ...]:
    """The tests of a file, as far as they can be read."""
    problems = terms.problems
    node = read_nodes(file, content, problems)
    if node is None:
        return ()
    keys = ScenarioFile(node, problems)
    keys.is_complete()
    listed = keys.tests or ()
    if "tests" in keys and not listed:
        keys.wrong("J03", "tests", "a file of tests needs a test")
    found = (_Test(terms, test, keys.people).read() for test in listed)
    tests = tuple(one for one in found if one)
    _check_names(tests, problems)
    return tests


def _check_names(tests: tuple[Scenario, ...], problems: Problems) -> None:
    first: dict[str, Scenario] = {}
    for one in tests:
        if (known := first.setdefault(one.name, one)) is not one:
            problems.add(
                "J06",
                one.position,
                f"a test of this name stands in line {known.position.line} already",
            )


class _Test:
    """One test in the making."""

    def __init__(self, terms: Terms, keys: ScenarioKeys, people: Node | None) -> None:
        self.terms, self.problems = terms, terms.problems
        self.keys, self.people_node = keys, people

    def read(self) -> Scenario | None:
        """The test; None where its name, start or story is missing."""
        keys = self.keys
        if not keys.need() or keys.starts is None:
            return None
        people = _people(self.people_node, self.terms, "UTC")
        customer = self._customer(people)
        clock = read_start(keys.starts, self._zone(people[customer]), self.problems)
        if clock is None:
            return None
        people = _people(self.people_node, self.terms, clock.zone)
        shops = dict.fromkeys(keys.shops or (SHOP,))
        cast = Cast(people, customer, {}, tuple(shops))
        orders = {one.id: one for one in self._orders(cast, clock)}
        cast.owners |= {one.id: one.customer for one in orders.values()}
        cast.homes |= {one.id: one.shop for one in orders.values()}
        story = Lines(self.terms, clock, cast).read(keys.story or ())
        if not any(isinstance(line, Expected | AnswerQuestion) for line in story):
            keys.wrong("J03", "story", "this story expects nothing, so it tests nothing")
        scenario = Scenario(
            position=keys.node.position,
            name=keys.name or "",
            people=people,
            customer=customer,
            orders=orders,
            only=None
            if keys.only is None
            else tuple(rule for one in keys.only if (rule := self.terms.rule(one))),
            results=self._results(),
            starts=clock.starts,
            zone=clock.zone,
            story=story,
            todo=_todo(keys),
            shops={name: name for name in shops},
        )
        self._check_events(scenario)
        return scenario

    def _check_events(self, scenario: Scenario) -> None:
        """What a sender could not report cannot be told either."""
        casting = Casting(scenario)
        for line in scenario.story:
            if isinstance(line, EventLine):
                try:
                    parse_event(casting.event(line, "line"), self.terms.catalog, line.at)
                except InvalidEvent as invalid:
                    self.problems.add("J09", line.position, str(invalid))

    def _customer(self, people: Mapping[str, Person]) -> str:
        if (node := self.keys.customer) is not None:
            name = read_text(node, self.problems)
            found = next((one.name for one in people.values() if name in (one.name, one.id)), None)
            return found or self.terms.one_of(node, "customer", people) or next(iter(people))
        if len(people) > 1:
            self.problems.add(
                "J03", self.keys.node, f"a test needs customer, one of {', '.join(people)}"
            )
        return next(iter(people))

    def _zone(self, person: Person) -> str:
        state = of_facts(("customer", person.id, *fact) for fact in person.facts.items())
        subjects = Subjects(None, state, customer_id=person.id)
        return zones(self.terms.ruleset.policies, subjects)[0]

    def _orders(self, cast: Cast, clock: ScenarioClock) -> Iterator[Purchase]:
        if one := self.keys.order:
            yield from self._order(one, None, cast, clock)
        if (several := self.keys.orders) is None:
            return
        if one:
            self.problems.add("J02", several, "a test has either order or orders")
        if not isinstance(several.value, dict):
            self.problems.add(
                "J09", several, "orders is a mapping from id to facts, such as {A1: {}, A2: {}}"
            )
        for key, item in several.entries.items():
            yield from self._order(item, Node(key, several.keys[key]), cast, clock)

    def _order(
        self, node: Node, named: Node | None, cast: Cast, clock: ScenarioClock
    ) -> Iterator[Purchase]:
        if not isinstance(node.value, dict) and named is None:
            node, named = Node({}, node.position), node
        keys = OrderKeys(node, self.problems, also=node.entries)
        owner, named = keys.customer, named or keys.get("id")
        if named is None:
            self.problems.add("J03", node, "an order needs id")
            return
        name = cast.person(owner, self.terms) if owner else None
        entries = {key: item for key, item in node.entries.items() if key not in OrderKeys.keys}
        stated = Node(entries, node.position, node.keys)
        yield Purchase(
            read_text(named, self.problems) or "",
            name or cast.customer,
            cast.shop(keys.shop, None, self.terms),
            _facts(stated, "order", self.terms, clock.zone),
        )

    def _results(self) -> dict[str, list[Any]]:
        if (node := self.keys.results) is None:
            return {}
        if not isinstance(node.value, dict):
            self.problems.add("J09", node, "results is a mapping from action to what it answers")
        for key in node.entries:
            self.terms.one_of(Node(key, node.keys[key]), "action", self.terms.actions)
        return {
            key: [self._result(one) for one in item.items] for key, item in node.entries.items()
        }

    def _result(self, node: Node) -> Any:
        if not isinstance(node.value, dict) and node.value != FAILS:
            self.problems.add(
                "J09", node, "a result is a mapping of what the action answers, or `fails`"
            )
        return node.plain


def _todo(keys: ScenarioKeys) -> KnownFailure | None:
    why, node = keys.todo, keys.get("todo")
    return KnownFailure(why, node.position) if why and node else None


def _people(node: Node | None, terms: Terms, zone: str) -> dict[str, Person]:
    """Everybody by name; a file that states nobody has one customer of whom nothing is known."""
    if node is not None and not isinstance(node.value, dict):
        terms.problems.add(
            "J09", node, "people is a mapping from name to facts, such as {ana: {id: C1}}"
        )
    if node is None or not node.entries:
        return {"customer": Person("customer", "customer")}
    found = {name: _person(name, item, terms, zone) for name, item in node.entries.items()}
    first: dict[str, Person] = {}
    for one in found.values():
        if (twin := first.setdefault(one.id, one)) is not one:
            terms.problems.add(
                "J06", node.keys[one.name], f"{twin.name} and {one.name} have the same id"
            )
    return found


def _person(name: str, node: Node, terms: Terms, zone: str) -> Person:
    keys = PersonKeys(node, terms.problems, also=node.entries)
    stated = {key: item for key, item in node.entries.items() if key not in PersonKeys.keys}
    agreed = keys.consents
    holdout = keys.holdout == "in"
    if holdout and terms.ruleset.policies.holdout is None:
        keys.wrong("J09", "holdout", "policies.yaml has no holdout")
    return Person(
        name=name,
        id=keys.id or name,
        can_receive=("email",) if keys.can_receive is None else keys.can_receive,
        consents=None
        if agreed is None
        else tuple(one for item in agreed if (one := terms.category(item))),
        is_held_out=holdout,
        facts=_facts(Node(stated, node.position, node.keys), "customer", terms, zone),
    )


def _facts(node: Node, prefix: str, terms: Terms, zone: str) -> dict[str, Any]:
    """Facts of a person or an order; a nested mapping states those of another name (`loyalty:
    {tier_ends_at: …}`).
    """
    nested = {key: item for key, item in node.entries.items() if isinstance(item.value, dict)}
    nested = {
        key: item for key, item in nested.items() if f"{prefix}.{key}" not in terms.catalog.facts
    }
    own = {key: item for key, item in node.entries.items() if key not in nested}
    facts = terms.facts(prefix, Node(own, node.position, node.keys), zone, STATED_ROLL_UPS)
    for key, item in nested.items():
        facts |= terms.facts(key, item, zone)
        kind = KIND_OF.get(key)
        if kind == "order" or (kind in OF_ORDER and prefix == "customer"):
            terms.problems.add(
                "J08", node.keys[key], f"{key} belongs to an order, not to a customer"
            )
    return facts
