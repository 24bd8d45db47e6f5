"""Every spelling that is taken for a date, a time, a length, a number or money, in every fact of
the catalog: through fold, decide, the last question and the letter. Whatever a sender writes, no
rule fails by it, and a rule that has nothing to do with it speaks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from engine.catalog.catalog import CONTAINER, Fact, builtin
from engine.catalog.values import Kind
from engine.decisions.reason import Reason
from engine.facts.events import InvalidEvent, parse_event
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Hands, Simulator
from operations.rules.simulated_letters import writer
from store.memory.store import MemoryStore
from tests.engine.builders import DAY, HOUR, NAMING

CATALOG = builtin()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_DATES = (
    "2026-03-05",
    "20260305",
    "2026-W10-4",
    "1900-01-01",
    "9999-12-31",
)
_TIMES = (
    "2026-03-05T10:00:00Z",
    "2026-03-05T10:00:00+14:00",
    "2026-03-05 10:00",
    "2026-03-05T10",
    "2026-W10-4T10:00",
    "2026-03-05T10:00:00.123456789",
    "2026-03-05T10:00:00,5-23:59",
    "2026-03-29T02:30:00",
    "2026-10-25T02:30:00",
    "2026-02-20T10:00:00",
    "9999-12-31T23:59:59.999999",
    "9999-12-31T23:59:59-12:00",
)
_NUMBERS = (0, -0.0, -1, 3, 4.5, 5.0, 1e-300, 1e18, 2**63 - 1, -(2**63) + 1, 9.2e18)
SPELLINGS: dict[Kind, tuple[Any, ...]] = {
    "date": _DATES + _TIMES,
    "datetime": _DATES + _TIMES,
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "money": (
        "80 EUR",
        "19.90 EUR",
        "80EUR",
        "-5 EUR",
        "0 JPY",
        "1.234 KWD",
        "999999999999999 EUR",
        {"amount": 5, "currency": "EUR"},
        {"amount": "5.00", "currency": "EUR"},
        {"amount": 5.5, "currency": "EUR"},
        {"amount": -0.0, "currency": "EUR"},
        "5 XXX",
    ),
    "duration": (
        "48 hours",
        "48h",
        "0 days",
        "0.000000001 hours",
        "1.5 days",
        "-2 days",
        "36600 days",
        "-36600 days",
        "1220 months",
        "3 business days",
        "-26000 business days",
    ),
}
# When an event happened is its own time; of some a sender may state it as well.
_HAPPENED = {f"{name}_at" for name in CATALOG.events} - {
    "consent.given_at",
    "shipment.delivered_at",
}
FACTS = [
    one
    for one in CATALOG.facts.values()
    if one.type.kind in SPELLINGS and one.name not in _HAPPENED and not one.derived
]
WRITE = writer()
# What names each thing in an event.
_NAMED: dict[str, dict[str, Any]] = {
    "shipment": {"shipment": {"id": "P1", "carrier": "DHL"}},
    "review": {"review": {"id": "V1"}},
    "return": {"return": {"id": "R1"}},
    "lot": {"lot": {"id": "L1"}},
    "perk": {"perk": {"name": "early"}},
    "subscription": {"subscription": {"id": "S1"}},
    "case": {"support": {"id": "K1"}},
}
_OF_ORDER = {kind for kind, above in CONTAINER.items() if above == "order"} | {"order"}
_ANA = {"id": "C1", "email": "ana@example.org", "timezone": "America/New_York"}


def an_event(kind: str, at: datetime, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """As a sender writes it, with the names of whatever it is about."""
    about = CATALOG.events[kind].about
    named: dict[str, Any] = {"shop": "main", "customer": dict(_ANA)}
    named |= {"order": {"id": "A1"}} if about in _OF_ORDER else {}
    for thing, stated in (_NAMED.get(about, {}) | (data or {})).items():
        named[thing] = named.get(thing, {}) | stated
    time = at.isoformat()
    return {"id": f"{kind} {time}", "source": "test", "type": kind, "time": time, "data": named}


def carriers(fact: Fact) -> list[str]:
    """The events that may state a fact: each kind that changes what is done with it."""
    owner = {"item": "order"}.get(fact.owner, fact.owner)
    own = [name for name, one in CATALOG.events.items() if one.about == owner and not one.derived]
    by_prefix = [name for name in own if name.partition(".")[0] == fact.name.partition(".")[0]]
    known = by_prefix or own
    return list(dict.fromkeys([known[0], known[-1]]))


def stating(fact: Fact, value: Any) -> dict[str, Any]:
    """The data of an event in which a fact has this value; one of an item stands in the list of
    its order, and a fact of a list is stated there too.
    """
    prefix, _, key = fact.name.partition(".")
    if fact.owner == "item":
        return {"order": {"items": [{"id": "I1", key: value}]}}
    return {prefix: {key: value}}


def _reads(fact: Fact) -> str:
    """A condition that is true, whatever the fact is, once it has been compared."""
    name, kind = fact.name, fact.type.kind
    other = {"money": "5 EUR", "duration": "2 days", "date": "2026-03-05"}.get(kind, "3")
    if kind == "datetime":
        return f"now - {name} >= 2 hours or now - {name} < 2 hours or not ({name} is known)"
    return f"{name} <= {other} or {name} > {other} or not ({name} is known)"


def _rules(owner: str) -> Iterator[str]:
    """Whatever rules can do with the facts of a thing: compare them, wait for them, say them."""
    facts = [one for one in FACTS if one.owner == owner]
    events = [name for name, one in CATALOG.events.items() if one.about == owner]
    say = f"    do: [{{send: {owner}, by: email, category: delivery}}]\n"
    reads = "".join(f'      - "{_reads(one)}"\n' for one in facts)
    for number, name in enumerate(events):
        when = f"  - id: {owner}-{number}\n    when: {name}\n    once_per: event\n"
        yield f"{when}    if:\n{reads}{say}"
    for number, one in enumerate(facts):
        begins = f"  - id: {owner}-at-{number}\n    once_per: [{owner}, {one.name}]\n"
        if one.type.kind in ("date", "datetime"):
            when = f"[1 day before {one.name}, 'on {one.name} at 09:00']"
            yield f"{begins}    when: {when}\n{say}"
        if one.type.kind == "duration":
            yield f"{begins}    when: {one.name} after {events[0]}\n{say}"


def _says(owner: str) -> str:
    """A template that says every fact of a thing that is known."""
    facts = [one.name for one in FACTS if one.owner == owner]
    said = "".join(f"{{% if {one} is known %}}{{{{ {one} }}}}{{% endif %}}\n" for one in facts)
    return f"---\nsubject: Hello\n---\n{said}{ITEMS if owner == 'order' else 'Hello.'}\n"


ITEMS = (
    "{% for item in order.items %}{{ item.quantity }}"
    "{% if item.price is known %}{{ item.price | money }}{% endif %}{% endfor %}"
)
STEADY = """
  - id: steady
    when: 7 days after order.confirmed
    do: [{send: steady, by: email, category: delivery}]
  - id: greet
    when: 7 days after customer.created
    do: [{send: steady, by: email, category: delivery}]
