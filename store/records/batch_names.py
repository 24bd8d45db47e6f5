"""The names in a batch of events: which thing and which person each event is about, and what
follows when two turn out to be one.
"""

from collections.abc import Iterable, Iterator, Sequence

from engine.catalog.catalog import OF_ORDER
from engine.catalog.rows import changed
from engine.facts import intake
from engine.facts.contacts.readers import addresses_of, moved
from engine.facts.events import Event
from engine.facts.identity.aliases import (
    Homes,
    JoinedThing,
    ThingName,
    known_as,
    placed,
    renamed_home,
)
from engine.facts.identity.early_news import address_name
from engine.facts.identity.person_names import (
    guests_named,
    is_crowded,
    person_names,
    person_of,
)
from engine.facts.identity.persons import (
    MERGED,
    MERGED_FROM,
    HandedOrder,
    Holders,
    JoinedPerson,
    guests_to_join,
    is_guest,
    is_of_order,
    joined_customers,
    of_order_alone,
    owner_after,
    with_order,
)
from engine.facts.intake import LogEntry, customer_subject, order_subject
from engine.facts.naming import Naming, own_id, shop_of
from engine.facts.purchases import recount, without_order
from engine.facts.state import State, customer_of, empty, handed_to, joined
from engine.rules.ruleset import Ruleset
from store.records.log_rows import Accepted, KnownSubjects, LogRow, SubjectRow


