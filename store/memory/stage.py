"""The store in memory as scenario tests need it: with what is known, or was sent, before anything
happens.
"""

from engine.decisions.effects import Effect
from engine.decisions.waits.beginnings import ended_by
from engine.facts.contacts.readers import moved
from engine.facts.intake import customer_subject
from engine.facts.naming import own_id, shop_of, subject_id
from engine.facts.state import State
from engine.facts.things import ids_of
from engine.facts.views.inquiry import Standing
from store.memory.journey_rows import MemoryJourney
from store.memory.store import MemoryStore
from store.records.log_rows import Accepted, AddressNews, SubjectRow


class MemoryStage(MemoryStore):
    """A store in memory that can be told what nobody reported as an event."""

    def state(self, subject: str, facts: State, seen: State) -> str:
        """What is known of an order or a customer from the start, and what of it its journey, whose
        id this is, saw.
        """
        journey = self.naming.journey(subject)
        news = AddressNews()
        if subject.startswith("customer:"):
            held = moved(None, facts)
            news.held = {(shop_of(subject), one, subject): until for one, until in held.items()}
        self.log.write(Accepted(subjects={subject: SubjectRow(facts)}, contacts=news))
        self.journeys[journey] = MemoryJourney(subject, seen)
        return journey

    def note(self, effect: Effect) -> None:
        """A row of the ledger as it stands."""
        self.table.set(effect)

    def standing(self, shop: str, order: str | None, customer: str | None) -> Standing:
        """What is known of an order and its customer, by their ids in the shop; an order's own
        customer comes first.
        """
        about = subject_id("order", shop, order) if order else None
        row = self.log.subjects.get(about) if about else None
        owner = (row.customer(about) if row and about else None) or customer_subject(shop, customer)
        subjects = self._subjects(about or owner or "", about, owner)
        until = ended_by(subjects.silences, None)
        watched = self.active.lookbacks.ending(until, self.active.catalog).watched
        history = self.log.history((about, owner), watched)
        return Standing(self.active, subjects, history)

    def order_with(self, shop: str, kind: str, thing: str) -> str | None:
        """The id of the order that a parcel, return or review belongs to, told or stated."""
        orders = subject_id("order", shop, "")
        found = (
            subject
            for subject, row in self.log.subjects.items()
            if subject.startswith(orders) and thing in ids_of(row.facts, kind)
        )
        return next(map(own_id, found), None)
