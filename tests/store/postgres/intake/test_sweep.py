"""The sweep finds whatever was forgotten, however much it is, and no failure stops the rest."""

from datetime import timedelta

import pytest
from psycopg import AsyncConnection
from structlog.testing import capture_logs

from store.postgres.intake.sweep import LOOKS, NUDGE_FOUND, PAGE
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, shipped, somebody_decides, told
from tests.store.shop import NOON, deciding, placed


async def overdue(store: PostgresStore, number: int, at: str) -> None:
    """So many journeys that should have woken at a moment, an expression of SQL over `n`."""
    await told(
        store,
        "insert into journeys (journey, subject, facts, wake_at)"
        f" select 'order:b/' || n, 'order:b/' || n, '{{}}', {at} from generate_series(1, %s) n",
        number,
    )


async def swept(store: PostgresStore) -> tuple[int, int]:
    found = await store.nudges.sweep()
    return found.nudged, found.failed


async def test_the_sweep_finds_what_was_forgotten(store: PostgresStore) -> None:
    key = await a_message(store)
    assert await swept(store) == (0, 0)

    await told(store, "update effects set touched_db = now() - interval '3 minutes'")
    assert await swept(store) == (1, 0)
    assert await swept(store) == (0, 0), "it is nudged already"
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    await store.ledger.attempt(key, "me", NOON)
    await told(store, "update journeys set wake_at = now() - interval '2 minutes'")
    assert await swept(store) == (1, 0)


async def test_the_sweep_finds_a_message_whose_moment_nobody_is_awake_for(
    store: PostgresStore,
) -> None:
    await a_message(store)
    await told(
        store,
        "update effects set state = 'held', held_until = now() - interval '2 minutes',"
        " touched_db = now() - interval '3 minutes'",
    )
    await told(store, "update journeys set wake_at = null")

    assert await swept(store) == (1, 0)


async def test_the_sweep_finds_news_whose_nudge_was_lost(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "delete from nudges")
    assert await swept(store) == (0, 0), "a decision may be under way"

    await told(store, "update journeys set touched_db = now() - interval '2 minutes'")

    assert await swept(store) == (1, 0)


@pytest.mark.parametrize("at", ["now() - interval '2 hours'", "now() - n * interval '2 minutes'"])
async def test_all_that_is_overdue_is_nudged_page_by_page(store: PostgresStore, at: str) -> None:
    number = 2 * PAGE + 500
    await overdue(store, number, at)

    assert await swept(store) == (number, 0)
    assert await swept(store) == (0, 0)
    assert await asked(store, "select count(*) from nudges") == [(number,)]


async def test_a_page_that_fails_is_counted_and_stops_no_other(
    store: PostgresStore, witness: AsyncConnection
) -> None:
    await overdue(store, 2 * PAGE + 500, "now() - n * interval '2 minutes'")
    async with witness.transaction():  # the sweep waits for this one, and gives up
        await witness.execute("insert into nudges (journey, seq) values ('order:b/4400', 0)")
        assert await swept(store) == (PAGE + 500, 1)

    assert await swept(store) == (PAGE - 1, 0)


async def test_the_sweep_gives_up_on_a_journey_that_never_decides(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    await store.nudges.sweep()
    assert await store.quarantine.entries() == [], "nobody decides"

    await somebody_decides(store)
    assert await store.nudges.take() == []
    await store.nudges.sweep()

    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY]


async def test_what_was_nudged_in_vain_is_nudged_again_once_somebody_decides_after_a_pause(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await somebody_decides(store)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    await store.nudges.sweep()
    await somebody_decides(store)
    await store.nudges.sweep()
    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY], "others decided"

    await told(store, "update quarantine set since_db = now() - interval '2 minutes'")
    await told(
        store,
        "update deciding set last_db = now() - interval '90 seconds',"
        " resumed_db = now() - interval '1 hour'",
    )
    await store.nudges.sweep()
    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY], "nobody decides yet"
    await told(store, "update journeys set touched_db = now()")
    await store.journeys.decide("order:a shop%2F1/Other", NOON, deciding(NOON))
    await store.nudges.sweep()

    assert await store.quarantine.entries() == []
    assert await store.nudges.take() == [(JOURNEY, "order")]
    assert await asked(store, "select tries from nudges") == [(18,)]


