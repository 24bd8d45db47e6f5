"""A revision keeps a team's own names with other things than the one before: in both stores what
was said before is found there, and nothing fires by it.
"""

from datetime import datetime
from typing import Any

import pytest
from psycopg.errors import QueryCanceled

from engine.facts.state import State
from engine.facts.things import happened, value_of
from engine.language.reader import read_ruleset
from store.postgres import refold as refolding
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import transaction
from store.postgres.store import PostgresStore
from store.records.activations import Activation
from tests.store.probing import asked, told
from tests.store.shop import FILES, NAMING, NOON, later
from tests.store.tables import emptied
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
ORDER, CUSTOMER = "order:a shop%2F1/A1", "customer:a shop%2F1/C1"
GREETS = """
  - {id: greets, when: setup.started, do: [{send: hello, category: delivery}]}
"""
ASKS = """
  - id: asks
    when: 2 days after order.placed
    if: setup.product = "lamp"
    do: [{send: offer, category: delivery}]
"""
WELCOMES = """
  - {id: welcomes, when: loyalty.joined, do: [{send: hello, category: delivery}]}
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
"""
CATALOG = "version: 1\nevents:\n  setup.started: {{about: {}, facts: {{setup.product: text}}}}\n"


class Shop(Twins):
    """Both stores, under rules of which the catalog may change."""

    def under(self, about: str | None, *, rules: str = "", facts: str = "") -> None:
        """The catalog keeps what `setup.started` says with this kind of thing; None knows no such
        event.
        """
        catalog = CATALOG.format(about) if about else "version: 1\n"
        files = {
            **FILES,
            "journeys/a.yaml": f"version: 1\nrules:\n{(GREETS if about else WELCOMES) + rules}",
            "policies.yaml": POLICIES,
            "catalog.yaml": catalog + facts,
        }
        self.ruleset = read_ruleset(files)

    async def publish(self, about: str | None, at: datetime, **more: str) -> None:
        self.under(about, **more)
        ours = self.memory.publish(self.ruleset, now=at)
        assert await self.postgres.rulesets.publish(self.ruleset, "tests", "", at) == ours
        await self.check()

    def known(self, subject: str = ORDER) -> State:
        return self.memory.log.subjects[subject].facts

    def read(self, subject: str = ORDER) -> State:
        """What the subject's journey knows."""
        return self.memory.journeys[NAMING.journey(subject)].facts


async def a_shop(store: PostgresStore, about: str = "order", rules: str = "") -> Shop:
    """One that has an order of Ana's, whose setup has started."""
    await emptied(store.pool)
    shop = Shop(store, WELCOMES, POLICIES)
    shop.under(about, rules=rules)
    shop.memory = type(shop.memory)(shop.ruleset, NAMING)
    await shop.begin()
    return shop


async def set_up(shop: Shop, at: datetime = NOON, **more: Any) -> None:
    data = {"order": {"id": "A1"}, "customer": ANA, "setup": {"product": "lamp"}, **more}
    assert await shop.tell("setup.started", at, **data) == "accepted"


@pytest.mark.parametrize("into", ["return", "review", "customer", "subscription"])
async def test_what_was_said_before_is_found_with_its_new_thing(
    store: PostgresStore, into: str
) -> None:
    shop = await a_shop(store)
    named: dict[str, Any] = {} if into == "customer" else {into: {"id": "T1"}}
    await set_up(shop, **named)
    assert value_of(shop.known(), "order", None, "setup.product") == "lamp"

    await shop.publish(into, later(hours=1))

    of = ORDER if into in ("return", "review") else CUSTOMER
    thing = None if into == "customer" else "T1"
    assert value_of(shop.known(), "order", None, "setup.product") is None
    assert value_of(shop.known(of), into, thing, "setup.product") == "lamp"
    assert happened(shop.known(of), into, thing, "setup.started") == (NOON, NOON)
    if of == ORDER:
        assert value_of(shop.read(), into, thing, "setup.product") == "lamp"


async def test_a_refold_fires_nothing_and_what_waits_reads_by_it(store: PostgresStore) -> None:
    shop = await a_shop(store, "customer", ASKS)
    await shop.tell("order.placed", order={"id": "A1"}, customer=ANA)
    await set_up(shop)
    assert shop.sent() == ["hello"]

    await shop.publish("order", later(hours=1), rules=ASKS)
    await shop.pass_time(later(hours=2))
    assert shop.sent() == ["hello"]
    await shop.pass_time(later(days=2))
    assert shop.sent() == ["hello", "offer"]


