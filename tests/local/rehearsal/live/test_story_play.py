"""Tests played on real Temporal, PostgreSQL and SMTP come to what the simulator says, good and bad
ones alike.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.channels.letters import Letters
from engine.rules.ruleset import Ruleset
from engine.scenarios.agreement import Apart, apart
from engine.scenarios.comparison import compared
from engine.scenarios.play import Played, World, play
from engine.scenarios.report import differences
from engine.scenarios.scenario import Scenario
from local.mail_sink.__main__ import Sink
from local.rehearsal.live.mails import Mails
from local.rehearsal.live.rig import LiveRig, lay_tables
from local.rehearsal.live.run import played_on
from operations.rules.simulated_letters import LINKS, example, lacks, writer
from store.memory.stage import MemoryStage
from tests.conftest import CreateDatabase
from tests.engine.scenarios import shop
from tests.engine.scenarios.test_reference import DATES, EVERY_KEY, SILENCE, a_ruleset, an_example
from tests.engine.scenarios.test_turns import CHANGED_HANDS, NEXT_RULES, PUBLISHED, SHOPS, TWO_SHOPS


@pytest.fixture(scope="module")
async def rig(
    create_database: CreateDatabase, temporal_address: str, servers_folder: Path
) -> AsyncIterator[LiveRig]:
    template = await create_database("template1")
    await lay_tables(template)
    sink = Sink(servers_folder / "live-mail", 0)
    await sink.start()
    yield LiveRig(
        template,
        await Client.connect(temporal_address),
        sink.port,
        Mails(sink.mailbox),
        Letters(LINKS),
    )
    await sink.stop()


async def both(rig: LiveRig, scenario: Scenario, ruleset: Ruleset) -> tuple[Played, Apart]:
    """What became of a test live, and how that differs from the simulation."""
    live = await played_on(rig, scenario, ruleset)
    return live, apart(live, play(scenario, ruleset, World(MemoryStage, writer(), example, lacks)))


def of_the_small_shop(story: str, **keys: str) -> tuple[Scenario, Ruleset]:
    return shop.a_scenario(story, **keys), shop.RULESET


@pytest.mark.parametrize("text", [SILENCE, EVERY_KEY, DATES])
async def test_the_examples_of_the_rule_language_hold_live(rig: LiveRig, text: str) -> None:
    ruleset = a_ruleset()

    for scenario in an_example(text, ruleset):
        live, differs = await both(rig, scenario, ruleset)
        assert compared(live.scenario, live.seen).outcome == "passed"
        assert not differs.is_there, differs.text()


@pytest.mark.parametrize(
    "story",
    [
        "- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: nothing}",
        "- {at: 0h, event: shipment.shipped}\n- {at: 1h, expect: [{send: shipped, at: 1h}]}",
        "- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: [{send: shipped, says: Hullo}]}",
        (
            "- {at: 0h, event: order.delivered}\n"
            "- {at: 1 day, expect: nothing, because: {cheer: waiting until 1 day}}"
        ),
        "- {at: 0h, event: review.received, review: {stars: 5}}\n- {at: 0h, expect: nothing}",
    ],
)
async def test_what_fails_in_the_simulator_fails_alike_live(rig: LiveRig, story: str) -> None:
    live, differs = await both(rig, *of_the_small_shop(story))

    assert list(differences(compared(live.scenario, live.seen)))
    assert not differs.is_there, differs.text()


async def test_shops_are_apart_live_as_simulated(rig: LiveRig) -> None:
    live, differs = await both(rig, *of_the_small_shop(TWO_SHOPS, **SHOPS))

    assert compared(live.scenario, live.seen).outcome == "passed"
    assert not differs.is_there, differs.text()


async def test_an_order_changes_hands_and_rules_are_published_live_as_simulated(
    rig: LiveRig,
) -> None:
    folder = shop.a_ruleset(**{"journeys/all.yaml": NEXT_RULES})
    published = shop.publishing(folder, PUBLISHED), shop.RULESET

    for scenario, ruleset in (of_the_small_shop(CHANGED_HANDS), published):
        live, differs = await both(rig, scenario, ruleset)
        assert compared(live.scenario, live.seen).outcome == "passed"
        assert not differs.is_there, differs.text()


async def test_a_night_of_the_year_in_which_the_clock_jumps_is_lived_through(rig: LiveRig) -> None:
    story = """
      - {at: 0h, event: shipment.shipped}
      - {at: 0h, expect: nothing, because: {shipped: held_quiet until 2026-03-29 08:00}}
      - {at: 1 day, expect: [{send: shipped, at: 2026-03-29 08:00, by: push}]}
    """
    people = "{ana: {id: C1, time_zone: Europe/Paris, can_receive: push}}"
    live, differs = await both(
        rig, *of_the_small_shop(story, people=people, starts="2026-03-28 23:00")
    )

    assert compared(live.scenario, live.seen).outcome == "passed"
    assert not differs.is_there, differs.text()


async def test_two_plays_that_differ_are_told_side_by_side(rig: LiveRig) -> None:
    scenario, ruleset = of_the_small_shop(
        "- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: [{send: shipped}]}"
    )
    other, _ = of_the_small_shop(
        "- {at: 0h, event: review.received, review: {stars: 1}}\n- {at: 0h, expect: nothing}"
    )
    simulated = play(other, ruleset, World(MemoryStage, writer(), example, lacks))

    text = apart(await played_on(rig, scenario, ruleset), simulated).text()
    assert "live only       send shipped, by push" in text
    assert "simulated only  suppress sales" in text
