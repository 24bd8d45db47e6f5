"""Tells what has happened to an order as a test: every event as a line, and what came of it as expectations."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.calendar import at_local
from engine.catalog import DATA_NAME
from engine.decision import Logged
from engine.events import OWN_SOURCE, Event
from engine.facts import value_of
from engine.gates import holds_out
from engine.judge import ADDRESS_OF
from engine.rollups import Subjects
from engine.ruleset import Ruleset
from engine.scenarios.expecting import results, stretches
from engine.scenarios.hiding import CUSTOMER, Hiding
from engine.scenarios.lived import Lived
from engine.scenarios.scenario import FAILS
from engine.scenarios.spelling import spelled_test
from engine.scenarios.terms import id_in
from engine.view import zones

_HAS_FACTS_ONLY = frozenset({"item", "product"})
_MINUTE, _HOUR = timedelta(minutes=1), 60


def recorded(lived: Lived, ruleset: Ruleset, channels: frozenset[str]) -> str:
    """The test as a file; `channels` are those on which customers can be reached here."""
    return _Recording(lived, ruleset, channels).text()


class _Recording:
    """An order while it is told."""

    def __init__(self, lived: Lived, ruleset: Ruleset, channels: frozenset[str]) -> None:
        self.lived, self.ruleset, self.channels = lived, ruleset, channels
        self.hiding = Hiding(ruleset.catalog, lived.customer)
        self.told = [one for one in lived.told if not one.event.derived and one.event.source != OWN_SOURCE]
        self.known: set[str] = set()
        self.zone = self._zones(lived)[0]
        self.starts = _minute(min(map(_known_at, self.told)))

    def text(self) -> str:
        test = {
            "name": f"what happened to order {self.lived.order}",
            "results": results(self.lived.effects, FAILS),
            "starts": self._spelled_start(),
            "story": list(self._story()),
        }
        return spelled_test({"customer": self._person()}, {key: value for key, value in test.items() if value})

    def _person(self) -> dict[str, Any]:
        """What no event says of the customer: whether they can be reached, and that they have agreed to nothing yet."""
        state, holdout = self.lived.customer_facts, self.ruleset.policies.holdout
        reached = {channel for channel, fact in ADDRESS_OF.items() if value_of(state, "customer", None, fact)}
        person: dict[str, Any] = {"id": CUSTOMER, "can_receive": sorted(reached & self.channels), "consents": []}
        if self.zone != self._zones(self.lived, without_phone=True)[0]:
            person["time_zone"] = self.zone
        categories = holdout.categories if holdout else ()
        if holdout and any(holds_out(holdout, self.lived.customer or "", category) for category in categories):
            person["holdout"] = "in"
        return person

    def _zones(self, lived: Lived, *, without_phone: bool = False) -> tuple[str, ...]:
        state = lived.customer_facts
        if state and without_phone:
            state = {**state, "facts": {name: one for name, one in state["facts"].items() if name != "customer.phone"}}
        return zones(self.ruleset.policies, Subjects(lived.order_facts, state, lived.order, lived.customer))

    def _story(self) -> Iterator[dict[str, Any]]:
        """Events and expectations in one order of time; what is expected at a minute comes after its events."""
        lines: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
        at = self.starts
        for logged in self.told:
            at = max(at, _minute(_known_at(logged)))
            lines[at].append(self._event(logged, at))
        for one in stretches(self.lived, self.ruleset, self.hiding, self.zone):
            expected = {"expect": list(one.deeds) or "nothing"}
            lines[one.at].append(expected | ({"because": one.reasons} if one.reasons else {}))
        if "expect" not in lines[max(lines)][-1]:
            lines[max(lines)].append({"expect": "nothing"})
        for moment in sorted(lines):
            yield from ({"at": _length(moment - self.starts), **line} for line in lines[moment])

    def _event(self, logged: Logged, at: datetime) -> dict[str, Any]:
        event = logged.event
        line: dict[str, Any] = {"event": event.type, **self._things(event)}
        occurred_at = _minute(event.occurred_at)
        return line if occurred_at >= at else line | {"happened": _length(occurred_at - self.starts)}

    def _things(self, event: Event) -> dict[str, Any]:
        """What the event names and states, by the key under which a line tells it."""
        stated: dict[str, dict[str, Any]] = defaultdict(dict)
        facts = self.hiding.facts(event.data)
        for name, value in facts.items():
            prefix, _, key = name.partition(".")
            if prefix not in _HAS_FACTS_ONLY:
                stated[prefix][key] = value
        for kind, thing in event.things.items():
            prefix = DATA_NAME.get(kind, kind)
            if id_in(kind, prefix, facts) != thing:
                stated[prefix]["name" if kind == "perk" else "id"] = thing
        line: dict[str, Any] = {"order": self._order(event.order, stated.pop("order", {}))} if event.order else {}
        return line | {prefix: told for prefix, told in stated.items() if told}

    def _order(self, order: str, stated: dict[str, Any]) -> Any:
        """Named alone where it is known and nothing is said of it."""
        told = {key: value for key, value in stated.items() if key != "id"}
        is_known = order in self.known
        self.known.add(order)
        return order if is_known and not told else {"id": order, **told}

    def _spelled_start(self) -> str:
        """In the customer's zone, where that hour comes only once."""
        local = self.starts.astimezone(ZoneInfo(self.zone))
        is_clear = at_local(local.date(), local.time(), self.zone).astimezone(UTC) == self.starts
        at, zone = (local, self.zone) if is_clear else (self.starts, "UTC")
        return f"{at:%Y-%m-%d %H:%M} {zone}"


def _known_at(logged: Logged) -> datetime:
    """A play tells of days ahead: there nothing is known before it has happened either."""
    return max(logged.known_at, logged.event.occurred_at)


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _length(since: timedelta) -> str:
    minutes = since // _MINUTE
    sign, minutes = "-" if minutes < 0 else "", abs(minutes)
    return f"{sign}{minutes // _HOUR}h" if minutes % _HOUR == 0 else f"{sign}{minutes}m"
