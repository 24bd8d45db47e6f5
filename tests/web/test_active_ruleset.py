"""The active ruleset is asked for at most once a second."""

import pytest

from engine.rules.ruleset import Ruleset
from tests.web.serving import Failing
from web.active_ruleset import ActiveRuleset


class Counting(Failing):
    def __init__(self, ruleset: Ruleset) -> None:
        super().__init__(ruleset, ValueError())
        self.asked = 0
        self.is_away = False

    async def active(self) -> Ruleset:
        self.asked += 1
        if self.is_away:
            raise OSError("gone")
        return await super().active()


async def test_within_a_second_it_is_remembered_and_then_asked_for_again(ruleset: Ruleset) -> None:
    now = 100.0
    store = Counting(ruleset)
    active = ActiveRuleset(store.active, lambda: now)

    assert [await active.get(), await active.get()] == [ruleset, ruleset]
    assert store.asked == 1
    now = 101.0
    await active.get()
    assert store.asked == 2


async def test_one_that_cannot_be_asked_for_again_is_not_guessed(ruleset: Ruleset) -> None:
    now = 100.0
    store = Counting(ruleset)
    active = ActiveRuleset(store.active, lambda: now)
    await active.get()
    now, store.is_away = 102.0, True
    with pytest.raises(OSError, match="gone"):
        await active.get()
