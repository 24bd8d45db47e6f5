"""A story told to the shipped rules: what happened when, and what was said because of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from engine.decisions.effects import Effect
from engine.facts.events import parse_event
from engine.facts.naming import Naming, subject_id
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.answers import Answered, ask
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Hands, Simulator
from operations.rules.rules_folder import read_rules
from operations.rules.simulated_letters import example
from store.memory.store import MemoryStore
from tests.paths import RULES

FOLDER = RULES
# Everything is over by then.
THE_END = "31 Dec 10:00"
# At home in UTC, so that quiet hours read as they stand.
ANA = {"id": "ana", "first_name": "Ana", "email": "ana@example.com", "time_zone": "UTC"}


@cache
def the_rules() -> Ruleset:
    return read_rules(FOLDER)


def at(text: str) -> datetime:
    """`2 Mar 10:00`, in UTC and in 2026."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=UTC)


class Story:
    """Ana of the sample shop, who said yes to every message, and what the rules make
    of her orders.
    """

    def __init__(self, *consents: str, customer: Mapping[str, str] = ANA) -> None:
        self.store = MemoryStore(the_rules(), Naming(b"story"), frozenset({"email"}))
        self.simulator = Simulator(self.store, Hands(call=example))
        self.customer = dict(customer)
        self.told = 0
        self.tell("1 Mar 10:00", "customer.created", None)
        for category in consents or ("review", "loyalty", "sales"):
            self.tell("1 Mar 10:00", "consent.given", None, consent={"category": category})

    def tell(
        self, time: str, kind: str, order: str | None = "A1", /, **things: Mapping[str, Any]
    ) -> None:
        """Something happens; until then whatever falls due."""
        self.told += 1
        data = {
            "shop": "sample",
            "customer": {**self.customer, **things.pop("customer", {})},
            **things,
        }
        raw = {"id": str(self.told), "source": "test", "type": kind, "time": at(time).isoformat()}
        named = {"order": {"id": order} | dict(things.get("order", {}))} if order else {}
        event = parse_event({**raw, "data": {**data, **named}}, the_rules().catalog, at(time))
        self.simulator.play([event])

    def delivered(self, time: str, order: str = "A1", parcel: str = "P1") -> None:
        self.tell(time, "shipment.delivered", order, shipment={"id": parcel})

    def shipped(self, time: str, order: str = "A1", parcel: str = "P1") -> None:
        self.tell(time, "shipment.shipped", order, shipment={"id": parcel})

    def review(self, time: str, stars: int, order: str = "A1") -> None:
        self.tell(time, "review.received", order, review={"id": f"R-{order}", "stars": stars})

    def tier(self, time: str, tier: str, direction: str = "up") -> None:
        self.tell(
            time,
            "loyalty.tier_changed",
            None,
            customer={"tier": tier},
            loyalty={"direction": direction},
        )

    def messages(self, name: str | None = None) -> list[Effect]:
        """Every message so far, or those of a template, once nothing is left to happen."""
        self.simulator.pass_time(at(THE_END))
        rows = [
            row
            for row in self.store.effects.values()
            if row.kind == "send" and name in (None, row.name)
        ]
        return sorted(rows, key=lambda row: (row.settled_at or row.firing.due_at, row.key))

    def sent(self, name: str) -> list[str]:
        """When the messages of a template left."""
        left = (row.settled_at for row in self.messages(name) if row.state == "sent")
        return [f"{one:%-d %b %H:%M}" for one in left if one]

    def unsaid(self, name: str) -> list[str]:
        """Why the messages of a template did not leave."""
        return [
            row.reason.value for row in self.messages(name) if row.state == "dropped" and row.reason
        ]

    def silent(self, rule: str) -> list[str]:
        """Why a rule did not act."""
        self.simulator.pass_time(at(THE_END))
        return [
            one.reason.value for one in self.store.decisions if one.rule_id == rule and one.reason
        ]

    def calls(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [
            (row.name, row.arguments) for row in self.store.effects.values() if row.kind == "call"
        ]

    def perks(self, time: str) -> Any:
        return self.view(time)["customer.perks"]

    def answer(self, name: str, time: str) -> Answered:
        return ask(the_rules().answers[name], self.view(time))

    def view(self, time: str, order: str = "A1") -> View:
        """The facts about an order at a moment."""
        about = self.store.log.facts(subject_id("order", "sample", order))
        person = self.store.log.facts(subject_id("customer", "sample", self.customer["id"]))
        subjects = Subjects(about, person, order, self.customer["id"], "sample")
        return View(the_rules(), subjects, About("order", order), at(time))
