"""The active ruleset is asked for at most once a second."""

import pytest

from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from operations.intake.active_ruleset import ActiveRuleset
from tests.cli.telling import FILES

SHOPIFY = "version: 1\nscheme: shopify\nsecret: SHOPIFY\n"


class Counting:
    """A store that counts how often its rules are asked for."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.asked = 0
        self.is_away = False

    async def active(self) -> Ruleset:
        self.asked += 1
        if self.is_away:
            raise OSError("gone")
        return self.ruleset


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


async def test_its_senders_are_read_once_a_revision() -> None:
    now = 100.0
    store = Counting(read_ruleset({**FILES, "sources/shopify.yaml": SHOPIFY}))
    active = ActiveRuleset(store, lambda: now)
    before = (await active.sources())["shopify"]
    now = 102.0

    assert (await active.sources())["shopify"] is before
    assert store.asked == 2
    assert active.sources_of(await active.get())["shopify"] is before

    store.ruleset = read_ruleset(FILES)
    now = 104.0
    assert await active.sources() == {}


async def test_one_that_cannot_be_asked_for_again_is_not_guessed(ruleset: Ruleset) -> None:
    now = 100.0
    store = Counting(ruleset)
    active = ActiveRuleset(store, lambda: now)
    await active.get()
    now, store.is_away = 102.0, True
    with pytest.raises(OSError, match="gone"):
        await active.get()