async def test_names_that_were_gone_for_a_while_come_back(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await set_up(shop, review={"id": "V1"})
    await shop.publish(None, later(hours=1))
    assert value_of(shop.known(), "order", None, "setup.product") == "lamp"

    await shop.publish("review", later(hours=2))

    assert value_of(shop.known(), "review", "V1", "setup.product") == "lamp"


async def test_a_rollback_puts_everything_back(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await set_up(shop, review={"id": "V1"})
    first, before = shop.ruleset, shop.known()
    await shop.publish("review", later(hours=1))

    shop.memory.publish(first)
    back = Activation(first.revision, "ann", "back", later(hours=2), is_rollback=True)
    await store.rulesets.activate(back)

    await shop.check()
    assert shop.known() == before


async def test_an_event_that_no_revision_knows_any_more_stops_nobody(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await shop.tell("setup.started", setup={"product": "lamp"}, order={"id": "A1"})
    await shop.publish(None, later(hours=1))

    assert await shop.tell("order.placed", order={"id": "A1"}, customer=ANA) == "accepted"
    assert shop.memory.quarantine == []


async def test_whoever_is_merged_or_handed_an_order_has_it_at_its_new_place(
    store: PostgresStore,
) -> None:
    shop = await a_shop(store, "order")
    await set_up(shop)
    await set_up(shop, later(minutes=1), order={"id": "A2"}, customer={"id": "C2"})
    await shop.tell("order.placed", later(minutes=2), order={"id": "A1"}, customer={"id": "C3"})
    await shop.tell("customer.merged", later(minutes=3), customer={"id": "C3", "merged_from": "C2"})

    await shop.publish("customer", later(hours=1))

    assert value_of(shop.known(CUSTOMER.replace("C1", "C3")), "customer", None, "setup.product")
    assert value_of(shop.known(), "customer", None, "setup.product") is None
    await set_up(shop, later(hours=2), customer={"id": "C3"})


async def test_an_erased_customer_says_nothing_more(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await set_up(shop)
    await store.customers.erase(CUSTOMER, later(minutes=5))

    shop.under("customer")
    await store.rulesets.publish(shop.ruleset, "tests", "", later(hours=1))

    rows = await asked(store, "select facts::text from subjects")
    assert rows
    assert not [facts for (facts,) in rows if "lamp" in facts]


async def test_erasing_whoever_an_event_names_that_no_revision_knows(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await set_up(shop)
    shop.under(None)
    await store.rulesets.publish(shop.ruleset, "tests", "", later(hours=1))

    assert (await store.customers.erase(CUSTOMER, later(hours=2))).events == 1


async def test_it_goes_page_by_page_and_the_sweep_goes_on(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refolding, "PAGE", 2)
    shop = await a_shop(store)
    for number in range(5):
        await set_up(shop, order={"id": f"A{number}"}, review={"id": "V1"})
    async with transaction(store.pool) as other:
        await other.rows("select from subjects where id like '%A3' for update")
        shop.under("review")
        await store.rulesets.publish(shop.ruleset, "tests", "", later(hours=1))
        assert not await store.rulesets.spread()
    ((reached,),) = await asked(
        store, "select refolded from activations where refolded is not null"
    )
    assert "" < reached < "order:a shop%2F1/A3"

    await store.nudges.sweep()

    shop.memory.publish(shop.ruleset)
    await shop.check()
    assert await asked(store, "select 1 from activations where refolded is not null") == []


async def test_a_page_that_takes_too_long_is_made_smaller(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await a_shop(store)
    for number in range(5):
        await set_up(shop, order={"id": f"A{number}"}, review={"id": "V1"})
    sizes, whole = list[int](), refolding.refold

    async def slow(pool: Pool, rulesets: RulesetCache, size: int, *, passes_over: bool) -> bool:
        sizes.append(size)
        if size > 2:
            raise QueryCanceled
        return await whole(pool, rulesets, size, passes_over=passes_over)

    monkeypatch.setattr(refolding, "PAGE", 8)
    monkeypatch.setattr(refolding, "refold", slow)
    await shop.publish("review", later(hours=1))

    assert sizes[:5] == [8, 4, 2, 4, 2], "pages grow again"
    assert await store.rulesets.spread()


async def test_a_subject_whose_past_takes_too_long_stays_as_it_is_and_holds_up_no_other(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await a_shop(store)
    for number in range(3):
        await set_up(shop, order={"id": f"A{number}"}, review={"id": "V1"})
    tries, whole = list[bool](), refolding.refold

    async def slow(pool: Pool, rulesets: RulesetCache, size: int, *, passes_over: bool) -> bool:
        tries.append(passes_over)
        if len(tries) == 2:
            raise QueryCanceled
        return await whole(pool, rulesets, size, passes_over=passes_over)

    monkeypatch.setattr(refolding, "PAGE", 1)
    monkeypatch.setattr(refolding, "refold", slow)
    shop.under("review")
    await store.rulesets.publish(shop.ruleset, "tests", "", later(hours=1))

    assert tries[:4] == [False, False, True, False]
    assert await asked(store, "select 1 from activations where refolded is not null") == []
    rows = await asked(
        store,
        "select facts #>> '{things,review,V1,facts,setup.product,0}' from subjects"
        " where id like 'order:%%' order by id",
    )
    assert rows == [(None,), ("lamp",), ("lamp",)]


async def test_facts_that_nobody_can_read_hold_up_no_other(store: PostgresStore) -> None:
    shop = await a_shop(store)
    for number in range(4):
        await set_up(shop, order={"id": f"A{number}"}, review={"id": "V1"})
    await told(store, "update events set body = body - 'id' where order_subject like '%%A3'")
    await told(store, """update subjects set facts = '{"things": 7}' where id like '%%A1'""")

    shop.under("review")
    await store.rulesets.publish(shop.ruleset, "tests", "", later(hours=1))

    rows = await asked(
        store,
        "select facts #>> '{things,review,V1,facts,setup.product,0}' from subjects"
        " where id like 'order:%%' order by id",
    )
    assert rows == [("lamp",), (None,), ("lamp",), (None,)]
    assert await store.rulesets.spread()


async def test_new_facts_texts_and_rules_fold_nothing_anew(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await set_up(shop)

    await shop.publish("order", later(hours=1), facts="facts:\n  order.gift: boolean\n")

    assert await asked(store, "select refolds, refolded from activations") == [([], None)] * 2
