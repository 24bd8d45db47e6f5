"""The tables of PostgreSQL in memory, for the simulator: the same rows, the same answers, no
server.

Held equal to `store.postgres.store` by one contract suite.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from engine.catalog.catalog import Catalog
from engine.catalog.channels import CHANNELS
from engine.catalog.rows import changed
from engine.decisions.decision import (
    Decision,
    Opening,
    OpenWork,
    Outcome,
    OwnState,
    Situation,
    WaitMove,
)
from engine.decisions.effects import Effect, Message
from engine.decisions.firing import Firing, of_rule
from engine.decisions.reach import concerns, kinds_concerned, renames_along
from engine.decisions.reason import Reason
from engine.decisions.waits.beginnings import lookbacks_for, sight_of, sight_of_silences
from engine.facts.contacts.addresses import same_reader
from engine.facts.contacts.bounces import Bounce, dead_among, revival
from engine.facts.contacts.readers import Reader, addresses_of
from engine.facts.events import Event
from engine.facts.naming import Naming, own_id, shop_of, subject_id
from engine.facts.refolds.places import moved_names, own_places
from engine.facts.subjects import Subjects, Suppression
from engine.rules.lookbacks import Lookbacks
from engine.rules.ruleset import Ruleset, Rulesets
from engine.sending.ledger import DROPPED, RELEASED
from engine.sending.question import MessageQuestion, Question, posed
from engine.sending.sights import (
    lookbacks_for_question,
    looking_back_on,
    others_of,
    sight_of_question,
)
from store.memory.effect_rows import Effects, OnceKeys, counted_of
from store.memory.joins import MemoryJoins
from store.memory.journey_rows import MemoryJourney, Waits
from store.memory.ledger import MemoryLedger
from store.memory.log import Log
from store.memory.refold import refold
from store.memory.silence_rows import Silences
from store.records.acceptance import accept
from store.records.activations import Activation, Superseded
from store.records.subjects import BATCH, Around, Other, capped, order_of, subjects_of, with_others
from store.records.todo import NOTHING, Deciding, first_of_each


class MemoryStore:
    """Every table as an attribute, every command as a method of the name it has on PostgreSQL."""

    def __init__(
        self, ruleset: Ruleset, naming: Naming, channels: frozenset[str] = frozenset(CHANNELS)
    ) -> None:
        self.naming, self.channels = naming, channels
        self.active, self.capped = ruleset, frozenset(capped(ruleset))
        self.rulesets: dict[str, Ruleset] = {ruleset.revision: ruleset}
        self.activated = [ruleset]
        self.moves: list[WaitMove] = []
        self.places = own_places({}, ruleset.catalog)
        self.once = OnceKeys()
        self.table = Effects(self.once)
        self.journeys: dict[str, MemoryJourney] = {}
        self.log = Log(self.journeys, self.table)
        self.silences = Silences()
        self.nudges: dict[str, int] = {}
        self.waits: Waits = {}
        self.decisions: list[Decision] = []
        self.quarantine: list[tuple[str | None, str, str, int | None, str]] = []
        self.openings: dict[str, dict[str, Opening]] = {}
        self.joins = MemoryJoins(
            naming, self.log, self.journeys, self.waits, self.once, self.table, self.silences
        )
        wakes = self._nudge, self._wait
        self.ledger = MemoryLedger(
            self.table, self.question, lambda: self.active, (self.once, naming), wakes
        )

    @property
    def effects(self) -> dict[str, Effect]:
        """The ledger by key."""
        return self.table.rows

    @property
    def suppressions(self) -> dict[str, Suppression]:
        """Every silence there ever was, by key."""
        return {key: silence for key, (silence, _) in self.silences.rows.items()}

    def publish(
        self,
        ruleset: Ruleset,
        author: str = "",
        reason: str = "",
        now: datetime | None = None,
        *,
        moves_waits: bool = False,
    ) -> bool:
        """Make a ruleset the active one; False if it is that already. Who and why is for a table
        nobody reads; what waits is moved as of `now`, without which it cannot be.
        """
        del author, reason
        if moves_waits and now is None:
            raise TypeError("moves_waits needs now")
        changes = ruleset.revision != self.active.revision
        kinds = kinds_concerned(self.active, ruleset) if changes else frozenset()
        for subject, row in self.log.subjects.items():
            journey = self.naming.journey(subject)
            known = self.journeys.get(journey)
            if subject.partition(":")[0] in kinds and concerns(
                subject, known.ended if known else None, row.facts
            ):
                self.journeys.setdefault(journey, MemoryJourney(subject))
                self.nudges.setdefault(journey, row.seq)
        if changes:
            self._rename(ruleset)
            self._refold(ruleset.catalog)
        if moves_waits and now is not None:
            self.moves.append(WaitMove(len(self.moves) + 1, ruleset.revision, now))
            for journey in [name for name, waits in self.waits.items() if waits]:
                self._nudge(journey)
        self.rulesets[ruleset.revision] = self.active = ruleset
        self.capped = frozenset(capped(ruleset))
        return changes or moves_waits

    def _refold(self, catalog: Catalog) -> None:
        """What was said under names that a revision keeps elsewhere is put there."""
        moved = moved_names(self.places, catalog)
        self.places = own_places(self.places, catalog)
        if moved:
            refold(self.log, self.journeys, self.naming.journey, moved, catalog)

    def replace(self, old: str, new: Ruleset, activation: Activation) -> bool:
        """As `publish`, where `old` is the active revision, or the new one is already; else
        `Superseded` is raised, and nothing changes.
        """
        if self.active.revision not in (old, new.revision):
            raise Superseded(self.active.revision)
        return self.publish(new, now=activation.at, moves_waits=activation.moves_waits)

    def _rename(self, new: Ruleset) -> None:
        """Rules that a revision renames take along what is kept of them."""
        before = [one.revision for one in self.activated[::-1]]
        far = before.index(new.revision) if new.revision in before else 1
        found = renames_along([*self.activated[::-1][:far], new])
        self.activated.append(new)
        self.once.rename(found)
        self.table.rename(found)
        for journey, waits in self.waits.items():
            renamed = [
                of_rule(one, found[one.rule_id]) for one in waits.values() if one.rule_id in found
            ]
            own = {name: one for name, one in waits.items() if one.rule_id not in found}
            self.waits[journey] = {one.wait_id: one for one in renamed} | own

    def ruleset(self, revision: str) -> Ruleset | None:
        """A ruleset that was ever published."""
        return self.rulesets.get(revision)

    def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """Append events, fold them, note whom to wake: accepted, unplaced, duplicate, conflict or
        quarantined of each.

        Raises `InvalidEvent`, which names the index; then nothing of the batch is stored.
        """
        accepted = accept(events, self.log, self.active, self.naming, now)
        for change in accepted.names.people:
            self.joins.change_person(change, now)
        self.log.write(accepted)
        for join in accepted.names.joins:
            self.joins.join(join, now)
        for order, customer in accepted.links.items():
            self.silences.link(order, customer)
        for journey, (subject, seq) in accepted.nudges.items():
            self.nudges[journey] = seq
            self.journeys.setdefault(journey, MemoryJourney(subject))
        for customer in accepted.moved:
            self._nudge_whatever_waits_for(customer)
        for subject in accepted.subjects if self.active.policies.breakers else ():
            self._nudge_what_breakers_hold_for(subject)
        self.quarantine += [(*key, None, why) for key, why in accepted.quarantined]
        self.ledger.note_bounces(accepted.contacts.bounces)
        journeys = [self.naming.journey(subject) for subject in accepted.contacts.reached]
        for journey in self.table.ask_again(accepted.contacts.reached, journeys, now):
            self._nudge(journey)
        return accepted.results

    def bounces(self, address: str) -> list[Bounce]:
        """What came back from an address, the oldest first, and when it was revived."""
        spelled = same_reader(address)
        found = [one for one in self.ledger.bounces.values() if one.address == spelled]
        return sorted(found, key=attrgetter("at", "kind"))

    def came_back(self, bounce: Bounce) -> None:
        """Note what came back from an address; the same told twice is one."""
        self.ledger.note_bounces([bounce])

    def revive(self, address: str, now: datetime) -> None:
        """An address may be used again, whatever came back from it until now."""
        self.ledger.note_bounces([revival(address, self.bounces(address), now)])

    def decide(self, journey: str, now: datetime, deciding: Deciding) -> OpenWork:
        """What a journey has to see to: every effect still open, and when it is due next."""
        if journey not in self.journeys:
            return NOTHING
        rulesets, situation = self.situation(journey, now)
        return self.apply(situation, deciding(rulesets, situation), now)

    def situation(self, journey: str, now: datetime | None = None) -> tuple[Rulesets, Situation]:
        """One snapshot of all that a decision may look at at a moment; without one at any."""
        row = self.journeys[journey]
        events = self.log.after(row.subject, row.cursor, BATCH)
        order, customer = self._whose(row.subject, None)
        rulesets = Rulesets(self.active, self.rulesets)
        situation = Situation(
            journey=journey,
            subject=row.subject,
            own=OwnState(
                row.facts,
                row.cursor,
                row.revision,
                row.moved,
                tuple(one for one in self.moves if one.number > row.moved),
            ),
            subjects=self._subjects(row.subject, order, customer),
            events=tuple(event.logged for event in events),
            more=self.log.subjects[row.subject].seq > row.cursor + len(events),
            waiting=tuple(self.waits.get(journey, {}).values()),
            held=self.table.held(journey),
            others=self.table.others(journey, self.waits.get(journey, {}).values()),
            once=self.once.of((customer, order)),
            openings=tuple(self.openings.get(shop_of(row.subject), {}).values()),
        )
        watched = lookbacks_for(rulesets, situation, now).watched
        history = self.log.history((order, customer), watched)
        if history and now is not None:
            history = sight_of(rulesets, situation, now).of(history)
        return rulesets, changed(situation, history=history)

    def apply(self, situation: Situation, outcome: Outcome, now: datetime) -> OpenWork:
        """Write an outcome and answer what is open."""
        row, journey = self.journeys[situation.journey], situation.journey
        waits = self.waits.setdefault(journey, {})
        for firing in outcome.ended_waits:
            waits.pop(firing.wait_id, None)
        waits.update({firing.wait_id: firing for firing in outcome.waits})
        for key in outcome.once:
            self.once.take(key)
        _, customer = self._whose(situation.subject, None)
        self.table.add(effect.now(customer=customer) for effect in first_of_each(outcome.effects))
        for silence in outcome.suppressions:
            self.silences.add(silence, situation.subjects.shop)
        for held in outcome.released:
            self.table.set(RELEASED().of(self.effects[held], now))
        for held, reason, by in outcome.dropped:
            self.table.set(DROPPED(reason, by).of(self.effects[held], now))
        self.openings.setdefault(situation.subjects.shop, {}).update(
            {one.breaker: one for one in outcome.openings}
        )
        self.decisions += outcome.decisions
        self.quarantine += [
            (None, "journey", journey, seq, why) for seq, why in outcome.quarantined
        ]
        own, wake = outcome.own, outcome.wake
        row.facts, row.cursor = own.facts, own.cursor
        row.revision, row.moved = own.revision, own.moved
        row.wake_at, row.ended = wake.at, wake.ended
        if not situation.more and self.nudges.get(journey, 0) <= own.cursor:
            self.nudges.pop(journey, None)
        return OpenWork(self.table.open(journey), wake.at, wake.ended, wake.ends_with_these)

    def question(self, key: str, now: datetime | None = None) -> Question:
        """One effect and all that its attempt may look at at a moment; without one at any."""
        stored = self.effects[key]
        subject = self.journeys[stored.firing.journey].subject
        order, customer = self._whose(subject, stored.firing)
        effect = stored if stored.customer == customer else stored.now(customer=customer)
        question = posed(
            effect,
            self.active,
            self.rulesets.get(effect.firing.revision),
            self._subjects(subject, order, customer),
            silences=self.silences.of(customer, [order]),
            siblings=self.table.calls(effect),
            channels=self.channels,
            dead=dead_among(self.ledger.bounces.values()) if self.ledger.bounces else frozenset(),
        )
        if isinstance(question, MessageQuestion):
            readers = self._readers(shop_of(subject), order, customer)
            question = changed(question, spoken=self.table.spoken(effect), readers=readers)
            question = self._among_others(question, order, customer) if customer else question
        lookbacks = lookbacks_for_question(question, now)
        if isinstance(question, MessageQuestion):
            seeing = (self._looking_back(one, lookbacks, now) for one in question.readers)
            question = changed(question, readers=tuple(seeing))
        others = (self._order_id(one.effect) for one in others_of(question))
        # One that has another customer by now is none of theirs.
        orders = {one for one in others if one and self._whose(one, None)[1] == customer}
        orders |= {order} if order else set()
        history = self.log.history((customer, *orders), lookbacks.watched)
        if history and now is not None:
            history = sight_of_question(question, frozenset(map(own_id, orders)), now).of(history)
        return looking_back_on(question, history)

    def _among_others(
        self, question: MessageQuestion, order: str | None, customer: str
    ) -> MessageQuestion:
        """The question of a message with the others that wait for the customer, where it is weighed
        against them, and with those in its digest.
        """
        effect = question.effect
        is_weighed = effect.category in self.capped
        if not (is_weighed or effect.carries):
            return question
        rivals = [self._other(one) for one in self.table.rivals(effect)] if is_weighed else []
        aboard = [self.effects[key] for key in effect.carries]
        carried = [self._other(one) for one in aboard if isinstance(one, Message)]
        orders = [self._order_id(one) for one, _, _ in (*rivals, *carried)]
        silences = self.silences.of(customer, [order, *orders])
        sent = self.table.counted(effect) if is_weighed else ()
        return with_others(changed(question, sent=sent, silences=silences), rivals, carried)

    def _readers(self, shop: str, order: str | None, customer: str | None) -> tuple[Reader, ...]:
        """Other customers who are read where a message may go."""
        facts, silences, rows = self.log.facts, self.silences.of, self.effects
        held = self.log.readers(shop, addresses_of(facts(order), facts(customer)), customer)
        return tuple(
            Reader(one, held[one], facts(one), silences(one, ()), (), counted_of(rows, one))
            for one in sorted(held)
        )

    def _looking_back(self, reader: Reader, lookbacks: Lookbacks, now: datetime | None) -> Reader:
        history = self.log.history([reader.customer], lookbacks.watched)
        if history and now is not None:
            history = sight_of_silences(lookbacks, reader.silences, now).of(history)
        return changed(reader, history=history)

    def idle(self) -> bool:
        """Whether no journey has news to read and no effect is open."""
        return not self.nudges and not any(self.table.open(journey) for journey in self.journeys)

    def _other(self, effect: Message) -> Other:
        facts = self.log.facts(self._order_id(effect))
        return effect, self.rulesets.get(effect.firing.revision), facts

    def _order_id(self, effect: Effect) -> str | None:
        return order_of(self.journeys[effect.firing.journey].subject, effect.firing)

    def _wait(self, firing: Firing) -> None:
        """A firing that is decided again waits, once."""
        self.waits.setdefault(firing.journey, {}).setdefault(firing.wait_id, firing)

    def _nudge_whatever_waits_for(self, customer: str) -> None:
        """What waits in a customer's own journey and in those of their orders."""
        past = self.log.history([customer], self.active.catalog.events)
        named = {one.order for one in past if one.order}
        orders = [subject_id("order", shop_of(customer), order) for order in named]
        for subject in (customer, *orders):
            journey = self.naming.journey(subject)
            # What is held without a reason waits for a time of day, or for the result of a call.
            is_held = any(one.reason is None for one in self.table.held(journey))
            if self.waits.get(journey) or is_held:
                self._nudge(journey)

    def _nudge_what_breakers_hold_for(self, subject: str) -> None:
        """What a breaker holds in the journeys of a subject and of the orders it owns."""
        for one in (subject, *self.log.owned_by(subject)):
            journey = self.naming.journey(one)
            is_held = any(wait.due.again_at for wait in self.waits.get(journey, {}).values())
            if is_held or any(one.reason is Reason.BREAKER for one in self.table.held(journey)):
                self._nudge(journey)

    def _nudge(self, journey: str) -> None:
        self.nudges.setdefault(journey, self.journeys[journey].cursor)

    def _whose(self, subject: str, firing: Firing | None) -> tuple[str | None, str | None]:
        """The subject ids of the order and the customer that a journey, or one of its firings, is
        about.
        """
        if subject.startswith("customer:"):
            return order_of(subject, firing) if firing else None, self.log.stands_for(subject)
        row = self.log.subjects.get(subject)
        return subject, row.customer(subject) if row else None

    def _subjects(self, subject: str, order: str | None, customer: str | None) -> Subjects:
        facts = {
            one: self.log.subjects[one].facts
            for one in (order, customer)
            if one in self.log.subjects and one
        }
        around = Around(self.silences.of(customer, [order]), self.log.scans_of(shop_of(subject)))
        return subjects_of(subject, order, customer, facts, around)
