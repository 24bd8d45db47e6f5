"""A rule is edited while its message waits: what counts is what the rules say when it is due."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from engine.decisions.reason import Reason
from operations.revisions.authorship import Authorship
from operations.revisions.publish import PublishedRules, publish
from operations.rules.check import sound_rules
from tests.e2e.running_shop import RunningShop
from tests.e2e.stories import NoonCustomer, today
from tests.paths import RULES

ORDERS = Path("journeys") / "orders.yaml"
POLICIES = Path("policies.yaml")
REQUEST = Path("templates") / "en" / "review_request.md"
Edit = Callable[[str], str]


async def publish_folder(running: RunningShop, folder: Path) -> PublishedRules:
    """As `purna publish` does it."""
    rules = sound_rules(folder, today().date(), otherwise="nothing was published")
    return await publish(running.clients.store, rules, Authorship("tests", "an edit", today()))


class Draft:
    """A copy of the shipped rules, to be changed and published."""

    def __init__(self, running: RunningShop, folder: Path) -> None:
        self._running, self.folder = running, folder
        shutil.copytree(RULES, folder)

    def write(self, file: Path, edit: Edit) -> None:
        path = self.folder / file
        before = path.read_text()
        path.write_text(edit(before))
        assert path.read_text() != before

    async def publish(self, file: Path, edit: Edit) -> None:
        self.write(file, edit)
        assert (await publish_folder(self._running, self.folder)).changed


@pytest.fixture
async def draft(running: RunningShop, tmp_path: Path) -> AsyncIterator[Draft]:
    yield Draft(running, tmp_path / "rules")
    await publish_folder(running, RULES)


@pytest.fixture
async def waiting(running: RunningShop, customer: NoonCustomer, order: str) -> str:
    """An order whose review request waits for seven days."""
    await running.tell(customer, "consent.given", today(), consent={"category": "review"})
    await running.delivered(customer, order, today())
    assert [wait.rule_id for wait in await running.clients.store.inquiries.waits_of(order)] == [
        "review-request",
        "next-order-offer",
    ]
    return order


async def test_an_unchanged_rule_says_what_it_said(
    running: RunningShop, customer: NoonCustomer, waiting: str
) -> None:
    before = running.subjects(customer)

    await running.until_next_due(waiting)

    assert running.subjects(customer) == [*before, "What do you think of it?"]


async def test_a_reworded_message_leaves_in_its_new_words(
    running: RunningShop, customer: NoonCustomer, waiting: str, draft: Draft
) -> None:
    await draft.publish(REQUEST, lambda text: text.replace("What do you think of it?", "Reworded"))

    await running.until_next_due(waiting)

    assert running.subjects(customer)[-1] == "Reworded"


async def test_a_rule_that_was_removed_says_nothing_and_tells_why(
    running: RunningShop, customer: NoonCustomer, waiting: str, draft: Draft
) -> None:
    before = running.subjects(customer)
    draft.write(POLICIES, lambda text: text.partition("breakers:")[0])  # one of them names the rule
    await draft.publish(ORDERS, lambda text: text.partition("  - id: review-request")[0])

    await running.until_next_due(waiting)

    (decision,) = await running.clients.store.inquiries.decisions("review-request", waiting)
    assert (decision.reason, running.subjects(customer)) == (Reason.RULE_REMOVED, before)


async def test_a_condition_that_was_added_is_asked_when_it_is_due(
    running: RunningShop, customer: NoonCustomer, waiting: str, draft: Draft
) -> None:
    before = running.subjects(customer)
    await draft.publish(
        ORDERS, lambda text: text.replace("order.returned = false", "order.returned = true")
    )

    await running.until_next_due(waiting)

    (decision,) = await running.clients.store.inquiries.decisions("review-request", waiting)
    assert (decision.reason, running.subjects(customer)) == (Reason.CONDITION_FALSE, before)


async def test_a_new_rule_does_not_fire_for_what_was_delivered_before(
    running: RunningShop, customer: NoonCustomer, waiting: str, draft: Draft
) -> None:
    before = running.subjects(customer)
    again = (
        "  - {id: again, when: shipment.delivered, do: [{send: parcel_delivered, by: email, "
        "category: delivery}]}"
    )
    await draft.publish(ORDERS, lambda text: f"{text}\n{again}\n")

    await running.until_next_due(waiting)

    assert await running.clients.store.inquiries.decisions("again", waiting) == []
    assert running.subjects(customer) == [*before, "What do you think of it?"]
