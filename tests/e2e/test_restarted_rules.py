"""`purna run` is started again: which rules hold then, as a person meets it."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import open_folder
from tests.e2e.commands import Run, purna
from tests.paths import RULES

# It starts everything up to three times.
pytestmark = pytest.mark.timeout(600)
LINE = "10 days after"


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """In a home and with a folder of rules of its own."""
    with open_folder() as folder:
        shutil.copytree(RULES, folder / "rules")
        run = Run(folder / ".purna", folder / "rules", "--no-samples")
        try:
            yield run
        finally:
            await run.stop()


def edit(run: Run, old: str, new: str) -> Path:
    """Change the folder of rules; answers where it is."""
    rules = run.home.with_name("rules")
    file = rules / "journeys/offers.yaml"
    file.write_text(file.read_text().replace(old, new, 1))
    return rules


async def asked(run: Run, *words: object) -> Any:
    said = await purna(*words, "--home", run.home, "--json")
    assert said.code == 0, said.out
    return json.loads(said.out)


async def active(run: Run) -> str:
    return str((await asked(run, "rulesets"))[0]["revision"])


async def test_what_a_person_set_stays_and_a_half_edited_folder_stops_no_start(run: Run) -> None:
    await run.start()
    first = await active(run)
    published = await asked(
        run, "publish", edit(run, LINE, "11 days after"), "--yes", "--skip-tests"
    )
    await run.interrupt()

    edit(run, "11 days after", "11 dayz after")
    await run.start()
    assert "offers.yaml" in run.said
    assert "1 problem" in run.said
    assert f"revision {published['revision']} of" in run.said
    assert "goes on; mend the folder, then: purna publish" in run.said
    assert await active(run) == published["revision"]

    assert (await asked(run, "rollback"))["revision"] == first
    await run.interrupt()
    edit(run, "11 dayz after", "12 days after")
    await run.start()
    assert f"revision {first} of" in run.said
    assert "makes it active" in run.said
    assert await active(run) == first


async def test_a_folder_that_nobody_published_holds_from_the_next_start_on(run: Run) -> None:
    await run.start()
    first = await active(run)
    await run.interrupt()

    edit(run, LINE, "11 days after")
    await run.start()
    second = await active(run)
    await run.interrupt()

    assert second != first
    edit(run, "11 days after", "11 dayz after")
    await run.start()
    assert f"revision {second}, the last good one, goes on" in run.said
    assert await active(run) == second


async def test_a_first_start_with_mistakes_starts_nothing(run: Run) -> None:
    rules = edit(run, LINE, "11 dayz after")

    said = await purna("run", "--home", run.home, "--rules", rules)

    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("; nothing was started\n")
    assert not run.home.exists()
