"""`purna run` and the commands beside it, as a person meets them: processes,
sentences, exit codes.
"""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compose.store import store_at
from local.embedded.address import Running
from tests.conftest import open_folder
from tests.e2e.commands import Run, purna
from tests.local.embedded.waiting import lives
from tests.paths import RULES

MISTAKES = (
    ("journeys/offers.yaml", "10 days after", "10 dayz after"),
    ("journeys/orders.yaml", "when: order.confirmed", "when: order.confirmd"),
    ("journeys/orders.yaml", "stop_if: order.cancelled", "stopif: order.cancelled"),
    ("policies.yaml", '"21:00"', '"25:00"'),
    ("templates/en/order_cancelled.md", "{{ order.id }}", "{{ order.id"),
)


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """`purna run` in a home of its own, after its first start with the sample orders."""
    with open_folder() as folder:
        run = Run(folder / ".purna")
        try:
            await run.start()
            yield run
        finally:
            await run.stop()


async def test_an_offer_left_unsaid_is_explained_with_the_line_and_the_other_order(
    run: Run,
) -> None:
    said = await purna("explain", "next-order-offer", "--order", "S-1004", "--home", run.home)

    assert said.code == 0
    head, *_, gate = said.out.splitlines()
    assert head.endswith("NOT SENT: next_order_offer: suppressed_by unhappy-customer-silence")
    assert "suppressed_by unhappy-customer-silence (order S-1003)" in gate
    place = re.search(r"journeys/reviews\.yaml:(\d+):\d+", gate)
    assert place
    assert (
        "suppress: all marketing"
        in (RULES / "journeys/reviews.yaml").read_text().splitlines()[int(place[1]) - 1]
    )


@pytest.mark.parametrize(
    ("rule", "order", "sentence"),
    [
        (
            "next-order-ofer",
            "S-1004",
            "there is no rule next-order-ofer, did you mean next-order-offer?",
        ),
        ("next-order-offer", "S-9999", "nothing is known of an order S-9999"),
    ],
)
async def test_a_question_about_nothing_is_answered_in_a_sentence(
    run: Run, rule: str, order: str, sentence: str
) -> None:
    said = await purna("explain", rule, "--order", order, "--home", run.home)

    assert (said.code, said.out, said.err) == (2, "", f"purna: {sentence}\n")


async def test_five_mistakes_are_told_at_once_with_their_places_and_nothing_is_published(
    run: Run, tmp_path: Path
) -> None:
    draft = Path(shutil.copytree(RULES, tmp_path / "rules"))
    for file, right, wrong in MISTAKES:
        path = draft / file
        path.write_text(path.read_text().replace(right, wrong, 1))
    before = await _revision(run)

    said = await purna("publish", draft, "--yes", "--home", run.home)

    told = re.findall(r"^([a-z_/]+\.(?:yaml|md)):\d+:\d+: .+ \[J\d\d\]$", said.err, re.MULTILINE)
    assert (said.code, told) == (1, [file for file, _, _ in MISTAKES])
    assert said.err.endswith("5 problems; nothing was published\n")
    assert await _revision(run) == before


async def test_a_second_start_beside_the_first_is_refused_in_a_sentence(run: Run) -> None:
    assert run.process
    said = await purna("run", "--home", run.home, "--rules", RULES)

    sentence = (
        f"purna: purna is already running here (process {run.process.pid}): stop that one first\n"
    )
    assert (said.code, said.out, said.err) == (2, "", sentence)
    assert Running.load(run.home).pid == run.process.pid


async def test_ctrl_c_stops_everything_and_the_next_start_goes_on_from_there(run: Run) -> None:
    before, family = Running.load(run.home), run.family()
    counted = await _counts(before)
    assert "playing twelve sample orders" in run.said

    assert len(family) >= 5
    assert (await run.interrupt(), [pid for pid in family if lives(pid)]) == (0, [])

    after = await run.start()
    assert (after.addresses, after.database_url) == (before.addresses, before.database_url)
    assert await _counts(after) == counted
    assert "playing twelve sample orders" not in run.said


async def test_where_nothing_runs_commands_say_so_in_a_sentence(tmp_path: Path) -> None:
    said = await purna("explain", "review-request", "--order", "S-1001", "--home", tmp_path)

    assert (said.code, said.out) == (2, "")
    assert said.err == "purna: purna is not running here: start it with `purna run`\n"


async def _revision(run: Run) -> str:
    async with store_at(Running.load(run.home).database_url, "unused") as store:
        return (await store.rulesets.active()).revision


async def _counts(running: Running) -> dict[str, int]:
    async with store_at(running.database_url, "unused") as store:
        counts = await store.overview.counts()
        return {
            **counts["effects"],
            **{name: counts[name] for name in ("events", "decisions", "suppressions")},
        }
