"""`make audit`: it fails for a known vulnerability, passes without one, and holds nobody up whose
network is away.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.web.serving import port_of, running

AUDIT = Path(__file__).parent.parent / ".ci" / "audit"
LOCK = "some-package==1.0 --hash=sha256:" + "0" * 64 + "\n"
KNOWN = {
    "id": "GHSA-0000-0000-0000",
    "summary": "It gives everything away.",
    "affected": [
        {
            "package": {"name": "some-package", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.lock"
    file.write_text(LOCK, "utf-8")
    return file


@pytest.fixture
async def database() -> AsyncIterator[Callable[[Any], str]]:
    """The address of a database that gives the answer it is told."""
    answers: list[Any] = []

    async def answer(_: Request) -> Response:
        return JSONResponse(answers[-1])

    async with running(Starlette(routes=[Route("/v1/query", answer, methods=["POST"])])) as server:

        def told(answer: Any) -> str:
            answers.append(answer)
            return f"http://127.0.0.1:{port_of(server)}/v1/query"

        yield told


async def audit(lock: Path, url: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(AUDIT, str(lock), url, stdout=-1, stderr=-2)
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_a_known_vulnerability_fails_it_with_its_name(
    lock: Path, database: Callable[[Any], str]
) -> None:
    code, told = await audit(lock, database({"vulns": [KNOWN]}))
    assert code == 1
    assert "some-package 1.0     GHSA-0000-0000-0000 1.1" in told


async def test_without_any_it_passes(lock: Path, database: Callable[[Any], str]) -> None:
    code, told = await audit(lock, database({}))
    assert (code, told.splitlines()) == (
        0,
        ["No known vulnerabilities found", "audit: asked about 1 packages"],
    )


async def test_without_its_database_it_says_in_one_line_that_nothing_was_asked(
    lock: Path,
) -> None:
    began = time.monotonic()
    assert await audit(lock, "http://127.0.0.1:9/v1/query") == (
        0,
        "audit: passed over, nothing was asked: the database of vulnerabilities is away\n",
    )
    assert time.monotonic() - began < 60


async def test_a_lock_that_is_away_is_not_skipped(
    lock: Path, database: Callable[[Any], str]
) -> None:
    code, told = await audit(lock.with_name("other.lock"), database({}))
    assert code == 1
    assert "passed over" not in told
