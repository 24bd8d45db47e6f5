"""The store in memory as scenario tests need it: with what is known, or was sent, before anything happens."""

from engine.decision import Effect
from engine.facts import State
from engine.history import Happening
from engine.intake import customer_subject
from engine.naming import subject_id
from engine.rollups import Subjects
from store.accepting import SubjectRow
from store.memory import Journey, MemoryStore


class Stage(MemoryStore):
    """A store in memory that can be told what nobody reported as an event."""

    def state(self, subject: str, facts: State, seen: State) -> str:
        """What is known of an order or a customer from the start, and what of it its journey, whose id this is, saw."""
        journey = self.naming.journey(subject)
        self.log.subjects[subject] = SubjectRow(facts)
        self.journeys[journey] = Journey(subject, seen)
        return journey

    def note(self, effect: Effect) -> None:
        """A row of the ledger as it stands."""
        self.ledger.set(effect)

    def subjects(self, shop: str, order: str | None, customer: str | None) -> Subjects:
        """The facts of an order and its customer, by their ids in the shop."""
        about = subject_id("order", shop, order) if order else None
        owner = customer_subject(shop, customer)
        return self._subjects(about or owner or "", about, owner)

    def past(self, shop: str, order: str | None, customer: str | None) -> tuple[Happening, ...]:
        """What a question about them looks back on."""
        about = subject_id("order", shop, order) if order else None
        return self.log.history(about, customer_subject(shop, customer), self.active.watched)
