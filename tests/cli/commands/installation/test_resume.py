"""`purna resume`, as what sets an installation up calls it whenever the machine starts."""

import asyncio
from pathlib import Path

import pytest

from cli.main import exit_code
from tests.cli.commands.installation.conftest import Purna
from tests.cli.commands.installation.test_publish import LONGER, STORY
from tests.cli.telling import FILES, a_folder

Captured = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("url")


async def authors(purna: Purna) -> list[str]:
    return [one["author"] for one in await purna("rulesets")]


async def test_a_changed_folder_holds_from_the_next_start_on_until_a_person_sets_other_rules(
    tmp_path: Path, purna: Purna
) -> None:
    first, second = a_folder(tmp_path / "1"), a_folder(tmp_path / "2", LONGER)

    one = (await purna("resume", first))["revision"]
    assert (await purna("resume", first))["revision"] == one
    assert await authors(purna) == ["purna resume"]
    two = (await purna("resume", second))["revision"]
    assert two != one
    assert await authors(purna) == ["purna resume"] * 2

    await purna("rollback", "--by", "Ana")
    resumed = await purna("resume", second)
    assert (resumed["revision"], resumed["set_by"]["author"]) == (one, "Ana")
    assert (await purna("rulesets"))[0]["revision"] == one

    await purna("publish", second, "--yes", "--by", "Ana")
    assert (await purna("resume", first))["revision"] == two
    assert await authors(purna) == ["Ana", "Ana", "purna resume", "purna resume"]


async def test_why_the_folder_is_not_what_holds_is_said(
    tmp_path: Path, purna: Purna, capsys: Captured
) -> None:
    one = (await purna("publish", a_folder(tmp_path / "1"), "--yes", "--by", "Ana"))["revision"]
    rules = a_folder(tmp_path / "2", LONGER)

    assert await asyncio.to_thread(exit_code, ["resume", str(rules)]) == 0

    told = capsys.readouterr()
    assert told.out == f"{one} is active\n"
    assert f"revision {one} of" in told.err
    assert "by Ana goes on" in told.err
    assert f"purna publish {rules} makes it active" in told.err


async def test_a_folder_with_mistakes_or_failing_tests_stops_no_start_but_the_first(
    tmp_path: Path, purna: Purna
) -> None:
    tests = {**FILES, "journeys/orders.test.yaml": STORY}
    good = a_folder(tmp_path / "good", ("SENT", "shipped"), files=tests)
    failing = a_folder(tmp_path / "failing", ("SENT", "shipped"), LONGER, files=tests)
    (failing / "journeys/orders.test.yaml").write_text(STORY.replace("SENT", "review_request"))
    broken = a_folder(tmp_path / "broken", ("7 days after", "7 dayz after"))

    await purna("resume", broken, code=1)
    await purna("resume", failing, code=1)
    assert await purna("rulesets") == []
    one = (await purna("resume", good))["revision"]

    for folder, why in ((broken, "dayz"), (failing, "the tests do not hold")):
        resumed = await purna("resume", folder)
        assert (resumed["revision"], resumed["set_by"]) == (one, None)
        assert why in resumed["mistakes"]
    assert await authors(purna) == ["purna resume"]
