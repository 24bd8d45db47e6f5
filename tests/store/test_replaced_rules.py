"""What was to be replaced must be the active revision still, in both stores."""

import pytest

from store.memory.store import MemoryStore
from store.postgres.store import PostgresStore
from store.records.activations import Activation, Superseded
from tests.store.shop import NAMING, NOON, the_rules

FIRST, SECOND = the_rules(), the_rules("2 days after", "3 days after")


async def test_both_stores_replace_what_is_active_still_and_refuse_all_else(
    store: PostgresStore,
) -> None:
    memory = MemoryStore(FIRST, NAMING)
    newer = Activation(SECOND.revision, "ann", "", NOON)

    with pytest.raises(Superseded) as ours:
        memory.replace("another", SECOND, newer)
    with pytest.raises(Superseded) as theirs:
        await store.rulesets.replace("another", SECOND, newer)
    assert ours.value.active == theirs.value.active == FIRST.revision

    for changes in (True, False):
        assert memory.replace(FIRST.revision, SECOND, newer) is changes
        assert await store.rulesets.replace(FIRST.revision, SECOND, newer) is changes
    assert memory.active == await store.rulesets.active() == SECOND
