"""What a folder of rules says once it has been read: rules, policies, answers and the revision that
names them all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.catalog.catalog import Catalog
from engine.catalog.rows import changed, row
from engine.catalog.values import FactType, Value
from engine.conditions.condition import Condition, CountedEvent, Position
from engine.rules.lookbacks import (
    ANYWHERE,
    TO_BEGUN,
    TO_SILENT,
    WITHIN_ORDERS,
    Lookbacks,
    SoughtEvent,
    Vantage,
    counting,
)
from engine.rules.policies import Policies
from engine.rules.rule import Every, Listened, Near, Put, Rule, Send, Silence, Suppress, Trigger

# What a date is worked out from that nobody states.
DATE_SOURCES: Mapping[str, tuple[str, ...]] = {
    "order.eta": (
        "order.promised_on",
        "shipment.eta",
        "shipment.shipped",
        "shipment.delivered",
        "shipment.cancelled",
    ),
    "order.shipped_at": ("shipment.shipped", "order.shipped"),
    "order.delivered_at": ("shipment.delivered", "order.delivered"),
}
# The language this reader understands; a revision that needs a newer one is refused by `decide`.
LANGUAGE_VERSION = 1


@row
class AnswerLine:
    """`{if: …, then: …}`; no conditions stands for `otherwise`."""

    conditions: tuple[Condition, ...]
    then: Value
    position: Position

    @property
    def text(self) -> str:
        """What must hold, as a sentence."""
        return "; ".join(condition.text for condition in self.conditions) or "otherwise"


@row
class Answer:
    """A decision table: the first line of `first` that holds, plus every line of
    `plus` that holds.
    """

    name: str
    type: FactType
    first: tuple[AnswerLine, ...]
    position: Position
    plus: tuple[AnswerLine, ...] = ()
    starts: str | None = None
    about: str = "order"
    say: str | None = None


@dataclass(frozen=True)
class Ruleset:
    """A revision: everything a folder says, named by the hash of its content.

    `files` are the sources by path, `templates` the channels a template has a part for, by name and
    locale.
    """

    revision: str
    files: Mapping[str, str]
    rules: Mapping[str, Rule]
    policies: Policies
    answers: Mapping[str, Answer]
    catalog: Catalog
    templates: Mapping[str, Mapping[str, frozenset[str]]]
    segments: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    language_version: int = LANGUAGE_VERSION

    @cached_property
    def by_event(self) -> Mapping[str, tuple[tuple[Rule, Trigger], ...]]:
        """The live and shadow rules that an event fires, with the line of `when` that listens to
        it.
        """
        index: dict[str, tuple[tuple[Rule, Trigger], ...]] = {}
        for rule, trigger in self._listening:
            for name in _events_of(trigger):
                index[name] = (*index.get(name, ()), (rule, trigger))
        return index

    @cached_property
    def by_date(self) -> tuple[tuple[Rule, Near], ...]:
        """The rules that wait for a date."""
        return tuple(
            (rule, trigger) for rule, trigger in self._listening if isinstance(trigger, Near)
        )

    @cached_property
    def by_clock(self) -> tuple[tuple[Rule, Every], ...]:
        """The rules that come again on a schedule."""
        return tuple(
            (rule, trigger) for rule, trigger in self._listening if isinstance(trigger, Every)
        )

    @cached_property
    def dated(self) -> frozenset[str]:
        """Every stated fact and every event whose news may move a date that a rule waits for."""
        stated = self._behind({trigger.fact for _, trigger in self.by_date})
        events = {name.removesuffix("_at") for name in stated if name.endswith("_at")}
        return self.catalog.corrected(stated | events)

    @cached_property
    def read_by_breakers(self) -> Mapping[str, frozenset[str]]:
        """By the id of each breaker every fact, answer and segment that its condition comes to
        read, and every event that it counts.
        """
        return {
            breaker.id: self._behind(
                name for one in breaker.conditions for name in (*one.reads, *one.counts)
            )
            for breaker in self.policies.breakers
        }

    @cached_property
    def put(self) -> frozenset[str]:
        """Every fact that a rule sets, for a time or for good."""
        acts = [act for rule in self.rules.values() for act in rule.actions]
        return frozenset(name for act in acts if isinstance(act, Put) for name in act.values)

    def _behind(self, names: Iterable[str]) -> frozenset[str]:
        """These names and whatever they are worked out from, as far as rules and dates say it."""
        read, found = set(names), set[str]()
        while unread := read - found:
            found |= unread
            for name in unread:
                read.update(DATE_SOURCES.get(name, ()), self._read_by(name))
        return frozenset(found)

    def _read_by(self, name: str) -> frozenset[str]:
        """What an answer or a segment is worked out from; nothing for a fact."""
        prefix, _, rest = name.partition(".")
        answer = self.answers.get(rest.partition(".")[0]) if prefix == "answer" else None
        if answer:
            lines = [one for line in (*answer.first, *answer.plus) for one in line.conditions]
        else:
            lines = list(self.segments.get(rest, ())) if prefix == "segment" else []
        read = [one for line in lines for one in (line.reads, line.counts)]
        return frozenset().union(*read, {answer.starts} if answer and answer.starts else ())

    @cached_property
    def lookbacks(self) -> Lookbacks:
        """How far back a question looks for each type of event that may stop a rule, lift a silence
        or break one, or that a condition counts.
        """
        looks = [look for rule in self.rules.values() for look in self._looks_of_rule(rule)]
        return Lookbacks.of([*looks, *self._looks_of_conditions()], self.catalog)

    def _looks_of_rule(self, rule: Rule) -> Iterator[SoughtEvent]:
        place = self.place_of(rule)
        for one in rule.stop_if:
            yield SoughtEvent(one.event, _wider(place, one), TO_BEGUN)
        for trigger in rule.triggers:
            if isinstance(trigger, Silence):
                yield SoughtEvent(trigger.of.event, _wider(place, trigger.of), TO_BEGUN)
        for act in rule.actions:
            for one in act.until if isinstance(act, Suppress) else ():
                yield SoughtEvent(one.event, ANYWHERE, TO_SILENT)
        yield from self._counted(rule.every_condition, place)

    def _looks_of_conditions(self) -> Iterator[SoughtEvent]:
        """What answers, segments and breakers count, each from wherever it may be asked."""
        for answer in self.answers.values():
            is_wide, lines = answer.about not in WITHIN_ORDERS, (*answer.first, *answer.plus)
            place = Vantage(in_orders=True, widely=is_wide, in_customers=is_wide)
            asked = [one for line in lines for one in line.conditions]
            yield from self._counted(asked, place, sees_all=answer.about == "customer")
        for conditions in self.segments.values():
            place = Vantage(in_orders=True, widely=self._is_asked_widely, in_customers=True)
            yield from self._counted(conditions, place)
        for breaker in self.policies.breakers:
            held = [self.rules[name] for name in breaker.holds if name in self.rules]
            for rule in held:
                yield from self._counted(breaker.conditions, self.place_of(rule))

    def _counted(
        self, conditions: Iterable[Condition], place: Vantage, *, sees_all: bool = False
    ) -> Iterator[SoughtEvent]:
        for one in {counted for condition in conditions for counted in condition.counted}:
            is_all = sees_all or one.by_customer
            depth = counting(one.event, one.within, self.catalog, sees_all=is_all)
            yield SoughtEvent(one.event, _wider(place, one), depth)

    @cached_property
    def _is_asked_widely(self) -> bool:
        """Whether anything is asked of a customer though the journey may be an order's, by which
        it may read whatever a name stands for: in a condition, a value or a template.
        """
        return any(self.place_of(rule).widely for rule in self.rules.values()) or any(
            answer.about not in WITHIN_ORDERS for answer in self.answers.values()
        )

    def place_of(self, rule: Rule) -> Vantage:
        """In which journeys a rule is asked. One about the customer, or a thing of the customer, is
        asked in an order's too where an event of the order restarts its clock.
        """
        if rule.about in WITHIN_ORDERS:
            return Vantage(in_orders=True, widely=False, in_customers=False)
        known = self.catalog.events
        named = [name for trigger in rule.triggers for name in _events_of(trigger)]
        is_wide = any(name in known and known[name].about in WITHIN_ORDERS for name in named)
        return Vantage(in_orders=is_wide, widely=is_wide, in_customers=True)

    @cached_property
    def watched(self) -> frozenset[str]:
        """Every event type that may stop a rule, lift a silence or break one: what a question's
        history is read for.
        """
        return self.lookbacks.watched

    @cached_property
    def addressees(self) -> frozenset[str]:
        """Every fact that holds the address of a message."""
        acts = [act for rule in self.rules.values() for act in rule.actions]
        named = {act.to or "" for act in acts if isinstance(act, Send)}
        return frozenset(named & self.catalog.facts.keys())

    @property
    def _listening(self) -> Iterator[tuple[Rule, Trigger]]:
        for rule in sorted(self.rules.values(), key=lambda rule: rule.id):
            for trigger in rule.triggers if rule.conduct.mode != "off" else ():
                yield rule, trigger

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this id, also under the id it had before it was renamed."""
        return self.rules.get(rule_id) or self._renamed.get(rule_id)

    @cached_property
    def _renamed(self) -> Mapping[str, Rule]:
        return {
            rule.label.renamed_from: rule for rule in self.rules.values() if rule.label.renamed_from
        }

    @cached_property
    def readers(self) -> dict[str, Any]:
        """How each name is read; `engine.facts.views` works it out when it is first read."""
        return {}

    def channels_of(self, template: str) -> frozenset[str]:
        """Every channel that some locale of the template has a part for."""
        return self._channels.get(template, frozenset())

    @cached_property
    def _channels(self) -> Mapping[str, frozenset[str]]:
        return {
            template: frozenset().union(*parts.values())
            for template, parts in self.templates.items()
        }


@row
class Rulesets:
    """The active revision and every other one that the situation names."""

    active: Ruleset
    others: Mapping[str, Ruleset] = field(default_factory=dict)

    def of(self, revision: str) -> Ruleset | None:
        """The ruleset of a revision."""
        return self.active if revision == self.active.revision else self.others.get(revision)


def _wider(place: Vantage, one: Listened | CountedEvent) -> Vantage:
    """The place, where an event may be asked for by the customer."""
    return changed(place, widely=place.in_orders) if one.by_customer else place


def _events_of(trigger: Trigger) -> tuple[str, ...]:
    """The events that start a trigger, or start its clock again."""
    match trigger:
        case Near() | Every():
            return ()
        case Silence(of=of, since=since):
            return (since.event, of.event) if of.event != since.event else (since.event,)
        case _:
            return (trigger.event,)
