"""Tells what has happened to an order as a test: every event as a line, and what came of it as
expectations.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.calendar import at_local
from engine.catalog.catalog import DATA_NAME
from engine.decisions.decision import Logged
from engine.facts.contacts.addresses import address_on, of_customer
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.state import without_facts
from engine.facts.subjects import Subjects
from engine.facts.views.view import zones
from engine.language.stories.story_keys import FAILS
from engine.rules.ruleset import Ruleset
from engine.scenarios.files.scenario_yaml import spelled_test
from engine.scenarios.recording.lived import Lived
from engine.scenarios.recording.minutes import Retelling, minute
from engine.scenarios.recording.outcomes import results, stretches
from engine.scenarios.recording.pseudonyms import CUSTOMER, Hiding
from engine.scenarios.terms import id_in
from engine.sending.gates import holds_out

_HAS_FACTS_ONLY = frozenset({"item", "product"})
_MINUTE, _HOUR = timedelta(minutes=1), 60
_FEW = 48 * _HOUR


def recorded(lived: Lived, ruleset: Ruleset, channels: frozenset[str]) -> str:
    """The test as a file; `channels` are those on which customers can be reached here."""
    return _Recording(lived, ruleset, channels).text()


class _Recording:
    """An order while it is told."""

    def __init__(self, lived: Lived, ruleset: Ruleset, channels: frozenset[str]) -> None:
        self.lived, self.ruleset, self.channels = lived, ruleset, channels
        self.hiding = Hiding(ruleset.catalog, lived.customer)
        told = [
            one for one in lived.events if not one.event.derived and one.event.source != OWN_SOURCE
        ]
        self.retelling = Retelling(told, lived.effects)
        self.known: set[str] = set()
        self.starts = self.retelling.starts
        self.lives_in = self._zones(lived)[0]
        self.zone = self.lives_in if _is_clear(self.starts, self.lives_in) else "UTC"

    def text(self) -> str:
        test = {
            "name": f"what happened to order {self.lived.order}",
            "results": results(self.lived.effects, FAILS),
            "starts": f"{self.starts.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M} {self.zone}",
            "story": list(self._story()),
        }
        return spelled_test(
            {"customer": self._person()}, {key: value for key, value in test.items() if value}
        )

    def _person(self) -> dict[str, Any]:
        """What no event says of the customer: whether they can be reached, and that they have
        agreed to nothing yet.
        """
        state, holdout = self.lived.customer_facts, self.ruleset.policies.holdout
        reached = {
            channel
            for channel, text in of_customer(state).items()
            if address_on(channel, text) is not None
        }
        person: dict[str, Any] = {
            "id": CUSTOMER,
            "can_receive": sorted(reached & self.channels),
            "consents": [],
        }
        if self.lives_in != self._zones(self.lived, without_phone=True)[0]:
            person["time_zone"] = self.lives_in
        categories = holdout.categories if holdout else ()
        if holdout and any(
            holds_out(holdout, self.lived.customer or "", category) for category in categories
        ):
            person["holdout"] = "in"
        return person

    def _zones(self, lived: Lived, *, without_phone: bool = False) -> tuple[str, ...]:
        state = lived.customer_facts
        if state and without_phone:
            state = without_facts(state, lambda name: name == "customer.phone")
        return zones(
            self.ruleset.policies, Subjects(lived.order_facts, state, lived.order, lived.customer)
        )

    def _story(self) -> Iterator[dict[str, Any]]:
        """Events and expectations in one order of time; what is expected at a minute comes after
        its events.
        """
        lines: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
        for logged, at in zip(self.retelling.events, self.retelling.minutes, strict=True):
            lines[at].append(self._event(logged, at))
        for one in stretches(self.lived, self.retelling, self.ruleset, self.hiding, self.zone):
            expected = {"expect": list(one.deeds) or "nothing"}
            lines[one.at].append(expected | ({"because": one.reasons} if one.reasons else {}))
        if "expect" not in lines[max(lines)][-1]:
            lines[max(lines)].append({"expect": "nothing"})
        for moment in sorted(lines):
            yield from ({"at": self._moment(moment), **line} for line in lines[moment])

    def _event(self, logged: Logged, at: datetime) -> dict[str, Any]:
        event = logged.event
        line: dict[str, Any] = {"event": event.type, **self._things(event)}
        occurred_at = minute(event.occurred_at)
        return line if occurred_at >= at else line | {"happened": self._moment(occurred_at)}

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
        line: dict[str, Any] = (
            {"order": self._order(event.order, stated.pop("order", {}))} if event.order else {}
        )
        return line | {prefix: told for prefix, told in stated.items() if told}

    def _order(self, order: str, stated: dict[str, Any]) -> Any:
        """Named alone where it is known and nothing is said of it."""
        told = {key: value for key, value in stated.items() if key != "id"}
        is_known = order in self.known
        self.known.add(order)
        return order if is_known and not told else {"id": order, **told}

    def _moment(self, at: datetime) -> str:
        """As a person would say it: a few hours after the start, else when it was by the clock on
        the wall.
        """
        minutes = (at - self.starts) // _MINUTE
        if 0 <= minutes <= _FEW and minutes % _HOUR == 0:
            return f"{minutes // _HOUR}h"
        if 0 <= minutes <= _HOUR or not _is_clear(at, self.zone):
            return f"{'-' if minutes < 0 else ''}{abs(minutes)}m"
        return f"{at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"


def _is_clear(at: datetime, zone: str) -> bool:
    """Whether that hour comes only once."""
    local = at.astimezone(ZoneInfo(zone))
    return at_local(local.date(), local.time(), zone).astimezone(UTC) == at
