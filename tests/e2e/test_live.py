"""The tests beside the shipped rules, played on a Temporal, a PostgreSQL and a mail server of their
own.
"""

import asyncio
import json
import signal
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from local.rehearsal.travel import until
from tests.e2e.commands import purna, started
from tests.local.embedded.waiting import family, lives
from tests.operations.rules.test_play_tests import BAD, GOOD, a_folder
from tests.paths import ROOT, RULES

_SERVERS = 2


PLAYED = (
    RULES / "journeys" / "offers.test.yaml",
    ROOT / "tests" / "lines" / "rules",
    ROOT / "tests" / "once" / "rules",
)


@pytest.mark.timeout(620)  # beside all other tests
@pytest.mark.parametrize("path", PLAYED, ids=["offers", "lines", "once"])
async def test_tests_come_to_the_same_live_as_simulated(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"

    said = await purna("test", "--live", "--json", "--junit", file, path, within=600)

    told = json.loads(said.out)
    assert (said.code, told["failed"], told["apart"]) == (0, 0, []), said.out
    assert told["passed"] == told["tests"] > 10
    assert 'failures="0"' in file.read_text()


async def test_a_test_that_fails_fails_live_as_well(tmp_path: Path) -> None:
    said = await purna("test", "--live", a_folder(tmp_path, bad=BAD, good=GOOD), within=60)

    assert (said.code, said.err) == (1, "")
    assert "unexpected  send shipped" in said.out
    assert said.out.endswith("1 passed, 1 failed\n")


async def test_an_interrupted_run_leaves_nothing_behind() -> None:
    process = await started(("test", "--live", RULES), PIPE)

    async def has_servers() -> bool:
        return len(family(process.pid)) > _SERVERS

    await until(has_servers)
    servers = family(process.pid)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        _, err = await process.communicate()

    assert (process.returncode, err) == (2, b"purna: the tests were interrupted\n")
    assert not [one for one in servers if lives(one)]
