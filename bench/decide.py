"""How long the engine thinks: one decision of one event, and how many events it folds a second.
Prints JSON.

Once with fifteen made rules, of which an event fires three or none; once with the shipped rules
over the life of an order, the decision of each event timed by itself. All is time of the processor,
the best of several rounds.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from engine.catalog.calendar import QuietHours
from engine.catalog.catalog import builtin
from engine.catalog.values import parse_duration
from engine.conditions.condition import Condition, Position
from engine.decisions.decide import decide
from engine.decisions.decision import Logged, OwnState, Situation
from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order
from engine.facts.naming import Naming
from engine.facts.state import empty
from engine.facts.subjects import Subjects
from engine.rules.policies import Category, Policies, ShopCustoms
from engine.rules.rule import After, Branch, OncePer, OnEvent, Rule, Send
from engine.rules.ruleset import Ruleset, Rulesets
from engine.simulation.simulator import Simulator
from operations.rules.rules_folder import read_rules
from store.memory.store import MemoryStore

RULES = Path(__file__).resolve().parent.parent / "rules"
CATALOG, NAMING = builtin(), Naming(b"bench")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLACE = Position("bench.yaml", 1, 1)
# Which event of an order it is, counted from its placing.
SHIPPED, IN_TRANSIT = 3, 5
LIFE = ("packed", "shipped", "in_transit", "in_transit", "out_for_delivery", "delivered")


def an_order(number: int) -> list[Event]:
    """An order of two parcels from its placing to its delivery."""
    names: Any = {"shop": "shop", "order": f"A{number}", "customer": f"C{number % 100}"}
    profile = {
        "customer.email": "ana@example.com",
        "customer.tier": "gold",
        "order.total": "80.00 EUR",
    }
    told = [Event("shop", f"{number} placed", "order.placed", NOON, data=profile, **names)]
    for hour, kind in enumerate(LIFE, 1):
        for parcel in ("P1", "P2"):
            at, things = NOON + timedelta(hours=hour), {"shipment": parcel}
            data = {
                "shipment.eta": "2026-03-05",
                "shipment.carrier": "acme",
                "shipment.tracking_number": parcel,
            }
            told.append(
                Event(
                    "carrier",
                    f"{number} {hour} {parcel}",
                    f"shipment.{kind}",
                    at,
                    things=things,
                    data=data,
                    **names,
                )
            )
    return told


def reviewed(number: int) -> Event:
    """What its customer thinks of it."""
    names: Any = {"shop": "shop", "order": f"A{number}", "customer": f"C{number % 100}"}
    at = NOON + timedelta(days=3)
    return Event(
        "shop", f"{number} reviewed", "review.received", at, data={"review.stars": 1}, **names
    )


def a_condition(fact: str, expected: object) -> Condition:
    """One comparison, as the language would compile it."""
    return Condition(
        "", {}, lambda facts: facts[fact] == expected, lambda _: (), frozenset({fact}), PLACE
    )


def fifteen_rules() -> Ruleset:
    """Three rules hear a parcel ship, two of them act, one begins to wait; twelve hear other
    things.
    """
    send = Send("hello", "delivery", ("email",), None, {}, PLACE)
    heard = ["shipment.shipped"] * 3 + [
        f"order.{word}" for word in ("placed", "confirmed", "delivered", "cancelled")
    ] * 3
    rules = {}
    for number, event in enumerate(heard):
        trigger = After(parse_duration("2 days"), event) if number % 3 == 2 else OnEvent(event)
        conditions = (a_condition("customer.tier", "gold"), a_condition("order.days_late", 0))
        about = CATALOG.events[event].about
        rules[f"r{number}"] = Rule(
            f"r{number}",
            (trigger,),
            about,
            OncePer((about,)),
            (Branch((), (send,), PLACE),),
            PLACE,
            conditions=conditions,
        )
    delivery = Category("delivery", "transactional", consent="none")
    policies = Policies(
        (delivery,),
        QuietHours(time(21), time(8)),
        shop=ShopCustoms(zone_from=("customer.time_zone", "order.country")),
    )
    return Ruleset(
        "bench", {}, rules, policies, {}, CATALOG, {"hello": {"en": frozenset({"email"})}}
    )


def per_second(run: Callable[[], int], seconds: float = 1.0) -> float:
    """How many things a run does in a second of the processor, of the best of five rounds."""
    best = 0.0
    for _ in range(5):
        done, began = 0, process_time()
        while process_time() - began < seconds / 5:
            done += run()
        best = max(best, done / (process_time() - began))
    return best


def fold(events: list[Event]) -> int:
    """Every event into its order and its customer."""
    order, customer = empty(), empty()
    for event in events:
        order = fold_order(order, event, CATALOG).state
        customer = fold_customer(customer, event, CATALOG)
    return len(events)


def a_decision(ruleset: Ruleset, place: int) -> Callable[[], int]:
    """The decision of one event of an order, all that came before being known already."""
    events = an_order(1)
    order, customer = empty(), empty()
    for event in events[:place]:
        order = fold_order(order, event, CATALOG).state
        customer = fold_customer(customer, event, CATALOG)
    after = fold_order(order, events[place], CATALOG)
    logged = Logged(place + 1, after.event, ruleset.revision, stale=after.stale, known_at=NOON)
    subjects = Subjects(after.state, customer, "A1", "C1", "shop")
    own = OwnState(order, place)
    situation = Situation("order:shop/A1", "order:shop/A1", own, subjects, (logged,))
    now, rulesets = events[place].occurred_at, Rulesets(ruleset)

    def run() -> int:
        decide(rulesets, situation, NAMING, now)
        return 1

    return run


def shipped_rules() -> dict[str, float]:
    """Microseconds of each kind of event that wakes an order under the shipped rules, all before it
    being decided.
    """
    store = MemoryStore(read_rules(RULES), NAMING, frozenset({"email"}))
    simulator, took = Simulator(store), {}
    for event in (*an_order(1), reviewed(1)):
        simulator.pass_time(event.occurred_at)
        store.ingest([event], simulator.now)
        for journey in store.nudges:
            rulesets, situation = store.situation(journey)
            asked = partial(decide, rulesets, situation, NAMING, simulator.now)
            took[event.type] = round(1e6 / per_second(partial(once, asked)), 1)
        simulator.accept([], simulator.now)
    return took


def once(run: Callable[[], object]) -> int:
    """One run, as `per_second` counts them."""
    run()
    return 1


def figures() -> dict[str, Any]:
    """Everything that is measured."""
    rules = fifteen_rules()
    heard, unheard = (1e6 / per_second(a_decision(rules, place)) for place in (SHIPPED, IN_TRANSIT))
    shipped = shipped_rules()
    return {
        "decide_us_two_rules_act_one_waits": round(heard, 1),
        "decide_us_no_rule_listens": round(unheard, 1),
        "decide_us_shipped_rules": shipped,
        "decide_us_shipped_rules_median": round(median(shipped.values()), 1),
        "fold_events_per_second": round(per_second(lambda: fold(an_order(1)))),
    }


def main() -> None:
    """Measure and print."""
    print(json.dumps(figures()))


if __name__ == "__main__":
    main()