class BatchNames:
    """What a batch has learned so far lies over what was known before."""

    def __init__(
        self, known: KnownSubjects, accepted: Accepted, ruleset: Ruleset, naming: Naming
    ) -> None:
        self.known, self.accepted, self.ruleset, self.naming = known, accepted, ruleset, naming
        self._stands_for: dict[str, str] = {}
        # The addresses that have, or had, other people by now, and the names that mean others.
        self.moved: set[ThingName] = set()

    def placed(self, event: Event) -> Event:
        """The event with its order and its customer, as far as they are known by its names."""
        event = placed(event, self.homes)
        customer = customer_subject(event.shop, event.customer)
        if customer is None:
            order = order_subject(event)
            if order and customer_of(self.row(order).facts):
                return event
            found = person_of(event, self.holders, self.homes, self.naming)
            customer = customer_subject(event.shop, found)
        stands = own_id(self.stands_for(customer)) if customer else None
        return event if stands == event.customer else changed(event, customer=stands)

    def settled(self, event: Event) -> tuple[Event, list[LogEntry]]:
        """The event with its things as their home knows them, and what follows where two things
        turn out to be one; people and orders change hands before.
        """
        event = self._owned(self._merged(event))
        home = order_subject(event) or customer_subject(event.shop, event.customer)
        if home is None:
            return event, []
        row = self.row(home)
        event, joins = known_as(event, home, self.homes, row.facts)
        return event, [entry for join in joins for entry in self._join(join, event, row)]

    def learn(
        self, names: Sequence[ThingName], event: Event, subjects: tuple[str | None, str | None]
    ) -> None:
        """Every name by which the event named its things and its customer means them from now on;
        `names` are those of its things.
        """
        for name in names:
            kind = name[1]
            home = subjects[0] if kind in OF_ORDER and subjects[0] else subjects[1]
            if home and self.homes(name).get(home) != event.things[kind]:
                self.accepted.names.things.setdefault(name, {})[home] = event.things[kind]
        if customer := subjects[1]:
            for name in person_names(event):
                homes = self.homes(name)
                if customer not in homes and not is_crowded(homes):
                    self.accepted.names.things.setdefault(name, {})[customer] = name[2]

    def move(self, before: State, after: State, customer: str | None, shop: str) -> None:
        """Note which addresses a customer has got and left."""
        subject = customer_subject(shop, customer) or ""
        for address, until in moved(before, after).items():
            self.accepted.contacts.held[shop, address, subject] = until
            self.moved.add(address_name(shop, address))

    def homes(self, name: ThingName) -> Homes:
        """Who has a thing of this name, the newest last."""
        homes = dict(self.known.homes(name))
        for join in self.accepted.names.joins:
            if homes.get(join.home) == join.name and join.kind == name[1]:
                homes[join.home] = join.into
        for old, new in self._stands_for.items():
            homes = renamed_home(homes, old, new)
        return {**homes, **self.accepted.names.things.get(name, {})}

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""
        found: dict[str, str | None] = {}
        new = {
            customer: until
            for (in_shop, of, customer), until in self.accepted.contacts.held.items()
            if (in_shop, of) == (shop, address)
        }
        for customer, until in {**self.known.holders(shop, address), **new}.items():
            stands = self.stands_for(customer)
            found[stands] = None if found.get(stands, "") is None else until
        return found

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be."""
        customer = self.known.stands_for(customer)
        return self._stands_for.get(customer, customer)

    def row(self, subject: str) -> SubjectRow:
        """The row of a subject as this batch has left it."""
        if subject not in self.accepted.subjects:
            known = self.known.subject(subject)
            row = SubjectRow(known.facts, known.seq) if known else SubjectRow()
            self.accepted.subjects[subject] = row
        return self.accepted.subjects[subject]

    def earlier(self, order: str) -> list[Event]:
        """Every event that names an order."""
        mine = (row.event for row in self._log() if row.order_subject == order)
        return [*self.known.earlier(order), *mine]

    def _join(self, join: JoinedThing, event: Event, home: SubjectRow) -> Iterable[LogEntry]:
        """Two things of a home are one: what is known of them, and what that makes true."""
        apart, home.facts = home.facts, joined(home.facts, join.kind, join.name, join.into)
        self.accepted.names.joins.append(join)
        for (_, kind, _), homes in self.accepted.names.things.items():
            if kind == join.kind and homes.get(join.home) == join.name:
                homes[join.home] = join.into
        for row in self._log():
            if join.home == (row.order_subject or row.customer_subject):
                row.event = join.event(row.event)
        if event.order is None:
            return ()
        return intake.follow_join(event, apart, home.facts, self.ruleset)

    def _merged(self, event: Event) -> Event:
        """An event that says, or shows, that two customers are one."""
        customer = customer_subject(event.shop, event.customer)
        if customer is None:
            return event
        gone = event.data.get(MERGED_FROM) if event.type == MERGED else None
        if other := customer_subject(event.shop, gone):
            self._merge(self.stands_for(other), customer)
        if not is_guest(customer):
            guests = guests_to_join(event, customer, self.holders, self.naming)
            for guest in (*guests, *guests_named(event, customer, self.homes)):
                # One who has joined an account stays there, whoever has the address by now.
                if self._is_known(guest) and is_guest(stands := self.stands_for(guest)):
                    self._merge(stands, customer)
        return event

    def _owned(self, event: Event) -> Event:
        """An event of an order as its customer's, who may be another one from now on."""
        order = order_subject(event)
        if order is None or not is_of_order(event, self.ruleset.catalog):
            return event
        row = self.row(order)
        before, after = customer_of(row.facts), owner_after(row.facts, event)
        if before is None or after is None:
            return event
        if before != after:
            old, new = (customer_subject(event.shop, one) or "" for one in (before, after))
            if is_guest(old) and not is_guest(new):
                self._merge(old, new)
            else:
                self._hand_over(HandedOrder(order, old, new))
        if event.customer in (None, after):
            return event
        return changed(of_order_alone(event, self.ruleset.catalog), customer=after)

    def _hand_over(self, handed: HandedOrder) -> None:
        old, new = self.row(handed.before), self.row(handed.after)
        order, name = self.row(handed.order), own_id(handed.order)
        past = self.earlier(handed.order)
        theirs = with_order(new.facts, past, handed, self.ruleset.catalog)
        mine = handed_to(own_id(handed.after), order.facts)
        # Changed at once, or not at all: what cannot be read raises before.
        left = without_order(old.facts, order.facts, name)
        new.facts, order.facts = recount(theirs, None, mine, name)
        old.facts = left
        for row in self._log():
            if (row.subject, row.customer_subject) == (handed.order, handed.before):
                row.customer_subject, row.event = handed.after, handed.event(row.event)
        self.accepted.names.people.append(handed)
        self.accepted.contacts.reached.add(handed.order)

    def _merge(self, name: str, into: str) -> None:
        """What is known of one customer is known of another from now on; nothing is asked anew."""
        if name == into:
            return
        gone, kept = self.row(name), self.row(into)
        both = joined_customers(kept.facts, gone.facts)
        for order in self._orders_of(name):
            row = self.row(order)
            row.facts = handed_to(own_id(into), row.facts)
        self.moved |= {address_name(shop_of(name), one) for one in addresses_of(None, gone.facts)}
        self.moved |= self.known.awaited_of(name)
        kept.facts, gone.facts = both, empty()
        join = JoinedPerson(name, into)
        self.accepted.names.people.append(join)
        self._stands_for = {
            one: into if stands == name else stands for one, stands in self._stands_for.items()
        } | {name: into}
        self._rename(join)
        for subject in (name, into):
            journey = self.naming.journey(subject)
            if self.known.runs(self.naming.journey(name)) or journey in self.accepted.nudges:
                self.accepted.nudges.setdefault(journey, (subject, self.row(subject).seq))
        self.accepted.contacts.reached.add(into)

    def _rename(self, join: JoinedPerson) -> None:
        """What this batch has written of them so far."""
        names = self.accepted.names
        for row in self._log():
            if row.customer_subject == join.name:
                row.customer_subject = join.into
                row.event = changed(row.event, customer=own_id(join.into))
        for order, customer in self.accepted.links.items():
            if customer == join.name:
                self.accepted.links[order] = join.into
        names.things = {
            name: renamed_home(homes, join.name, join.into) for name, homes in names.things.items()
        }
        for shop, address, customer in [
            key for key in self.accepted.contacts.held if key[2] == join.name
        ]:
            until = self.accepted.contacts.held.pop((shop, address, customer))
            self.accepted.contacts.held.setdefault((shop, address, join.into), until)

    def _orders_of(self, customer: str) -> Iterator[str]:
        mine = [
            order
            for order, row in self.accepted.subjects.items()
            if order.startswith("order:") and row.customer(order) == customer
        ]
        for order in dict.fromkeys([*self.known.owned_by(customer), *mine]):
            if self.row(order).customer(order) == customer:
                yield order

    def _is_known(self, subject: str) -> bool:
        return subject in self.accepted.subjects or self.known.knows(subject)

    def _log(self) -> Iterable[LogRow]:
        return self.accepted.log.values()
