"""Which revision is active, and the way back to an earlier one, by the commands."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from local.embedded.keys import made_keys
from tests.cli.telling import a_folder, answer, said

Captured = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("url")
async def test_rules_are_published_listed_and_taken_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    first, second = a_folder(tmp_path / "1"), a_folder(tmp_path / "2", ("7 days", "9 days"))

    async def purna(*words: str | Path, code: int = 0) -> Any:
        return await asyncio.to_thread(answer, capsys, *words, code=code)

    assert await purna("rulesets") == []  # whoever comes first says by which secret all are named
    one = (await purna("publish", first, "--yes", "--reason", "a beginning"))["revision"]
    two = (await purna("publish", second, "--yes", "--reason", "patience"))["revision"]
    assert (await purna("rollback", "--reason", "too patient"))["revision"] == one

    listed = await purna("rulesets")
    assert [(row["revision"], row["reason"], row["active"]) for row in listed] == [
        (one, "too patient", True),
        (two, "patience", False),
        (one, "a beginning", False),
    ]
    assert f"* {one}" in await asyncio.to_thread(said, capsys, "rulesets")
    assert "is the active revision" in await asyncio.to_thread(
        said, capsys, "rollback", one, code=2
    )
    monkeypatch.setattr("cli.commands.installation.rollback.known_actions", dict)
    assert await asyncio.to_thread(said, capsys, "rollback", two, code=1) == ""
    assert (await purna("rulesets"))[0]["revision"] == one


@pytest.mark.usefixtures("url")
async def test_nobody_publishes_or_asks_by_another_secret(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    monkeypatch.setenv("PURNA_SECRET", "s" * 32)
    rules = a_folder(tmp_path / "1")
    await asyncio.to_thread(answer, capsys, "publish", rules, "--yes")
    monkeypatch.setenv("PURNA_SECRET", "o" * 32)

    for words in (
        ("publish", rules, "--yes"),
        ("rollback",),
        ("erase", "C1", "--yes"),
        ("rulesets",),
    ):
        told = await asyncio.to_thread(said, capsys, *words, code=2)
        assert told.startswith("purna: PURNA_SECRET is not the secret by which this database names")
    monkeypatch.setenv("PURNA_NAMING_SECRET", "s" * 32)

    assert len(await asyncio.to_thread(answer, capsys, "rulesets")) == 1


@pytest.mark.usefixtures("url")
async def test_the_keys_of_a_home_name_nobody_in_a_database_elsewhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    monkeypatch.delenv("PURNA_SECRET", raising=False)
    made_keys(tmp_path / "secrets.json")

    told = await asyncio.to_thread(
        answer, capsys, "publish", a_folder(tmp_path / "1"), "--yes", "--home", tmp_path, code=2
    )

    assert told["error"]["message"].startswith(f"the database is not the one in {tmp_path}")
