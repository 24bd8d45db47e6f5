"""How long the engine thinks: one decision of one event with fifteen rules, and events folded a second. Prints JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from time import process_time
from typing import Any

from engine.catalog import builtin
from engine.decide import decide
from engine.decision import Logged, Situation
from engine.events import Event
from engine.facts import empty, fold_customer, fold_order
from engine.naming import Naming
from engine.policies import Category, Policies, QuietHours
from engine.rollups import Subjects
from engine.rule import After, Branch, Condition, OncePer, OnEvent, Position, Rule, Send
from engine.ruleset import Ruleset, Rulesets
from engine.values import parse_duration

CATALOG, NAMING = builtin(), Naming(b"bench")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLACE = Position("bench.yaml", 1, 1)
# Which event of an order it is, counted from its placing.
SHIPPED, IN_TRANSIT = 3, 5
LIFE = ("packed", "shipped", "in_transit", "in_transit", "out_for_delivery", "delivered")


def an_order(number: int) -> list[Event]:
    """An order of two parcels from its placing to its delivery."""
    names: Any = {"shop": "shop", "order": f"A{number}", "customer": f"C{number % 100}"}
    profile = {"customer.email": "ana@example.com", "customer.tier": "gold", "order.total": "80.00 EUR"}
    told = [Event("shop", f"{number} placed", "order.placed", NOON, data=profile, **names)]
    for hour, kind in enumerate(LIFE, 1):
        for parcel in ("P1", "P2"):
            at, things = NOON + timedelta(hours=hour), {"shipment": parcel}
            data = {"shipment.eta": "2026-03-05", "shipment.carrier": "acme", "shipment.tracking_number": parcel}
            told.append(
                Event("carrier", f"{number} {hour} {parcel}", f"shipment.{kind}", at, things=things, data=data, **names)
            )
    return told


def a_condition(fact: str, expected: object) -> Condition:
    """One comparison, as the language would compile it."""
    return Condition("", {}, lambda facts: facts[fact] == expected, lambda _: (), frozenset({fact}), PLACE)


def fifteen_rules() -> Ruleset:
    """Three rules hear a parcel ship, two of them act, one begins to wait; twelve hear other things."""
    send = Send("hello", "delivery", ("email",), None, {}, PLACE)
    heard = ["shipment.shipped"] * 3 + [
        f"order.{word}" for word in ("placed", "confirmed", "delivered", "cancelled")
    ] * 3
    rules = {}
    for number, event in enumerate(heard):
        trigger = After(parse_duration("2 days"), event) if number % 3 == 2 else OnEvent(event)  # noqa: PLR2004  # each third
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
    policies = Policies((delivery,), QuietHours(time(21), time(8)), zone_from=("customer.time_zone", "order.country"))
    return Ruleset("bench", {}, rules, policies, {}, CATALOG, {"hello": {"en": frozenset({"email"})}})


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
    situation = Situation("order:shop/A1", "order:shop/A1", place, order, subjects, (logged,))
    now, rulesets = events[place].occurred_at, Rulesets(ruleset)

    def run() -> int:
        decide(rulesets, situation, NAMING, now)
        return 1

    return run


def main() -> None:
    """Measure and print."""
    rules = fifteen_rules()
    heard, unheard = (1e6 / per_second(a_decision(rules, place)) for place in (SHIPPED, IN_TRANSIT))
    found = {
        "decide_us_two_rules_act_one_waits": round(heard, 1),
        "decide_us_no_rule_listens": round(unheard, 1),
        "fold_events_per_second": round(per_second(lambda: fold(an_order(1)))),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
