"""Thousands of waits of a journey that are due at once are decided in portions, each one soon."""

from collections import Counter

from engine.language.reader import read_ruleset
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, asked, told
from tests.store.shop import FILES, NAMING, NOON, an_event, deciding, later

_RULES = """
version: 1
rules:
  - id: arrives
    when: 1 day after shipment.shipped
    if: order.parcels > 1 and order.days_late = 0
    do: [{send: hello, category: delivery}]
"""
# Every parcel of these is a copy of the first.
_MORE_PARCELS = """
update {table} set facts = jsonb_set(facts, '{{things,shipment}}', (
    select jsonb_object_agg('P' || n, facts #> '{{things,shipment,P0}}')
    from generate_series(0, %s) n))
where {key} = %s
"""
_MORE_WAITS = """
insert into waits (journey, rule_id, occurrence, line, due_at, firing)
select journey, rule_id, replace(occurrence, 'P0', 'P' || n), line, due_at,
    replace(firing::text, 'P0', 'P' || n)::jsonb
from waits, generate_series(1, %s) n
"""
TOMORROW = later(days=1)


async def parcels_due(store: PostgresStore, number: int) -> None:
    """An order with so many parcels, for each of which a rule waits until tomorrow."""
    files = {**FILES, "journeys/a.yaml": _RULES}
    await store.rulesets.publish(read_ruleset(files), "tests", "of this test", NOON)
    first = an_event("shipment.shipped", "first", things={"shipment": "P0"})
    told_of = {"customer.email": "C1@example.com", "order.promised_on": "2030-01-01"}
    promised = an_event("order.placed", "promised", customer="C1", data=told_of)
    await store.events.ingest([promised, first], NOON)
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    for table, key in (("subjects", "id"), ("journeys", "journey")):
        await told(store, _MORE_PARCELS.format(table=table, key=key), number - 1, JOURNEY)
    await told(store, _MORE_WAITS, number - 1)
    assert await asked(store, "select count(*) from waits") == [(number,)]


async def test_all_portions_together_say_everything_once(store: PostgresStore) -> None:
    await parcels_due(store, 250)
    portions = []
    while True:
        before = await asked(store, "select count(*) from waits")
        work = await store.journeys.decide(JOURNEY, TOMORROW, deciding(TOMORROW, NAMING))
        ((left,),) = await asked(store, "select count(*) from waits")
        portions.append(before[0][0] - left)
        if not left:
            break
        assert work.wake_at == TOMORROW, "the rest is asked at once"

    assert sum(portions) == 250
    assert max(portions) <= 200
    answers = Counter(one.occurrence for one in await store.inquiries.decisions("arrives", "A1"))
    assert (len(answers), set(answers.values())) == (250, {1})
