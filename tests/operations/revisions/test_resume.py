"""Which rules hold after a start: those of the folder, unless a person set others, or it has
mistakes.
"""

import pytest

from operations.cannot_run import Findings
from operations.revisions.authorship import SET_UP_BY, STARTED_BY, Authorship
from operations.revisions.publish import publish
from operations.revisions.resume import ResumedRules, Start, resume
from operations.revisions.rollback import rollback
from store.postgres.store import PostgresStore
from tests.operations.revisions.test_rollback import ACTIONS
from tests.store.shop import later, the_rules

SECOND = the_rules("2 days after order.delivered", "9 days after order.delivered")
THIRD = the_rules("2 days after order.delivered", "8 days after order.delivered")
BROKEN = Findings("journeys/a.yaml:3:1: half written [J02]")


async def started(store: PostgresStore) -> None:
    """The last to publish was a start."""
    await published_by(store, STARTED_BY)


async def published_by(store: PostgresStore, name: str) -> None:
    await store.rulesets.publish(SECOND, name, "start", later(hours=1))


def a_start(hours: int) -> Start:
    return Start(STARTED_BY, later(hours=hours))


async def active(store: PostgresStore) -> str:
    return (await store.rulesets.active()).revision


async def test_the_rules_of_the_folder_follow_those_of_the_start_before(
    store: PostgresStore,
) -> None:
    await started(store)

    assert await resume(store, THIRD, a_start(hours=2)) == ResumedRules(THIRD, None)
    assert await active(store) == THIRD.revision


async def test_rules_that_a_person_published_stay(store: PostgresStore) -> None:
    await started(store)
    await publish(store, THIRD, Authorship("ann", "friday", later(hours=2)))

    resumed = await resume(store, SECOND, a_start(hours=3))

    assert (resumed.active.revision, await active(store)) == (THIRD.revision,) * 2
    assert resumed.set_by
    assert (resumed.set_by.author, resumed.set_by.reason) == ("ann", "friday")


async def test_rules_that_a_person_went_back_to_stay(store: PostgresStore) -> None:
    await started(store)
    await resume(store, THIRD, a_start(hours=2))
    await rollback(store, None, ACTIONS, Authorship("bob", "too loud", later(hours=3)))
    count = len(await store.rulesets.activations())

    for _ in range(2):
        resumed = await resume(store, THIRD, a_start(hours=4))

    assert (resumed.active.revision, await active(store)) == (SECOND.revision,) * 2
    assert len(await store.rulesets.activations()) == count


@pytest.mark.parametrize("by", [STARTED_BY, "ann"])
async def test_a_folder_with_mistakes_leaves_the_last_good_rules(
    store: PostgresStore, by: str
) -> None:
    await published_by(store, by)

    resumed = await resume(store, BROKEN, a_start(hours=2))

    assert (resumed.active.revision, await active(store)) == (SECOND.revision,) * 2
    assert (resumed.set_by.author if resumed.set_by else STARTED_BY) == by


async def test_without_any_rules_the_mistakes_are_all_there_is(store: PostgresStore) -> None:
    async with store.pool.connection() as connection:
        await connection.execute("truncate activations")

    with pytest.raises(Findings, match="half written"):
        await resume(store, BROKEN, a_start(hours=2))


async def test_what_a_start_of_another_kind_set_is_not_what_a_person_set(
    store: PostgresStore,
) -> None:
    await started(store)

    resumed = await resume(store, THIRD, Start(SET_UP_BY, later(hours=2)))

    assert resumed == ResumedRules(THIRD, None)
    assert [one.author for one in await store.rulesets.activations()][:2] == [
        SET_UP_BY, STARTED_BY,
    ]  # fmt: skip


async def test_a_folder_that_may_not_be_published_yet_is_tried_once_and_stays_out(
    store: PostgresStore,
) -> None:
    await started(store)
    tries = 0

    def trial() -> None:
        nonlocal tries
        tries += 1
        raise BROKEN

    start = Start(SET_UP_BY, later(hours=2), trial)

    assert (await resume(store, SECOND, start), tries) == (ResumedRules(SECOND, None), 0)
    resumed = await resume(store, THIRD, start)
    assert (resumed.active.revision, resumed.mistakes, tries) == (SECOND.revision, BROKEN, 1)
    await publish(store, THIRD, Authorship("ann", "", later(hours=3)))
    assert ((await resume(store, SECOND, start)).active.revision, tries) == (THIRD.revision, 1)
