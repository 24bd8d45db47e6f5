"""The lines of a story: what is told, what was sent before, what is asked and what is expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from engine.catalog.catalog import OF_ORDER
from engine.catalog.values import FactType, Value
from engine.language.nodes import Node
from engine.language.plain_values import read_text, read_value, value_words
from engine.language.stories.story_keys import (
    KIND_OF,
    LINES,
    AnswerIsKeys,
    AnswerOfKeys,
    AskLineKeys,
    EventLineKeys,
    ExpectLineKeys,
    PublishLineKeys,
    SentLineKeys,
    prefix_of,
)
from engine.rules.ruleset import Answer
from engine.scenarios.files.expectations import Wanting, read_times
from engine.scenarios.files.moments import ScenarioClock
from engine.scenarios.scenario import (
    SHOP,
    AlreadySent,
    AnswerQuestion,
    EventLine,
    Expected,
    OtherRulesPublished,
    Person,
    StoryLine,
)
from engine.scenarios.terms import Terms, id_in

_BY_OWN_ID = frozenset({"item", "return", "subscription"})


@dataclass(slots=True)
class Cast:
    """Whom and what a story is about: persons by name, the main one, whose each order is, the
    shops, and of which of them each order is.
    """

    people: Mapping[str, Person]
    customer: str
    owners: dict[str, str]
    shops: Sequence[str] = (SHOP,)
    homes: dict[str, str] = field(default_factory=dict)

    @property
    def only_order(self) -> str | None:
        """The order, where there is just one."""
        return next(iter(self.owners)) if len(self.owners) == 1 else None

    def person(self, node: Node, terms: Terms) -> str | None:
        """The name of a person, who may also be named by id."""
        text = read_text(node, terms.problems)
        found = next((one.name for one in self.people.values() if text in (one.name, one.id)), None)
        return found or terms.one_of(node, "customer", self.people)

    def shop(self, node: Node | None, order: str | None, terms: Terms) -> str:
        """The shop that is named, else that of an order."""
        named = terms.one_of(node, "shop", self.shops) if node else None
        return named or self.homes.get(order or "") or self.shops[0]

    def order(self, node: Node, terms: Terms) -> str | None:
        """An order that the test states."""
        return terms.one_of(node, "order", self.owners)


class Lines:
    """Reads the lines of one story, in their order."""

    def __init__(self, terms: Terms, clock: ScenarioClock, cast: Cast) -> None:
        self.terms, self.clock, self.cast = terms, clock, cast
        self.above = datetime.min.replace(tzinfo=UTC)
        self.wanting = Wanting(terms, clock, cast.person, cast.order)

    def read(self, nodes: Iterable[Node]) -> tuple[StoryLine, ...]:
        """Every line; one that is earlier than the line above is a problem."""
        found: list[StoryLine] = []
        for node in nodes:
            line = self._line(node)
            if line and line.at < self.above:
                self.terms.problems.add("J09", node.entries["at"], "never before the line above")
            if line:
                found.append(line)
                self.above = line.at
        return tuple(found)

    def _line(self, node: Node) -> StoryLine | None:
        kind = next((kind for kind in LINES if kind in node.entries), None)
        at = self._at(node)
        if kind is None:
            what = value_words(node) if not node.entries else ", ".join(node.entries)
            self.terms.problems.add(
                "J03", node, f"a line of a story has one of {', '.join(LINES)}, not {what}"
            )
            return None
        match kind:
            case "event":
                return self._event_line(node, at)
            case "sent":
                return self._sent(node, at)
            case "publish":
                return self._publication(node, at)
            case "ask":
                return self._question(node, at)
            case _:
                return self._expected(node, at)

    def _at(self, node: Node) -> datetime:
        if (at := node.entries.get("at")) is None:
            self.terms.problems.add("J03", node, "a line of a story needs at")
            return max(self.above, self.clock.starts)
        return self.clock.moment(at, self.terms.problems) or max(self.above, self.clock.starts)

    def _event_line(self, node: Node, at: datetime) -> EventLine | None:
        prefixes = self.terms.prefixes()
        keys = EventLineKeys(node, self.terms.problems, also=prefixes)
        name = self.terms.event(node.entries["event"])
        if name is None:
            return None
        event = self.terms.catalog.events[name]
        times = read_times(keys.times, self.terms.problems)
        line = EventLine(node.position, at, name, self._happened(keys, at), times)
        for key in (key for key in node.entries if key in prefixes):
            line = self._mentioned(line, key, node.entries[key], event.about)
        if event.about in OF_ORDER and line.order is None:
            line = replace(line, order=self._which_order(node, event.about))
        kinds = {event.about} if event.about not in ("order", "customer") else set()
        owner, shop = self._owner(line, node), self.cast.shop(keys.shop, line.order, self.terms)
        if line.order:
            self.cast.homes.setdefault(line.order, shop)
        return replace(line, customer=owner, shop=shop, mentioned=line.mentioned | kinds)

    def _owner(self, line: EventLine, node: Node) -> str:
        """Whose an event is; an order named beside another customer is theirs from there."""
        owner = self.cast.owners.get(line.order or "") or line.customer or self.cast.customer
        if line.customer in (None, owner):
            return owner
        if "order" not in node.entries:
            message = (
                f"order {line.order} is of {owner}, not of {line.customer}; "
                f"if it changes hands, say so: `order: {line.order}, customer: {line.customer}`"
            )
            self.terms.problems.add("J09", node, message)
            return owner
        self.cast.owners[line.order or ""] = line.customer
        return line.customer

    def _true_times(self, line: EventLine) -> frozenset[str]:
        """The facts with which a correction says when what it takes back truly happened."""
        event = self.terms.catalog.events[line.event]
        return frozenset(f"{name}_at" for name in event.takes_back if event.rank is None)

    def _mentioned(self, line: EventLine, key: str, node: Node, about: str) -> EventLine:
        """A key that names a thing (text) or states facts of it (a mapping)."""
        kind, prefix = KIND_OF.get(key), prefix_of(key)
        if key == "customer":
            return self._of_customer(line, node)
        if isinstance(node.value, dict):
            facts = self.terms.facts(prefix, node, self.clock.zone, self._true_times(line))
            named = id_in(kind, prefix, facts) if kind else None
        else:
            facts, named = {}, read_text(node, self.terms.problems)
            if kind is None:
                self.terms.problems.add(
                    "J09", node, f"{key} states facts, so it is a mapping, not {value_words(node)}"
                )
        line = replace(line, facts={**line.facts, **facts})
        if kind == "order":
            return self._of_order(line, node, named, about)
        if kind and named:
            return replace(
                line, names={**line.names, kind: named}, mentioned=line.mentioned | {kind}
            )
        return replace(line, mentioned=line.mentioned | {kind}) if kind else line

    def _of_customer(self, line: EventLine, node: Node) -> EventLine:
        if not isinstance(node.value, dict):
            return replace(line, customer=self.cast.person(node, self.terms))
        facts = self.terms.facts("customer", node, self.clock.zone)
        named = facts.pop("customer.id", None)
        who = self.cast.person(node.entries["id"], self.terms) if named else line.customer
        return replace(line, customer=who, facts={**line.facts, **facts})

    def _of_order(self, line: EventLine, node: Node, named: str | None, about: str) -> EventLine:
        """Text names an order of the test; a mapping with a new id brings a new one."""
        if named is None:
            return replace(line, order=self._which_order(node, about))
        if isinstance(node.value, dict):
            self.cast.owners.setdefault(named, line.customer or self.cast.customer)
            return replace(line, order=named)
        return replace(line, order=self.cast.order(node, self.terms))

    def _which_order(self, node: Node, about: str) -> str | None:
        order = self.cast.only_order
        if order is None and (self.cast.owners or about in ("order", "shipment")):
            known = ", ".join(self.cast.owners) or "the test states none, write `order: {id: A1}`"
            self.terms.problems.add("J03", node, f"which order is this about? ({known})")
        return order

    def _happened(self, keys: EventLineKeys, at: datetime) -> datetime:
        if (node := keys.happened) is None:
            return at
        happened = self.clock.moment(node, self.terms.problems) or at
        if happened > at:
            keys.wrong("J09", "happened", "an event is told when it has happened, not before")
        return happened

    def _sent(self, node: Node, at: datetime) -> AlreadySent | None:
        keys = SentLineKeys(node, self.terms.problems)
        keys.need()
        template = self.terms.template(keys.sent) if keys.sent else None
        category = self.terms.category(keys.category) if keys.category else None
        named, order = keys.customer, keys.order
        customer = (self.cast.person(named, self.terms) if named else None) or self.cast.customer
        about = self.cast.order(order, self.terms) if order else None
        channel = keys.by
        if template is None or category is None:
            return None
        shop = self.cast.shop(keys.shop, about, self.terms)
        return AlreadySent(node.position, at, template, category, customer, about, channel, shop)

    def _publication(self, node: Node, at: datetime) -> OtherRulesPublished | None:
        """The lines below speak of what the new rules know."""
        keys = PublishLineKeys(node, self.terms.problems)
        keys.need()
        if at < self.clock.starts:
            keys.wrong("J09", "at", "rules are published from the start on")
        ruleset = self.terms.published(node.entries["publish"])
        if ruleset is None:
            return None
        self.terms = replace(self.terms, ruleset=ruleset)
        self.wanting = Wanting(self.terms, self.clock, self.cast.person, self.cast.order)
        return OtherRulesPublished(node.position, at, ruleset)

    def _question(self, node: Node, at: datetime) -> AnswerQuestion | None:
        keys = AskLineKeys(node, self.terms.problems)
        name = self.terms.one_of(node.entries["ask"], "answer", self.terms.ruleset.answers)
        if not keys.need() or name is None or keys.expect is None:
            return None
        answer = self.terms.ruleset.answers[name]
        of = keys.of or AnswerOfKeys(Node({}, node.position), self.terms.problems)
        for key in of.node.entries.keys() & (of.keys.keys() - {answer.about, "order", "customer"}):
            of.misplaced("J09", key, f"{name} is about one {answer.about}, not one {key}")
        named = {
            key: self._of(key, item) for key, item in of.node.entries.items() if key in of.keys
        }
        order = named.get("order") or self.cast.only_order
        customer = named.get("customer") or self.cast.owners.get(order or "") or self.cast.customer
        for key in {"order": ["order"], "item": ["item", "order"]}.get(answer.about, []):
            if not named.get(key) and not (key == "order" and order):
                self.terms.problems.add(
                    "J03",
                    node,
                    f"{name} is about one {answer.about}: say which, `of: {{{key}: …}}`",
                )
        thing = named.get(answer.about) if answer.about in _BY_OWN_ID else None
        expected = dict(self._answer(answer, keys.expect))
        shop = self.cast.shop(keys.shop, order, self.terms)
        return AnswerQuestion(node.position, at, name, thing, order, customer, shop, expected)

    def _of(self, key: str, node: Node) -> str | None:
        match key:
            case "order":
                return self.cast.order(node, self.terms)
            case "customer":
                return self.cast.person(node, self.terms)
            case _:
                return read_text(node, self.terms.problems)

    def _answer(self, answer: Answer, keys: AnswerIsKeys) -> Iterator[tuple[str, Value]]:
        """What is compared of an answer; `unknown` stands for no value."""
        for key, kind in (
            ("is", answer.type),
            ("ends_on", FactType("date")),
            ("open", FactType("boolean")),
        ):
            if (item := keys.get(key)) is not None:
                is_unknown = item.value == "unknown"
                yield key, None if is_unknown else read_value(item, kind, self.terms.problems)

    def _expected(self, node: Node, at: datetime) -> Expected:
        keys = ExpectLineKeys(node, self.terms.problems)
        deeds = self.wanting.deeds(keys.expect) if keys.expect else None
        because = self.wanting.because(keys.because) if keys.because else ()
        return Expected(node.position, at, deeds, because)
