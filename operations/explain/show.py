"""Showing: what is known of one order or one customer, what waits for them, what was said to them
or was not, and which silences hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.catalog import Fact
from engine.catalog.channels import CHANNELS
from engine.catalog.values import Value, instant
from engine.facts.contacts.consents import consent_of
from engine.facts.naming import own_id, shop_of
from engine.facts.state import State
from engine.facts.subjects import Suppression
from engine.facts.things import ids_of
from engine.facts.views.answer_json import plain
from engine.facts.views.inquiry import Inquiry, Standing
from engine.facts.views.view import About, View, is_kept
from operations.explain.explanation import Explanation
from operations.explain.gates import gate_json
from operations.explain.story import StoryQuestion, story_of
from operations.subjects.subject import SubjectKind
from store.ports import Store

# Things of a customer and of an order, as they are shown.
_OF_CUSTOMER = ("subscription", "case", "lot", "perk")
_OF_ORDER = ("shipment", "return", "review")
_EVERY = "*"


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that is known, or worked out, and is not what it is for everybody by default."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class ShownThing:
    """A parcel, return, review, perk … with what is known of it."""

    kind: str
    id: str
    facts: tuple[ShownFact, ...]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"kind": self.kind, "id": self.id, "facts": _facts_json(self.facts)}


@dataclass(frozen=True, slots=True)
class ShownSilence:
    """A silence that holds: of which categories, until when, by which rule and line, and which
    events lift it. `order` is None where it holds for all of the customer.
    """

    categories: tuple[str, ...]
    order: str | None
    starts_at: datetime
    ends_at: datetime
    rule: str
    place: str
    lifts_on: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "categories": list(self.categories),
            "order": self.order,
            "from": instant(self.starts_at),
            "to": instant(self.ends_at),
            "rule": self.rule,
            "place": self.place,
            "lifts_on": list(self.lifts_on),
        }


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """What a customer has said of messages of one category on one channel."""

    category: str
    channel: str
    is_given: bool

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"category": self.category, "channel": self.channel, "given": self.is_given}


@dataclass(frozen=True, slots=True)
class ShownSubject:
    """All that is shown of an order or a customer at one moment.

    `customer` is the customer's id in their shop, where it is known, `zone` that of their clocks;
    `consents` are what they have said of a category on a channel. `waits` are due later, `decided`
    are all others, oldest first.
    """

    kind: SubjectKind
    id: str
    shop: str
    customer: str | None
    zone: str
    facts: tuple[ShownFact, ...]
    consents: tuple[ShownConsent, ...]
    things: tuple[ShownThing, ...]
    waits: tuple[Explanation, ...]
    decided: tuple[Explanation, ...]
    silences: tuple[ShownSilence, ...]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            self.kind: self.id,
            "shop": self.shop,
            "customer": self.customer,
            "zone": self.zone,
            "facts": _facts_json(self.facts),
            "consents": [one.to_json() for one in self.consents],
            "things": [one.to_json() for one in self.things],
            "waits": [_explained_json(one) for one in self.waits],
            "decided": [_explained_json(one) for one in self.decided],
            "silences": [one.to_json() for one in self.silences],
        }


async def show(
    store: Store, kind: SubjectKind, own: str, shop: str | None, now: datetime
) -> ShownSubject:
    """What is known of an order or a customer by the id of their shop, or by an address;
    `CannotRun` if it is not clear which is meant.
    """
    story = await story_of(store, StoryQuestion(None, kind, own, shop))
    subject = story.history.subject
    own = own_id(subject)
    found = await store.inquiries.standings(Inquiry(kind, own, None, shop_of(subject)), now)
    standing = found[0]
    known = [one for one in story.entries if isinstance(one, Explanation)]
    state = standing.subjects.order if kind == "order" else standing.subjects.customer
    customer = standing.subjects.customer_id
    return ShownSubject(
        kind=kind,
        id=own,
        shop=shop_of(subject),
        customer=customer,
        zone=View(standing.ruleset, standing.subjects, About(kind, own), now, ())["zone"],
        facts=_facts(standing, kind, own, now),
        consents=tuple(_consents(standing)) if kind == "customer" else (),
        things=tuple(_things(standing, kind, state, now)),
        waits=tuple(one for one in known if one.is_due_later),
        decided=tuple(one for one in known if not one.is_due_later),
        silences=tuple(_silence(one) for one in story.history.silences if now < one.ends_at),
    )


def _things(
    standing: Standing, kind: SubjectKind, state: State | None, now: datetime
) -> Iterator[ShownThing]:
    for of_kind in _OF_ORDER if kind == "order" else _OF_CUSTOMER:
        for thing in ids_of(state, of_kind):
            yield ShownThing(of_kind, thing, _facts(standing, of_kind, thing, now))


def _facts(standing: Standing, kind: str, thing: str, now: datetime) -> tuple[ShownFact, ...]:
    view = View(standing.ruleset, standing.subjects, About(kind, thing), now, standing.history)
    own = (fact for fact in standing.ruleset.catalog.facts.values() if fact.owner == kind)
    read = ((fact, view[fact.name]) for fact in own if not is_kept(fact.name))
    return tuple(
        ShownFact(fact.name, value) for fact, value in read if _is_informative(fact, value)
    )


def _is_informative(fact: Fact, value: Value) -> bool:
    return value is not None and value != [] and plain(value) != fact.default


def _consents(standing: Standing) -> Iterator[ShownConsent]:
    """What the customer has said; that of which they have said nothing is left out."""
    for category in standing.ruleset.policies.categories:
        for channel in CHANNELS:
            word = consent_of(standing.subjects.customer, (category.id, _EVERY), channel)
            if word is not None:
                yield ShownConsent(category.id, channel, word)


def _silence(one: Suppression) -> ShownSilence:
    return ShownSilence(
        categories=one.categories,
        order=None if one.across_customer else one.order,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        rule=one.rule_id,
        place=one.place,
        lifts_on=tuple(lift.event for lift in one.until),
    )


def _facts_json(facts: tuple[ShownFact, ...]) -> dict[str, Any]:
    return {one.name: plain(one.value) for one in facts}


def _explained_json(one: Explanation) -> dict[str, Any]:
    return one.to_json() | {"gates": [gate_json(gate) for gate in one.gates]}
