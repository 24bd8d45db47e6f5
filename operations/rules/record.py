"""What has happened to an order, written down as a test and played at once."""

from dataclasses import dataclass

from activities.channels.providers import served
from engine.conditions.problems import Problems, describe
from engine.language.known import Actions
from engine.rules.ruleset import Ruleset
from engine.scenarios.comparison import compared
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import World, play
from engine.scenarios.recording.record import recorded
from engine.scenarios.report import failure_report
from engine.scenarios.terms import Terms
from operations.cannot_run import CannotRun
from operations.rules.rules_folder import known_actions
from operations.rules.simulated_letters import example, lacks, writer
from store.memory.stage import MemoryStage
from store.ports import Store

_FILE = "recorded.test.yaml"


@dataclass(frozen=True, slots=True)
class RecordedTest:
    """A test from a real order; `differences` is what it comes to under the active rules that it
    does not expect.
    """

    text: str
    differences: str


async def record(store: Store, order: str, shop: str | None) -> RecordedTest:
    """A test from what the store knows of an order; `CannotRun` if that is nothing, or if several
    shops have one of this id.
    """
    shops = await store.inquiries.shops_of(order)
    if shop is None and len(shops) > 1:
        raise CannotRun(
            f"several shops have an order {order}: say which with --shop, one of {', '.join(shops)}"
        )
    found = await store.inquiries.lived(shop or next(iter(shops), ""), order)
    if found is None or not found.events:
        raise CannotRun(f"nothing is known of an order {order}" + (f" of {shop}" if shop else ""))
    ruleset = await store.rulesets.active()
    actions = known_actions()  # it loads the shop's code, and providers with it
    text = recorded(found, ruleset, served())
    return RecordedTest(text, _differences(text, ruleset, actions))


def _differences(text: str, ruleset: Ruleset, actions: Actions) -> str:
    """What is not as the test says when it is played; nothing where it passes."""
    problems = Problems()
    scenarios = read_scenarios(_FILE, text, Terms(ruleset, actions, problems))
    if problems:
        return "\n\n".join(describe(one, text) for one in sorted(problems))
    played = play(scenarios[0], ruleset, World(MemoryStage, writer(), example, lacks))
    verdict = compared(played.scenario, played.seen)
    return "" if verdict.is_good else failure_report(verdict, ruleset)
