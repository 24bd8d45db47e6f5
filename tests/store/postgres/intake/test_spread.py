"""A revision with something new to wait for reaches those of whom nothing is heard."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.backtests.wait_changes import Planner
from engine.decisions.decide import decide
from engine.decisions.decision import Outcome, Situation
from engine.decisions.reach import kinds_concerned
from engine.facts.events import Event
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset, Rulesets
from store.postgres.intake import spread as spreading
from store.postgres.sessions.pool import open_pool
from store.postgres.sessions.transactions import transaction
from store.postgres.store import PostgresStore
from store.records.activations import Activation
from tests.store.probing import asked, shipped, told
from tests.store.shop import FILES, NAMING, NOON, an_event, deciding, later, placed

WEEKLY = (
    '  - {id: weekly, when: "every week on tuesday at 10:00", do: [{send: hello, category: '
    "sales}]}\n"
)
DATED = (
    "  - {id: dated, when: 2 days after order.promised_on, do: [{send: hello, category: "
    "delivery}]}\n"
)
ENDING = (
    "  - {id: ending, when: 1 day before loyalty.tier_ends_at, do: [{send: hello, category: "
    "sales}]}\n"
)
OTHER = (
    "  - {id: new, when: order.changed, once_per: event, do: [{send: hello, category: delivery}]}\n"
)
STOPPED = ENDING.replace(", do", ", stop_if: loyalty.joined, do")
CUSTOMER, ORDER = NAMING.journey("customer:a shop%2F1/C1"), "order:a shop%2F1/A1"


def with_rules(*added: str) -> Ruleset:
    return read_ruleset(
        {**FILES, "journeys/b.yaml": "version: 1\nrules:\n" + "".join(added)} if added else FILES
    )


def promised(order: str = "A1") -> Event:
    data = {"order.promised_on": "2026-03-10"}
    return an_event("order.confirmed", f"promised {order}", order=order, customer="C1", data=data)


def tier_ends() -> Event:
    data = {"loyalty.tier_ends_at": "2026-03-20"}
    return an_event("loyalty.balance_changed", "ends", order=None, customer="C1", data=data)


async def nudged(store: PostgresStore) -> list[str]:
    return [row[0] for row in await asked(store, "select journey from nudges order by journey")]


async def waits(store: PostgresStore, journey: str, **later_by: float) -> list[tuple[str, object]]:
    """What a journey waits for once it has decided."""
    at = later(**later_by)
    await store.journeys.decide(journey, at, deciding(at))
    return await asked(
        store, "select rule_id, due_at from waits where journey = %s order by rule_id", journey
    )


@pytest.fixture
async def quiet(store: PostgresStore) -> PostgresStore:
    """A shop with a customer and an order of whom no rule has heard anything."""
    await store.events.ingest([placed(), promised(), tier_ends()], NOON)
    assert await nudged(store) == []
    return store


@pytest.mark.parametrize("rule", [WEEKLY, DATED, ENDING])
async def test_a_plan_foresees_whom_a_revision_will_let_wait(
    quiet: PostgresStore, rule: str
) -> None:
    new = with_rules(rule)
    kinds = kinds_concerned(await quiet.rulesets.active(), new)
    planner = Planner(new, NAMING, NOON)
    foreseen = [
        one.firing
        async for asked in quiet.journeys.concerned(kinds)
        if asked is not None
        for one in planner.added(*asked)
    ]
    assert await nudged(quiet) == []

    await quiet.rulesets.publish(new, "tests", "", NOON)

    assert len(foreseen) == 1
    assert await waits(quiet, foreseen[0].journey) == [(foreseen[0].rule_id, foreseen[0].due_at)]


async def test_a_new_schedule_reaches_every_customer(quiet: PostgresStore) -> None:
    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)

    assert await nudged(quiet) == [CUSTOMER]
    assert await waits(quiet, CUSTOMER) == [("weekly", NOON + timedelta(hours=21))]
    assert await nudged(quiet) == []


async def test_an_order_whose_facts_nobody_can_read_holds_up_no_other(
    quiet: PostgresStore,
) -> None:
    await quiet.events.ingest([placed("A0"), promised("A0"), placed("A2"), promised("A2")], NOON)
    await told(
        quiet,
        """update subjects set facts = '{"shipment": [1], "order.cancelled": {"at": 7}}'
        where id like 'order:%%/A0' or id like 'order:%%/A1'""",
    )

    await quiet.rulesets.publish(with_rules(DATED), "ann", "", NOON)

    assert await quiet.rulesets.spread()
    assert await nudged(quiet) == [f"order:a shop%2F1/A{number}" for number in range(3)]


async def test_a_rollback_reaches_them_too(quiet: PostgresStore) -> None:
    weekly = with_rules(WEEKLY)
    await quiet.rulesets.publish(weekly, "ann", "weekly", NOON)
    await quiet.rulesets.publish(with_rules(), "ann", "no more", NOON)
    await told(quiet, "delete from nudges")

    assert await quiet.rulesets.activate(Activation(weekly.revision, "ann", "back", NOON))
    assert await nudged(quiet) == [CUSTOMER]


@pytest.mark.parametrize("old", [(), (WEEKLY,), (WEEKLY, DATED)])
async def test_what_was_there_before_reaches_nobody_again(
    quiet: PostgresStore, old: tuple[str, ...]
) -> None:
    await quiet.rulesets.publish(with_rules(*old), "ann", "first", NOON)
    await told(quiet, "delete from nudges")

    await quiet.rulesets.publish(with_rules(*old, OTHER), "ann", "second", NOON)
    assert await nudged(quiet) == []


async def test_a_new_rule_about_a_date_waits_for_the_dates_that_are_known(
    quiet: PostgresStore,
) -> None:
    await quiet.rulesets.publish(with_rules(DATED, ENDING), "ann", "dates", NOON)

    assert await nudged(quiet) == [CUSTOMER, ORDER]
    assert [rule for rule, _ in await waits(quiet, ORDER)] == ["dated"]
    assert [rule for rule, _ in await waits(quiet, CUSTOMER)] == ["ending"]


async def test_a_journey_that_has_read_everything_waits_for_a_newly_named_date(
    quiet: PostgresStore,
) -> None:
    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    assert [rule for rule, _ in await waits(quiet, CUSTOMER)] == ["weekly"]
    await quiet.rulesets.publish(with_rules(WEEKLY, ENDING), "ann", "dates", later(hours=1))

    assert [rule for rule, _ in await waits(quiet, CUSTOMER, hours=1)] == ["ending", "weekly"]
    assert [rule for rule, _ in await waits(quiet, CUSTOMER, hours=2)] == ["ending", "weekly"]


async def test_a_date_whose_moment_is_past_is_not_waited_for(quiet: PostgresStore) -> None:
    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    await waits(quiet, CUSTOMER)
    await quiet.rulesets.publish(with_rules(WEEKLY, ENDING), "ann", "dates", later(days=18))

    assert [rule for rule, _ in await waits(quiet, CUSTOMER, days=18)] == ["weekly"]


async def test_what_has_stopped_a_new_rule_since_the_date_was_set_stops_it(
    quiet: PostgresStore,
) -> None:
    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    await waits(quiet, CUSTOMER)
    await quiet.events.ingest(
        [an_event("loyalty.joined", order=None, customer="C1", at=later(hours=1))], later(hours=1)
    )
    await quiet.rulesets.publish(with_rules(STOPPED), "ann", "dates", later(hours=2))

    await waits(quiet, CUSTOMER, hours=2)
    await waits(quiet, CUSTOMER, days=18)
    reasons = await asked(quiet, "select reason from decisions where rule_id = 'ending'")
    assert reasons == [("stopped_by",)]


async def test_an_order_that_is_over_is_left_alone(quiet: PostgresStore) -> None:
    over = an_event("order.cancelled", "over", order="A2", customer="C1")
    await quiet.events.ingest([placed("A2"), promised("A2"), over], NOON)
    await quiet.journeys.decide("order:a shop%2F1/A2", NOON, deciding(NOON))
    await told(quiet, "update journeys set ended = true")

    await quiet.rulesets.publish(with_rules(DATED), "ann", "dates", NOON)
    assert await nudged(quiet) == [ORDER]


async def test_everybody_is_reached_page_by_page(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "PAGE", 2)
    people = [an_event("customer.created", n, order=None, customer=f"C{n}") for n in range(7)]
    await store.events.ingest(people, NOON)

    await store.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    assert len(await nudged(store)) == 7


async def test_the_sweep_goes_on_where_a_publisher_has_died(quiet: PostgresStore) -> None:
    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    await told(quiet, "delete from nudges")
    await told(quiet, "update activations set kinds = '{customer}' where number = 2")

    await quiet.nudges.sweep()
    assert await nudged(quiet) == [CUSTOMER]


async def test_what_stands_in_the_way_of_the_word_does_not_undo_the_publishing(
    quiet: PostgresStore,
) -> None:
    async with transaction(quiet.pool) as other:
        await other.rows("select from subjects where id like 'customer:%' for update")
        assert await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
        assert not await quiet.rulesets.spread()

    assert (await quiet.rulesets.active()).revision == with_rules(WEEKLY).revision
    assert await nudged(quiet) == []
    await quiet.nudges.sweep()
    assert await nudged(quiet) == [CUSTOMER]
    assert await quiet.rulesets.spread()


async def test_a_decision_that_read_the_old_rules_does_not_take_the_word_away(
    quiet: PostgresStore, database: str
) -> None:
    await quiet.events.ingest([shipped()], NOON)

    async def publish() -> None:
        pool = await open_pool(database, 1)
        await PostgresStore(pool, NAMING).rulesets.publish(with_rules(DATED), "ann", "dates", NOON)
        await pool.close()

    def meanwhile(rulesets: Rulesets, situation: Situation) -> Outcome:
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(asyncio.run, publish()).result()
        return decide(rulesets, situation, NAMING, NOON)

    await quiet.journeys.decide(ORDER, NOON, meanwhile)
    assert await nudged(quiet) == [ORDER]
    assert [rule for rule, _ in await waits(quiet, ORDER)] == ["dated"]
    assert await nudged(quiet) == []


async def test_an_erased_customer_is_left_alone(quiet: PostgresStore) -> None:
    await told(quiet, "update subjects set erased_at = now() where id like %s", "customer:%")

    await quiet.rulesets.publish(with_rules(WEEKLY), "ann", "weekly", NOON)
    assert await nudged(quiet) == []


async def test_a_parcel_that_is_shipped_meanwhile_loses_nothing(quiet: PostgresStore) -> None:
    await quiet.events.ingest([shipped()], NOON)
    await quiet.rulesets.publish(with_rules(WEEKLY, DATED), "ann", "both", NOON)

    assert [rule for rule, _ in await waits(quiet, ORDER)] == ["dated"]
    assert [one.name for one in await quiet.inquiries.effects()] == ["hello"]
