"""What is known of people and orders at the start of a test, as the states that events would have
led to.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never
from zlib import crc32

from engine.catalog.catalog import Catalog
from engine.catalog.channels import ADDRESS_OF, CHANNELS, Channel
from engine.catalog.values import instant
from engine.decisions.effects import Claimed, Effect, Message, Status
from engine.decisions.firing import Cause, Due, Firing
from engine.facts.contacts.consents import allowing
from engine.facts.events import Event
from engine.facts.intake import customer_subject
from engine.facts.naming import Naming, key_of
from engine.facts.purchases import as_bought, orders_paid, with_orders
from engine.facts.state import ONLY, State, belonging_to, of_facts, reached_at, without_facts
from engine.rules.policies import Holdout, Policies
from engine.scenarios.scenario import AlreadySent, Person, Purchase, Scenario
from engine.scenarios.terms import id_in
from engine.sending.gates import holds_out

# Just before the start: newer than all that is told of the time before, older than the story.
_MOMENT_BEFORE = timedelta(microseconds=1)
_NOT_IN_MAILBOX = re.compile(r"[^a-z0-9]+")
_LIFETIME_ORDERS = "customer.lifetime_orders"
_MOST_TRIES = 100_000


def customer_state(person: Person, scenario: Scenario, catalog: Catalog) -> State:
    """The state of a person who can be reached, has consented, and has these orders."""
    at = instant(scenario.starts - _MOMENT_BEFORE)
    facts = {
        "customer.id": person.id,
        "customer.channels": list(person.can_receive),
        **person.facts,
    }
    orders = [one for one in scenario.orders.values() if one.customer == person.name]
    state = _stated(facts, catalog, at)
    state = _with_orders(state, orders, facts.get(_LIFETIME_ORDERS, 0), (catalog, at))
    state = allowing(state, ("*",) if person.consents is None else person.consents, at)
    return reached_at(state, {channel: _address(person, channel) for channel in CHANNELS}, at)


def _address(person: Person, channel: Channel) -> str:
    """Where a person is reached on a channel: as stated, else at an address of no real person;
    nowhere on a channel that does not reach them.
    """
    if channel not in person.can_receive:
        return ""
    stated = person.facts.get(ADDRESS_OF.get(channel, ""))
    if stated is not None:
        return str(stated)
    match channel:
        case "email":
            mailbox = _NOT_IN_MAILBOX.sub("-", person.name.lower()).strip("-")
            return f"{mailbox or 'somebody'}@example.com"
        case "sms" | "whatsapp":
            # 555-01xx is kept free for stories; the digits behind it tell people apart.
            return f"+1555010{crc32(person.name.encode()) % 10_000_000:07d}"
        case "push":
            return f"push:{person.name}"
        case _:
            assert_never(channel)


def order_state(
    purchase: Purchase, customer_id: str, scenario: Scenario, catalog: Catalog
) -> State:
    """The state of an order of which no event has happened."""
    at = instant(scenario.starts - _MOMENT_BEFORE)
    return belonging_to(customer_id, _bought(purchase, catalog, at), at)


def without_dates(state: State, catalog: Catalog) -> State:
    """A state that knows no date yet; what waits for one begins to wait when it is told."""
    return without_facts(state, lambda name: _is_date(name, catalog))


def dates_of(
    who: Person | Purchase, customer_id: str, scenario: Scenario, catalog: Catalog, shop: str
) -> Event | None:
    """An event that tells a shop the dates of a person or an order; None if there are none."""
    kind = "customer" if isinstance(who, Person) else "order"
    data = {name: value for name, value in who.facts.items() if _is_date(name, catalog)}
    owners = {name.partition(".")[0]: catalog.facts[name].owner for name in data}
    things = {owner: id_in(owner, prefix, who.facts) or ONLY for prefix, owner in owners.items()}
    if not data:
        return None
    return Event(
        source="scenario",
        id=f"{kind} {who.id}",
        type=f"{kind}.facts_set",
        occurred_at=scenario.starts - _MOMENT_BEFORE,
        shop=shop,
        order=who.id if kind == "order" else None,
        customer=customer_id,
        things={
            owner: thing for owner, thing in things.items() if owner not in ("order", "customer")
        },
        data=data,
    )


def _is_date(name: str, catalog: Catalog) -> bool:
    fact = catalog.facts.get(name)
    return fact is not None and fact.type.kind in ("date", "datetime")


def sent_before(line: AlreadySent, scenario: Scenario, naming: Naming) -> Effect:
    """A message the customer has had, of no rule: its row of the ledger."""
    customer_id = scenario.people[line.customer].id
    shop = scenario.shops[line.shop]
    subject = customer_subject(shop, customer_id) or ""
    firing = Firing(
        journey=naming.journey(subject),
        rule_id="",
        occurrence=f"sent {line.position.line}:{line.position.column}",
        about=("customer", customer_id),
        cause=Cause("", line.at),
        due=Due(line.at, line.at),
        revision="",
        shop=shop,
        order=line.order,
    )
    return Message(
        key=key_of(firing.journey, firing.rule_id, firing.occurrence, line.template),
        name=line.template,
        firing=firing,
        category=line.category,
        customer=subject,
        decided_at=line.at,
        status=Status("sent", settled_at=line.at),
        claimed=Claimed(channel=line.channel),
    )


def told_holdout(policies: Policies, people: Iterable[Person]) -> Policies:
    """The policies with a holdout that covers those people, and only those, who are held out in the
    test.
    """
    holdout, all_of_them = policies.holdout, list(people)
    if holdout is None or not any(one.is_held_out for one in all_of_them):
        return replace(policies, holdout=None)
    return replace(policies, holdout=_sorting(holdout, all_of_them))


def _sorting(holdout: Holdout, people: Sequence[Person]) -> Holdout:
    """Under some salt half of the customers are just the right ones."""
    category = next(iter(holdout.categories), "")
    for number in range(_MOST_TRIES):
        found = replace(holdout, percent=50, salt=f"scenario {number}")
        if all(holds_out(found, one.id, category) == one.is_held_out for one in people):
            return found
    raise LookupError("too many people to sort them into held out and not")


def _stated(facts: Mapping[str, Any], catalog: Catalog, at: str) -> State:
    """A state with these facts, each at the thing it belongs to."""
    return of_facts(_owned(facts, catalog), at)


def _owned(facts: Mapping[str, Any], catalog: Catalog) -> Iterator[tuple[str, str, str, Any]]:
    for name, value in facts.items():
        fact = catalog.facts.get(name)
        owner = fact.owner if fact else "customer"
        yield owner, id_in(owner, name.partition(".")[0], facts) or ONLY, name, value


def _bought(purchase: Purchase, catalog: Catalog, at: str) -> State:
    return as_bought(_stated(purchase.facts, catalog, at), at)


def _with_orders(
    customer: State, orders: Iterable[Purchase], at_least: int, known: tuple[Catalog, str]
) -> State:
    """A customer with these orders; some that nobody names make up the number."""
    states = {one.id: _bought(one, *known) for one in orders}
    paid = orders_paid(with_orders(customer, states))
    return with_orders(customer, states, max(at_least - paid, 0))
