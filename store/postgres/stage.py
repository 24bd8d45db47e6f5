"""The stage of a test on PostgreSQL: told what nobody reported as an event, and asked what has
happened since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import Decision
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.facts.contacts.readers import moved
from engine.facts.intake import customer_subject
from engine.facts.naming import own_id, shop_of, subject_id
from engine.facts.state import State, customer_of
from engine.facts.subjects import Suppression
from engine.facts.things import ids_of
from engine.facts.views.inquiry import Inquiry, Standing
from engine.sending.question import Question
from store.postgres.inquiries.listings import decision_of
from store.postgres.intake.addresses import hold
from store.postgres.journeys.effect_rows import effect_of, silence_of
from store.postgres.journeys.outcomes import add_effect
from store.postgres.journeys.questions import AskedEffect, load_question
from store.postgres.sessions.transactions import transaction
from store.postgres.store import PostgresStore

# Every state an effect ever had, in the order in which it had them; the ledger itself keeps only
# the last.
WATCH = """
create table past_effects (pos bigint generated always as identity, effect json not null);
create function keep_effect() returns trigger language plpgsql as $$
begin
    insert into past_effects (effect) values (to_json(new));
    return null;
end $$;
create trigger keep_effect after insert or update of state on effects
for each row execute function keep_effect();
"""
_STATE = "insert into subjects (id, facts, customer) values (%(subject)s, %(facts)s, %(customer)s)"
_SEEN = "insert into journeys (journey, subject, facts) values (%(journey)s, %(subject)s, %(seen)s)"
_FORGET_NUDGES = "delete from nudges"
_NUDGE = "insert into nudges (journey, seq) select unnest(%s::text[]), 0"
_PAST = "select pos, effect from past_effects where pos > %s order by pos"
_DECISIONS = "select id, to_json(d) from decisions d where id > %s order by id"
_SILENCES = "select to_json(s) from suppressions s order by starts_at, key"
_WAITS = "select firing from waits order by due_at, rule_id"
_ORDERS = "select id, facts from subjects where id like %s order by id"


@dataclass(frozen=True, slots=True)
class News:
    """What has happened since the last time: every state of an effect, every decision; silences are
    all there are.
    """

    effects: tuple[Effect, ...]
    decisions: tuple[Decision, ...]
    silences: tuple[Suppression, ...]


class LiveStage:
    """A database made with `WATCH` beside the tables of the store."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._heard = self._past = 0

    async def state(self, subject: str, facts: State, seen: State) -> str:
        """What is known of an order or a customer from the start, and what of it its journey, whose
        id this is, saw.
        """
        journey = self._store.naming.journey(subject)
        owner = (
            customer_subject(shop_of(subject), customer_of(facts))
            if subject.startswith("order:")
            else None
        )
        row = {
            "subject": subject,
            "facts": Jsonb(facts),
            "customer": owner,
            "journey": journey,
            "seen": Jsonb(seen),
        }
        async with transaction(self._store.pool) as connection:
            await connection.execute(_STATE, row)
            await connection.execute(_SEEN, row)
            if owner is None and subject.startswith("customer:"):
                shop, held = shop_of(subject), moved(None, facts)
                await hold(connection, {(shop, one, subject): None for one in held})
        return journey

    async def note(self, effect: Effect) -> None:
        """A row of the ledger as it stands."""
        async with self._store.pool.connection() as connection:
            await add_effect(connection, effect, effect.customer or "")

    async def nudge(self, journeys: Iterable[str]) -> None:
        """These journeys have to look, and no others."""
        async with transaction(self._store.pool) as connection:
            await connection.execute(_FORGET_NUDGES)
            await connection.execute(_NUDGE, (list(journeys),))

    async def news(self) -> News:
        """What has happened since the last time this was asked."""
        past, decided = (
            await self._rows(_PAST, (self._past,)),
            await self._rows(_DECISIONS, (self._heard,)),
        )
        self._past = past[-1][0] if past else self._past
        self._heard = decided[-1][0] if decided else self._heard
        return News(
            effects=tuple(effect_of(row[1]) for row in past),
            decisions=tuple(decision_of(row[1]) for row in decided),
            silences=tuple(silence_of(row[0]) for row in await self._rows(_SILENCES, None)),
        )

    async def waits(self) -> list[Firing]:
        """What waits now."""
        return [Firing.from_json(row[0]) for row in await self._rows(_WAITS, None)]

    async def question(self, key: str, now: datetime) -> Question:
        """One effect and everything its attempt may look at at this moment."""
        async with transaction(self._store.pool) as connection:
            asked = AskedEffect(key, now, self._store.channels)
            found = await load_question(connection, self._store.compiled, asked, alone=False)
        return found.question

    async def standing(
        self, shop: str, order: str | None, customer: str, now: datetime
    ) -> Standing | None:
        """What is known of an order and its customer, or of a customer alone, at a moment."""
        inquiry = (
            Inquiry("order", order, None, shop)
            if order
            else Inquiry("customer", customer, None, shop)
        )
        return next(iter(await self._store.inquiries.standings(inquiry, now)), None)

    async def order_with(self, shop: str, kind: str, thing: str) -> str | None:
        """The id of the order that a parcel, return or review belongs to, told or stated."""
        orders = await self._rows(_ORDERS, (subject_id("order", shop, "") + "%",))
        return next(
            (own_id(subject) for subject, facts in orders if thing in ids_of(facts, kind)), None
        )

    async def _rows(self, query: Any, asked: Any) -> list[tuple[Any, ...]]:
        async with self._store.pool.connection() as connection:
            return await connection.rows(query, asked)
