"""Silences in memory, by the order or customer whose they are."""

from collections import defaultdict
from collections.abc import Iterable

from engine.catalog.rows import changed
from engine.facts.identity.aliases import JoinedThing
from engine.facts.identity.persons import HandedOrder
from engine.facts.naming import own_id, subject_id
from engine.facts.subjects import Suppression


class Silences:
    """Table `suppressions`."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Suppression, str]] = {}
        self._of_subject: dict[str, list[Suppression]] = defaultdict(list)

    def add(self, silence: Suppression, shop: str) -> None:
        """A new silence; one that is known already stays as it is."""
        if silence.key in self.rows:
            return
        self.rows[silence.key] = silence, shop
        is_customers = silence.customer is not None and (
            silence.across_customer or silence.order is None
        )
        kind = "customer" if is_customers else "order"
        if of := silence.customer if kind == "customer" else silence.order:
            self._of_subject[subject_id(kind, shop, of)].append(silence)

    def link(self, order: str, customer: str) -> None:
        """The customer of an order is known now: silences that were meant for them cover them."""
        for silence in [
            one
            for one in self._of_subject.get(order, ())
            if one.across_customer and one.customer is None
        ]:
            self._of_subject[order].remove(silence)
            named = changed(silence, customer=own_id(customer))
            self.rows[silence.key] = named, self.rows[silence.key][1]
            self._of_subject[customer].append(named)

    def join_person(self, name: str, into: str) -> None:
        """Silences of a customer are those of the one they turned out to be."""
        for silence, shop in list(self.rows.values()):
            if silence.customer and subject_id("customer", shop, silence.customer) == name:
                self._change(silence, changed(silence, customer=own_id(into)))
        if name in self._of_subject:
            self._of_subject[into] += self._of_subject.pop(name)

    def hand_over(self, handed: HandedOrder) -> None:
        """A silence that an order asked for its customer goes along with the order."""
        for silence in list(self._of_subject.get(handed.before, ())):
            order = subject_id("order", self.rows[silence.key][1], silence.order or "")
            if silence.across_customer and order == handed.order:
                after = changed(silence, customer=own_id(handed.after))
                self._change(silence, after)
                self._of_subject[handed.before].remove(after)
                self._of_subject[handed.after].append(after)

    def join(self, join: JoinedThing) -> None:
        """Silences about a thing of an order that turned out to be another one."""
        if not join.home.startswith("order:"):
            return
        for silence, shop in list(self.rows.values()):
            home = subject_id("order", shop, silence.order) if silence.order else None
            if home == join.home and join.about(silence.about) != silence.about:
                self._change(silence, changed(silence, about=join.about(silence.about)))

    def of(self, customer: str | None, orders: Iterable[str | None]) -> tuple[Suppression, ...]:
        """The silences of a customer and of orders."""
        subjects = dict.fromkeys([customer, *orders])
        return tuple(
            one for subject in subjects if subject for one in self._of_subject.get(subject, ())
        )

    def _change(self, old: Suppression, new: Suppression) -> None:
        self.rows[old.key] = new, self.rows[old.key][1]
        for silences in self._of_subject.values():
            silences[:] = [new if one is old else one for one in silences]
