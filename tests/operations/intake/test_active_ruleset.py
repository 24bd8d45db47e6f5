"""The active ruleset is asked for at most once a second."""

import pytest

from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from operations.intake.active_ruleset import ActiveRuleset
from tests.cli.telling import FILES


class Counting:
    """A store that counts how often its rules are asked for."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self.asked = 0
        self.is_away = False

    async def active(self) -> Ruleset:
        self.asked += 1
        if self.is_away:
            raise OSError("gone")
        return self._ruleset


@pytest.fixture
def ruleset() -> Ruleset:
    return read_ruleset(FILES)


async def test_within_a_second_it_is_remembered_and_then_asked_for_again(ruleset: Ruleset) -> None:
    now = 100.0
    store = Counting(ruleset)
    active = ActiveRuleset(store, lambda: now)

    assert [await active.get(), await active.get()] == [ruleset, ruleset]
    assert store.asked == 1
    now = 101.0
    await active.get()
    assert store.asked == 2


async def test_one_that_cannot_be_asked_for_again_is_not_guessed(ruleset: Ruleset) -> None:
    now = 100.0
    store = Counting(ruleset)
    active = ActiveRuleset(store, lambda: now)
    await active.get()
    now, store.is_away = 102.0, True
    with pytest.raises(OSError, match="gone"):
        await active.get()