async def test_a_nudge_that_was_refused_waits_for_a_person(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await store.nudges.refused(JOURNEY, "never")
    await told(store, "update quarantine set since_db = now() - interval '2 minutes'")
    await somebody_decides(store)
    await store.nudges.sweep()

    assert [one.error for one in await store.quarantine.entries()] == ["never"]


async def test_instants_of_a_clock_that_was_a_day_ahead_are_mended(store: PostgresStore) -> None:
    key = await a_message(store)
    await store.ledger.attempt(key, "me", NOON)
    assert await store.ledger.may_leave(key, "me", NOON)
    await store.events.ingest([placed("A2"), shipped("A2")], NOON)
    await told(
        store,
        "update effects set touched_db = now() + interval '1 day',"
        " data_until_db = data_until_db + interval '1 day'",
    )
    await told(store, "update nudges set not_before_db = now() + interval '1 day'")
    await told(store, "update deciding set last_db = now() + interval '1 day'")
    assert await store.nudges.take() == []

    assert await swept(store) == (0, 0)

    assert await store.nudges.take() == [("order:a shop%2F1/A2", "order")]
    ((touched, until),) = await asked(
        store, "select now() - touched_db, data_until_db - now() from effects where state = 'data'"
    )
    assert touched < timedelta(seconds=10)
    assert until < timedelta(seconds=store.ledger.lease + 1)
    await somebody_decides(store)
    ((noted,),) = await asked(store, "select now() - last_db from deciding")
    assert abs(noted) < timedelta(seconds=10)


@pytest.mark.parametrize("touched", ["now() - interval '3 minutes'", "now() + interval '1 day'"])
async def test_a_held_message_is_found_whatever_clock_touched_it(
    store: PostgresStore, touched: str
) -> None:
    await a_message(store)
    await told(
        store,
        "update effects set state = 'held', held_until = now() - interval '2 minutes',"
        f" touched_db = {touched}",
    )

    assert await swept(store) == (1, 0)


async def test_what_a_clock_that_was_ahead_gave_up_on_is_nudged_again(
    store: PostgresStore,
) -> None:
    await given_up(store)
    await told(store, "update quarantine set since_db = now() + interval '1 day'")

    await store.nudges.sweep()

    assert await store.quarantine.entries() == []
    assert await store.nudges.take() == [(JOURNEY, "order")]


async def test_a_clock_that_was_ahead_does_not_decide(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    await told(store, "update deciding set last_db = now() + interval '1 day'")

    await store.nudges.sweep()

    assert await store.quarantine.entries() == []


async def test_a_journey_that_was_refused_by_a_clock_that_was_ahead_is_tried_again(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await store.nudges.refused(JOURNEY, "never")
    await told(store, "update quarantine set since_db = now() + interval '1 day'")
    await told(
        store,
        "update journeys set wake_at = now() - interval '2 minutes',"
        " touched_db = now() - interval '2 minutes' where journey = %s",
        JOURNEY,
    )

    assert await swept(store) == (1, 0)


async def given_up(store: PostgresStore) -> None:
    """A journey that was nudged in vain while others decided."""
    await store.events.ingest([placed(), shipped()], NOON)
    await somebody_decides(store)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    await store.nudges.sweep()
    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY]


async def test_what_was_given_up_is_left_until_it_has_decided_again(store: PostgresStore) -> None:
    await given_up(store)
    await told(
        store,
        "update journeys set wake_at = now() - interval '2 minutes',"
        " touched_db = now() - interval '2 minutes' where journey = %s",
        JOURNEY,
    )
    assert await swept(store) == (0, 0)

    await told(store, "update quarantine set since_db = now() - interval '3 minutes'")
    await told(store, "update deciding set resumed_db = now() - interval '4 minutes'")
    assert await swept(store) == (1, 0)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    assert await swept(store) == (0, 0)
    assert len(await store.quarantine.entries()) == 1


async def test_a_page_that_is_too_heavy_is_read_in_smaller_ones(store: PostgresStore) -> None:
    number = 2 * PAGE + 500
    await overdue(store, number, "now() - n * interval '2 minutes'")
    await told(
        store,
        """
        create function weighed() returns boolean language plpgsql as $$ declare n int; begin
            n := coalesce(nullif(current_setting('tests.n', true), ''), '0')::int + 1;
            perform set_config('tests.n', n::text, true);
            if n > 700 then raise query_canceled; end if;
            return true;
        end $$
        """,
    )
    await told(store, "alter table journeys rename to kept")
    await told(store, "create view journeys as select * from kept where weighed()")

    with capture_logs() as lines:
        assert await swept(store) == (number, 0)

    told_of = [(one["part"], one["error"]) for one in lines if "part" in one]
    assert told_of == [("overdue", "57014")]


async def test_a_session_that_ends_in_the_sweep_stops_no_other_part(store: PostgresStore) -> None:
    await a_message(store)
    await told(store, "update effects set touched_db = now() - interval '3 minutes'")
    await told(store, "alter table effects rename to kept")
    await told(
        store,
        "create view effects as"
        " select kept.* from kept, lateral pg_terminate_backend(pg_backend_pid()) gone",
    )
    await told(store, "insert into recalls (cluster) values ('a new one')")

    with capture_logs() as lines:
        assert await swept(store) == (1, 1)

    assert [one["part"] for one in lines if "part" in one][-2:] == [
        "untouched",
        "forgotten journeys",
    ]


@pytest.mark.parametrize("look", LOOKS)
async def test_each_look_goes_by_index(store: PostgresStore, look: str) -> None:
    begin = {"at": "-infinity", "id": ""}
    async with store.pool.connection() as connection:
        rows = await connection.execute(f"explain {LOOKS[look]}".encode(), begin)
        plan = "\n".join(row[0] for row in await rows.fetchall())

    assert "Seq Scan" not in plan


async def test_whether_somebody_was_given_up_is_asked_by_index(store: PostgresStore) -> None:
    async with store.pool.connection() as connection:
        rows = await connection.execute(f"explain {NUDGE_FOUND}".encode(), (["order:b/1"], [0]))
        plan = "\n".join(row[0] for row in await rows.fetchall())

    assert "Index Cond: (id = n.journey)" in plan


async def test_many_are_given_up_where_many_were(store: PostgresStore) -> None:
    await told(
        store,
        "insert into quarantine (source, id, error)"
        " select 'journey', 'order:b/' || n, 'refused' from generate_series(1, 20000) n",
    )
    await told(
        store,
        "insert into nudges (journey, seq, tries)"
        " select 'order:b/' || n, 0, 21 from generate_series(19001, 21000) n",
    )
    await somebody_decides(store)

    assert await swept(store) == (0, 0)
    assert await asked(store, "select count(*) from quarantine") == [(21000,)]
