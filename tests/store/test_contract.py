"""One contract for both stores: whatever happens, PostgreSQL and the memory hold the same rows and
answer alike.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.decisions.effects import ActionCall, Effect, Message
from engine.decisions.reason import Reason
from engine.facts.contacts.bounces import Bounce
from engine.facts.events import Event, InvalidEvent
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Dropped, Held
from engine.sending.ledger import (
    BACK,
    DELIVERED,
    DROPPED,
    FAILED,
    FINISHED,
    MISCONFIGURED,
    NOT_DELIVERED,
    REFUSED,
    RELEASED,
    RETRIED,
    SENT,
    UNCERTAIN,
)
from engine.sending.question import Question
from store.memory.store import MemoryStore
from store.postgres.sessions.pool import Pool, open_pool
from store.postgres.store import PostgresStore
from store.records.attempts import is_essential
from tests.conftest import CreateDatabase
from tests.store.drawn import ACROSS, CHAINED, FIRST, REVISIONS, any_event, of_a_name
from tests.store.shop import NAMING, NOON, an_event, deciding, placed
from tests.store.tables import emptied, tables_of_memory, tables_of_postgres

OWNERS = ("ann", "bob")


def _has(*states: str) -> Callable[["Contract"], bool]:
    return lambda contract: contract.effect(0, *states) is not None


class Contract(RuleBasedStateMachine):
    """Everything that happens, happens to both stores."""

    runner: ClassVar[asyncio.Runner]
    pool: ClassVar[Pool]

    @initialize(first=st.sampled_from([FIRST, ACROSS, CHAINED, CHAINED]))
    def begin(self, first: Ruleset) -> None:
        self.now = NOON
        self.memory = MemoryStore(first, NAMING)
        self.postgres = PostgresStore(self.pool, NAMING)
        self.runner.run(emptied(self.pool))
        self.both("rulesets.publish", first, "me", "a beginning", NOON)
        consents = [
            an_event("consent.given", f"yes {one}", order=None, customer=one)
            for one in ("C1", "C2")
        ]
        self.told = [placed("A1", "C1"), placed("A2", "C1"), placed("B1", None), *consents]
        nowhere = an_event("order.placed", "placed D1", order="D1", customer="C3")
        self.told += [nowhere, an_event("shipment.shipped", "sent D1", order="D1")]
        self.both("events.ingest", self.told, NOON)

    def both(self, command: str, *told: Any) -> Any:
        """The answer of both stores, which is the same."""
        in_memory = command if command.startswith("ledger.") else command.rpartition(".")[2]
        ours = _answer(lambda: attrgetter(in_memory)(self.memory)(*told))
        asking = attrgetter(command)(self.postgres)
        theirs = _answer(lambda: self.runner.run(_awaited(asking(*told))))
        if command != "rulesets.publish":
            assert _comparable(theirs) == _comparable(ours), command
        return ours

    def effect(self, number: int, *states: str) -> Effect | None:
        found = [one for _, one in sorted(self.memory.effects.items()) if one.state in states]
        return found[number % len(found)] if found else None

    @rule(events=st.lists(st.tuples(any_event(), st.integers(-1, 50)), min_size=1, max_size=4))
    def events_arrive(self, events: list[tuple[Event, int]]) -> None:
        batch = [
            replace(event, occurred_at=self.now - timedelta(hours=late)) for event, late in events
        ]
        self.told += batch
        self.both("events.ingest", batch, self.now)

    @rule(
        number=st.integers(0, 200),
        how=st.sampled_from(["again", "under a new id", "with another body"]),
    )
    def an_event_comes_again(self, number: int, how: str) -> None:
        event = self.told[number % len(self.told)]
        if how == "under a new id":
            event = replace(event, id=f"{event.id}'")
        elif how == "with another body":
            event = replace(event, customer="C2")
        self.both("events.ingest", [event], self.now)

    @rule(order=st.sampled_from(["A1", "A2", "B1"]), days=st.sampled_from([0, 1, 2, 3]))
    def a_parcel_goes_its_way(self, order: str, days: int) -> None:
        parcel, number = f"{order}1", len(self.told)
        batch = [
            an_event(f"shipment.{kind}", f"{number} {kind}", at=self.now - timedelta(days=days),
            order=order,
                     things={"shipment": parcel}, data={"shipment.carrier": "acme"})
            for kind in ("shipped", "delivered")
        ]  # fmt: skip
        self.told += batch
        self.both("events.ingest", batch, self.now)

    @rule(told=of_a_name())
    def something_is_told_of_a_name(self, told: tuple[str, Any]) -> None:
        event = an_event(told[0], f"name {len(self.told)}", at=self.now, **told[1])
        self.events_arrive([(event, 0)])

    @rule(email=st.sampled_from(["C3@example.com", "nowhere", ""]), order=st.booleans())
    def a_customer_can_be_reached(self, email: str, *, order: bool) -> None:
        said: Any = {"order": "D1"} if order else {"order": None, "customer": "C3"}
        said["data"] = {"order.email" if order else "customer.email": email}
        kind = "order.changed" if order else "customer.updated"
        event = an_event(kind, f"reach {len(self.told)}", at=self.now, **said)
        self.events_arrive([(event, 0)])

    @rule(
        kind=st.sampled_from(["bounced", "soft_bounced", "full", ""]),
        order=st.sampled_from(["A1", None]),
    )
    def a_message_comes_back(self, kind: str, order: str | None) -> None:
        said: Any = {"at": self.now, "order": order, "customer": "C1"}
        if kind == "full":
            back = Bounce("c1@example.com", "soft", self.now, "452 4.2.2 full")
            self.both("addresses.came_back", back)
        elif kind:
            event = an_event(f"message.{kind}", f"back {len(self.told)}", **said)
            self.events_arrive([(event, 0)])
        else:
            self.both("addresses.revive", "c1@Example.com", self.now)
        self.both("addresses.bounces", "C1@example.com")

    @precondition(lambda self: self.memory.journeys)
    @rule(number=st.integers(0, 20))
    def a_journey_decides(self, number: int) -> None:
        journeys = sorted(self.memory.journeys)
        self.both("journeys.decide", journeys[number % len(journeys)], self.now, deciding(self.now))

    @rule(hours=st.sampled_from([0, 0.02, 1, 24, 49]))
    def everybody_decides(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        for journey in sorted(self.memory.journeys):
            self.both("journeys.decide", journey, self.now, deciding(self.now))

    @precondition(_has("wanted", "claimed"))
    @rule(number=st.integers(0, 20))
    def a_message_goes_its_way(self, number: int) -> None:
        effect = self.effect(number, "wanted", "claimed")
        assert effect is not None
        self.both("ledger.attempt", effect.key, "ann", self.now)
        if self.both("ledger.may_leave", effect.key, "ann", self.now):
            self.both("ledger.change", effect.key, "ann", SENT(), self.now)

    @precondition(lambda self: self.memory.effects)
    @rule(number=st.integers(0, 20), owner=st.sampled_from(OWNERS))
    def an_attempt_starts(self, number: int, owner: str) -> None:
        if effect := self.effect(
            number, "wanted", "claimed", "leaving", "held", "sent", "uncertain"
        ):
            self.both("ledger.attempt", effect.key, owner, self.now)

    @rule(
        order=st.sampled_from(["A1", "A2"]),
        stop=st.sampled_from([None, "return.requested", "order.cancelled"]),
    )
    def messages_wait_until_there_is_room(self, order: str, stop: str | None) -> None:
        for one in ("A1", "A2"):
            self.a_parcel_goes_its_way(one, 2)
        for hours in (0, 0.02):
            self.everybody_decides(hours)
            self.all_that_is_wanted_is_attempted("ann")
        if claimed := self.effect(0, "claimed"):
            self.both("ledger.may_leave", claimed.key, "ann", self.now)
            self.both("ledger.change", claimed.key, "ann", SENT(), self.now)
        for hours in (49, 0.02):
            self.everybody_decides(hours)
            self.all_that_is_wanted_is_attempted("ann")
        if stop:
            self.events_arrive([(an_event(stop, f"stop {len(self.told)}", order=order), 0)])

    @precondition(_has("claimed"))
    @rule(number=st.integers(0, 20), is_too_big=st.booleans())
    def a_message_in_a_digest_cannot_be_written(self, number: int, *, is_too_big: bool) -> None:
        effect = self.effect(number, "claimed")
        waits = Held(self.now + timedelta(minutes=1), Reason.DIGESTED)
        why = waits if is_too_big else Dropped(Reason.ERROR, "a template")
        if isinstance(effect, Message) and effect.carries:
            self.both(
                "ledger.leave_out",
                effect.key,
                effect.owner,
                effect.carries[-1],
                why,
                self.now,
            )

    @precondition(_has("wanted"))
    @rule(owner=st.sampled_from(OWNERS))
    def all_that_is_wanted_is_attempted(self, owner: str) -> None:
        for key in sorted(key for key, one in self.memory.effects.items() if one.state == "wanted"):
            self.both("ledger.attempt", key, owner, self.now)

    @precondition(_has("claimed"))
    @rule(number=st.integers(0, 20), mine=st.booleans())
    def the_last_question_is_asked(self, number: int, *, mine: bool) -> None:
        if effect := self.effect(number, "claimed"):
            self.both("ledger.may_leave", effect.key, effect.owner if mine else "zombie", self.now)

    @precondition(_has("held"))
    @rule(number=st.integers(0, 20))
    def a_message_releases_its_call(self, number: int) -> None:
        effect = self.effect(number, "held")
        if isinstance(effect, ActionCall) and effect.awaited_by:
            self.both("ledger.change", effect.key, None, RELEASED(), self.now)

    @precondition(_has("claimed"))
    @rule(failing=st.booleans())
    def all_calls_end(self, *, failing: bool) -> None:
        for effect in [
            one
            for one in self.memory.effects.values()
            if (one.kind, one.state) == ("call", "claimed")
        ]:
            end = FAILED("no such order") if failing else FINISHED({"name": "a hat", "count": 2})
            self.both("ledger.change", effect.key, effect.owner, end, self.now)

    @precondition(_has("leaving"))
    @rule(
        number=st.integers(0, 20),
        end=st.sampled_from(["sent", "uncertain", "back", "refused", "bounced", "zombie"]),
    )
    def data_ends(self, number: int, end: str) -> None:
        if not (effect := self.effect(number, "leaving")):
            return
        essential = is_essential(effect, self.memory.active)
        dead = Bounce("c1@example.com", "hard", self.now, "550 5.1.1 unknown")
        change = {
            "sent": SENT(),
            "zombie": SENT(),
            "back": BACK(),
            "uncertain": UNCERTAIN(essential=essential),
            "refused": REFUSED("550 5.1.1 unknown"),
            "bounced": REFUSED("550 5.1.1 unknown"),
        }[end]
        owner = "zombie" if end == "zombie" else effect.owner
        told = (dead,) if end == "bounced" else ()
        self.both("ledger.change", effect.key, owner, change, self.now, *told)

    @precondition(_has("claimed"))
    @rule(
        number=st.integers(0, 20), end=st.sampled_from(["finish", "fail", "drop", "misconfigured"])
    )
    def a_claim_ends(self, number: int, end: str) -> None:
        if not (effect := self.effect(number, "claimed")):
            return
        change = {
            "finish": FINISHED({"case": [1, "two"]}),
            "fail": FAILED("no such order"),
            "drop": DROPPED(Reason.ERROR, "a template"),
            "misconfigured": MISCONFIGURED(self.now + timedelta(hours=1), "550 not you"),
        }[end]
        self.both("ledger.change", effect.key, effect.owner, change, self.now)

    @precondition(_has("leaving"))
    @rule(number=st.integers(0, 20))
    def a_lease_runs_out(self, number: int) -> None:
        if effect := self.effect(number, "leaving"):
            self.memory.ledger.lapsed.add(effect.key)
            self.runner.run(_lapsed(self.pool, effect.key))
            self.both("ledger.attempt", effect.key, "the next", self.now)

    @precondition(_has("uncertain"))
    @rule(
        number=st.integers(0, 20), how=st.sampled_from(["delivered", "not delivered", "late reply"])
    )
    def the_unknown_is_settled(self, number: int, how: str) -> None:
        if not (effect := self.effect(number, "uncertain")):
            return
        change = {
            "late reply": SENT(),
            "delivered": DELIVERED(),
            "not delivered": NOT_DELIVERED(),
        }[how]
        self.both("ledger.change", effect.key, effect.owner, change, self.now)

    @rule(number=st.integers(0, 20))
    def what_failed_is_tried_again(self, number: int) -> None:
        if effect := self.effect(number, "dropped", "refused", "failed", "held"):
            self.both("ledger.change", effect.key, None, RETRIED(), self.now)

    @precondition(lambda self: len(self.told) % 3 == 0)
    @rule(ruleset=st.sampled_from(REVISIONS))
    def rules_are_published(self, ruleset: Any) -> None:
        self.both("rulesets.publish", ruleset, "me", "a change of mind", self.now)

    @invariant()
    def both_hold_the_same_rows(self) -> None:
        if not hasattr(self, "memory"):
            return
        ours, theirs = (
            tables_of_memory(self.memory),
            self.runner.run(tables_of_postgres(self.postgres)),
        )
        for table, rows in ours.items():
            assert theirs[table] == rows, table


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


def test_both_stores_hold_the_same_rows(
    runner: asyncio.Runner, create_database: CreateDatabase, migrated: str
) -> None:
    Contract.runner, Contract.pool = runner, runner.run(_opened(create_database, migrated))
    try:
        run_state_machine_as_test(
            Contract,
            settings=settings(
                max_examples=30,
                stateful_step_count=25,
                deadline=None,
                database=None,
                # What fails is shown as it was found: each attempt to make it smaller costs a
                # second.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        runner.run(Contract.pool.close())


async def _opened(create_database: CreateDatabase, migrated: str) -> Pool:
    return await open_pool(await create_database(migrated), 2)


async def _lapsed(pool: Pool, key: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "update effects set data_until_db = now() - interval '1 second' where key = %s", (key,)
        )


async def _awaited(answer: Awaitable[Any]) -> Any:
    return await answer


def _answer(command: Callable[[], Any]) -> Any:
    try:
        return command()
    except InvalidEvent as invalid:
        return str(invalid)


def _comparable(answer: Any) -> Any:
    if not hasattr(answer, "question"):
        return answer
    return answer.verdict, _asked(answer.question) if answer.question else None


def _asked(question: Question) -> Any:
    """What a question rests on, without what only one of the stores needs to know."""
    rivals = [(one.effect.key, one.subjects, one.resolved.revision) for one in question.rivals]
    sent = sorted((one.category, str(one.at)) for one in question.sent)
    silences = {silence.key for silence in question.silences}
    carried = [(one.effect, one.subjects, one.resolved.revision) for one in question.carried]
    about = question.effect, question.ruleset.revision, question.subjects, question.history
    return (*about, silences, sent, rivals, carried)
