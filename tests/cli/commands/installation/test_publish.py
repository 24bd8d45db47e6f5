"""`purna publish` tests, shows, asks and publishes; revisions are shown, written and compared."""

import asyncio
import os
import pty
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGINT
from threading import Thread
from typing import Any

import psycopg
import pytest

from compose.store import store_at
from operations.rules.rules_folder import read_rules
from tests.cli.commands.installation.conftest import SECRET, Purna
from tests.cli.commands.installation.test_plan import a_delivered_order
from tests.cli.telling import FILES, a_folder, said

Captured = pytest.CaptureFixture[str]
STORY = """
version: 1
people: {ana: {id: C1, email: ana@example.com}}
tests:
  - name: a parcel is on its way
    customer: ana
    order: {id: A1}
    starts: 2026-03-02 10:00
    story:
      - {at: 1 day, event: shipment.shipped}
      - {at: 1 day, expect: [{send: SENT}]}
"""
LONGER = ("7 days after", "20 days after")


async def text(capsys: Captured, *words: str | Path, code: int = 0) -> str:
    return await asyncio.to_thread(said, capsys, *words, code=code)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answers: str) -> None:
    """The person at the terminal says this to every question."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: answers == "y")


async def test_without_a_terminal_nothing_is_published_until_somebody_says_yes(
    url: str, tmp_path: Path, capsys: Captured, purna: Purna
) -> None:
    del url
    rules = a_folder(tmp_path)

    assert "say --yes" in await text(capsys, "publish", rules, code=2)
    assert "say --yes" in (await purna("publish", rules, code=2))["error"]["message"]
    assert await purna("rulesets") == []
    published = await purna("publish", rules, "--yes", "--by", "Ana")
    assert (published["changed"], published["tests"]) == (True, 0)
    assert [one["author"] for one in await purna("rulesets")] == ["Ana"]


async def test_a_person_sees_what_changes_and_who_waits_before_they_agree(
    url: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, purna: Purna
) -> None:
    await a_delivered_order(url, a_folder(tmp_path / "old"))
    newer = a_folder(tmp_path / "new", LONGER)
    at_a_terminal(monkeypatch, "n")

    assert await text(capsys, "publish", newer, code=2) == "purna: nothing was published\n"
    assert len(await purna("rulesets")) == 1
    at_a_terminal(monkeypatch, "y")
    shown = await text(capsys, "publish", newer)

    assert "  review-request changed\n" in shown
    assert "when: 7 days after order.delivered → 20 days after order.delivered\n" in shown
    assert "review-request: 1 kept\n" in shown
    assert "20 days after order.delivered holds for who begins later" in shown
    assert len(await purna("rulesets")) == 2


async def test_who_waits_moves_where_the_publisher_says_so(
    url: str, tmp_path: Path, capsys: Captured, purna: Purna
) -> None:
    await a_delivered_order(url, a_folder(tmp_path / "old"))
    newer = a_folder(tmp_path / "new", LONGER)

    planned = await purna("plan", newer, "--move-waits", code=1)
    assert planned["rules"]["review-request"]["moved"]["count"] == 1
    await purna("publish", newer, "--yes", "--move-waits")
    assert [one["moves_waits"] for one in await purna("rulesets")] == [True, False]
    assert (await text(capsys, "rulesets")).splitlines()[0].endswith("  moves what waits")

    async with store_at(url, SECRET) as store:
        assert await store.nudges.take() == [("order:main/A", "order")]
    assert await purna("plan", newer) != {}
    assert "nothing says anything else" in await text(capsys, "publish", newer, "--yes")


async def test_tests_that_fail_keep_a_folder_from_being_published(
    url: str, tmp_path: Path, capsys: Captured, purna: Purna
) -> None:
    del url
    tests = {**FILES, "journeys/orders.test.yaml": STORY}
    good = a_folder(tmp_path / "good", ("SENT", "shipped"), files=tests)
    bad = a_folder(tmp_path / "bad", ("SENT", "review_request"), files=tests)

    await text(capsys, "publish", bad, "--yes", code=1)
    assert await purna("rulesets") == []
    assert (await purna("publish", good, "--yes"))["tests"] == 1
    # The same rules: there is nothing to test.
    assert not (await purna("publish", bad, "--yes"))["changed"]


async def test_a_revision_is_shown_written_and_compared(
    url: str, tmp_path: Path, capsys: Captured, purna: Purna
) -> None:
    del url
    first, second = a_folder(tmp_path / "1"), a_folder(tmp_path / "2", LONGER)
    one = (await purna("publish", first, "--yes", "--reason", "a beginning"))["revision"]
    two = (await purna("publish", second, "--yes"))["revision"]

    shown = await purna("rulesets", "show", two[:6])
    assert [rule["id"] for rule in shown["rules"]] == [
        "parcel-shipped",
        "review-request",
        "big-spender",
    ]
    assert [change["name"] for change in shown["changes"]["rules"]] == ["review-request"]
    assert "a beginning" in await text(capsys, "rulesets", "show", one)
    await purna("rulesets", "export", one, "-o", tmp_path / "again")
    assert await purna("diff", first, tmp_path / "again") | {"old": "", "new": ""} == {
        "old": "",
        "new": "",
        "rules": [],
        "files": [],
    }
    assert (await purna("diff", one, two, code=1))["rules"] == shown["changes"]["rules"]
    assert "there already" in await text(capsys, "rulesets", "export", one, "-o", first, code=2)
    assert "no revision" in await text(capsys, "rulesets", "show", "ffff", code=2)


async def test_a_revision_is_shown_though_the_one_before_it_cannot_be_read(
    url: str, tmp_path: Path, capsys: Captured, purna: Purna
) -> None:
    one = (await purna("publish", a_folder(tmp_path / "1"), "--yes"))["revision"]
    two = (await purna("publish", a_folder(tmp_path / "2", LONGER), "--yes"))["revision"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        newer = "update rulesets set language_version = 99 where revision = %s"
        await connection.execute(newer, (one,))

    shown = await text(capsys, "rulesets", "show", two)
    assert f"what it changed is not known: {one} cannot be read any more" in shown
    assert (await purna("rulesets", "show", two))["changes"] is None


async def test_what_another_person_published_meanwhile_is_not_undone(
    url: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, purna: Purna
) -> None:
    await a_delivered_order(url, a_folder(tmp_path / "old"))
    mine, theirs = a_folder(tmp_path / "a", LONGER), a_folder(tmp_path / "b", ("EUR", "USD"))
    at_a_terminal(monkeypatch, "y")

    def publish_theirs(*_: Any, **__: Any) -> bool:
        async def published() -> None:
            now = datetime.now(UTC) + timedelta(seconds=1)
            async with store_at(url, SECRET) as store:
                await store.rulesets.publish(read_rules(theirs), "they", "", now)

        thread = Thread(target=lambda: asyncio.run(published()))
        thread.start()
        thread.join()
        return True

    monkeypatch.setattr("typer.confirm", publish_theirs)

    assert "was published meanwhile" in await text(capsys, "publish", mine, code=2)
    assert (await purna("rulesets"))[0]["author"] == "they"


async def test_ctrl_c_at_the_question_publishes_nothing_at_once(
    url: str, tmp_path: Path, purna: Purna
) -> None:
    del url
    of_purna, of_person = pty.openpty()
    # Whoever started the tests in the background has made this signal one that is ignored.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = (sys.executable, "-c", f"{heeding}; from cli.main import main; main()")
    process = await asyncio.create_subprocess_exec(
        *command, "publish", str(a_folder(tmp_path)), stdin=of_purna, stdout=PIPE, stderr=PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        assert (await process.stderr.readuntil(b"[y/N]")).startswith(b"Publish ")
    process.send_signal(SIGINT)
    try:
        async with asyncio.timeout(60):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    finally:
        os.close(of_purna)
        os.close(of_person)

    assert process.returncode not in (0, None)
    assert await purna("rulesets") == []
