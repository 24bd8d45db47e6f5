"""The events of a story as a sender would report them: what a line does not name is the only one
there is, else new.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from engine.catalog.catalog import DATA_NAME, OF_ORDER
from engine.catalog.values import instant
from engine.language.stories.story_keys import KIND_OF
from engine.scenarios.scenario import EventLine, Scenario
from engine.scenarios.terms import id_in

_ID = {"perk": "name"}


class Casting:
    """Knows the things of a story so far."""

    def __init__(self, scenario: Scenario) -> None:
        self._shops = scenario.shops
        self._people = scenario.people
        self._known: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._made = 0
        self._count = 0
        for person in scenario.people.values():
            for shop in self._shops:
                self._know(person.facts, shop, person.name)
        for order in scenario.orders.values():
            self._know(order.facts, order.shop, order.id)

    def next_event(self, line: EventLine) -> dict[str, Any]:
        """The next event of the story, under an id of its own."""
        self._count += 1
        return self.event(line, f"line-{self._count}")

    def event(self, line: EventLine, name: str) -> dict[str, Any]:
        """A CloudEvent in structured JSON."""
        data: dict[str, Any] = {"shop": self._shops[line.shop]}
        for fact, value in line.facts.items():
            prefix, _, key = fact.partition(".")
            data.setdefault(prefix, {})[key] = value
        if line.order:
            data.setdefault("order", {})["id"] = line.order
        if line.customer:
            data.setdefault("customer", {})["id"] = self._people[line.customer].id
        for kind in sorted(line.mentioned):
            data.setdefault(DATA_NAME.get(kind, kind), {})[_ID.get(kind, "id")] = self._thing(
                kind, line
            )
        return {
            "specversion": "1.0",
            "source": "scenario",
            "id": name,
            "type": line.event,
            "time": instant(line.happened),
            "data": data,
        }

    def _thing(self, kind: str, line: EventLine) -> str:
        owner = (line.order if kind in OF_ORDER else line.customer) or ""
        known = self._known[kind, line.shop, owner]
        if (named := line.names.get(kind)) is None:
            named = known[0] if len(known) == 1 else self._new(kind)
        if named not in known:
            known.append(named)
        return named

    def _know(self, facts: Mapping[str, Any], shop: str, owner: str) -> None:
        """The things that a person or an order is stated to have."""
        for prefix in dict.fromkeys(name.partition(".")[0] for name in facts):
            kind = KIND_OF.get(prefix)
            if kind and kind != "order" and (named := id_in(kind, prefix, facts)):
                self._known[kind, shop, owner].append(named)

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"
