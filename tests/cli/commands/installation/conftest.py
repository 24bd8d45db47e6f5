"""A database as the commands find it, and a command that answers as a machine reads it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from store.postgres.sessions.migrate import migrate
from tests.cli.telling import answer
from tests.conftest import CreateDatabase

Purna = Callable[..., Awaitable[Any]]
SECRET = "a secret of thirty-two characters"


@pytest.fixture
async def url(create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database as the commands find it."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", SECRET)
    return url


@pytest.fixture
def purna(capsys: pytest.CaptureFixture[str]) -> Purna:
    """A command with `--json`."""

    async def called(*words: str | Path, code: int = 0) -> Any:
        return await asyncio.to_thread(answer, capsys, *words, code=code)

    return called