"""
POLICIES = """
version: 1
locale: en
currency: EUR
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress, holdout, quiet_hours]}
"""


@cache
def ruleset() -> Ruleset:
    owners = sorted({one.owner for one in FACTS} - {"item"})
    rules = "".join(rule for owner in owners for rule in _rules(owner))
    return read_ruleset(
        {
            "journeys/all.yaml": f"version: 1\nrules:\n{rules}{STEADY}",
            "policies.yaml": POLICIES,
            "templates/en/steady.md": "---\nsubject: Hello\n---\nGood news.\n",
            **{f"templates/en/{owner}.md": _says(owner) for owner in owners},
        }
    )


def played(raw: dict[str, Any]) -> tuple[MemoryStore, list[str]]:
    """One event among good ones, and everything that falls due in a month; what failed."""
    store = MemoryStore(ruleset(), NAMING)
    simulator = Simulator(store, Hands(write=WRITE))
    before = [an_event("customer.created", NOON - DAY), an_event("order.placed", NOON - DAY)]
    before += [an_event("order.confirmed", NOON - DAY), an_event("perk.granted", NOON - DAY)]
    after = [an_event("shipment.delivered", NOON + HOUR), an_event("customer.updated", NOON + HOUR)]
    events = [parse_event(one, CATALOG, NOON + 9 * DAY) for one in (*before, raw, *after)]
    simulator.play(events, NOON + 9 * DAY)
    wrong = [f"{one.rule_id}: {one.by}" for one in store.decisions if one.reason is Reason.ERROR]
    wrong += [
        f"{one.key}: {one.reason_by}"
        for one in store.effects.values()
        if one.reason is Reason.ERROR
    ]
    wrong += [str(one) for one in store.quarantine]
    return store, wrong


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_no_spelling_of_a_fact_makes_a_rule_fail_or_stops_another(fact: Fact) -> None:
    taken = 0
    for value in SPELLINGS[fact.type.kind]:
        for kind in carriers(fact):
            raw = an_event(kind, NOON, stating(fact, value))
            try:
                parse_event(raw, CATALOG, NOON)
            except InvalidEvent:
                continue
            taken += 1
            store, wrong = played(raw)
            assert not wrong, (kind, value, wrong)
            steady = [one for one in store.effects.values() if one.name == "steady"]
            assert [one.state for one in steady] == ["sent", "sent"], (kind, value)
    assert taken > 0
