"""The wheel in a clean environment: a folder of one's own is written, checked, tested and run, with
an action of one's own, and with files that are called like our packages lying beside it.
"""

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.parser import Parser
from importlib.metadata import distribution
from json import loads
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from packaging.requirements import Requirement

from tests.paths import ROOT

pytestmark = pytest.mark.timeout(600)  # packages are downloaded
SHOP = """
from pydantic import BaseModel
from purna import ActionContext, action

class Gift(BaseModel):
    order: str

@action("send_gift")
async def send_gift(gift: Gift, context: ActionContext) -> None:
    "Put a present into the parcel."
    print("a gift for", gift.order, flush=True)
"""
RULE = """
version: 1
rules:
  - id: gift
    when: order.placed
    do: [{call: send_gift, with: {order: order.id}}]
"""
TEST = """
version: 1
people: {ana: {id: C1}}
tests:
  - name: who orders gets a present
    order: {id: A1}
    customer: ana
    starts: 2026-03-02 10:00 UTC
    story:
      - {at: 0h, event: order.placed}
      - {at: 1h, expect: [{call: send_gift, order: A1, with: {order: A1}}]}
"""
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "shop",
    "type": "order.placed",
    "time": "2026-03-02T10:00:00Z",
    "data": {"shop": "main", "order": {"id": "A1"}, "customer": {"id": "C1"}},
}


def pins(requirements: Iterable[Requirement], extra: str = "") -> dict[str, str]:
    """What these ask for, and what that asks for, in the versions that are installed here."""
    found: dict[str, str] = {}
    for one in requirements:
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            found[one.name.lower()] = distribution(one.name).version
            inner = [Requirement(line) for line in distribution(one.name).requires or ()]
            for name in ("", *one.extras):
                todo = [req for req in inner if req.name.lower() not in found or req.extras]
                found = pins(todo, name) | found
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of a clean environment are, with the wheel and its extra `local` in it."""
    folder = tmp_path_factory.mktemp("installed")
    build = ["hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run([sys.executable, "-m", *build], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").iterdir()
    (metadata,) = (name for name in ZipFile(wheel).namelist() if name.endswith("METADATA"))
    lines = Parser().parsestr(ZipFile(wheel).read(metadata).decode()).get_all("Requires-Dist")
    wanted = pins((Requirement(line) for line in lines or ()), "local")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    install = ["pip", "--python", str(venv / "bin" / "python"), "install", "-q", "--no-deps"]
    # Only what is imported is compiled, when it is.
    install.append("--no-compile")
    packages = [f"{name}=={version}" for name, version in wanted.items()]
    done = subprocess.run(
        [sys.executable, "-m", *install, *packages, str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"packages cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    return venv / "bin"


@pytest.fixture(scope="module")
def folder(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shops")
    place.chmod(0o711)
    purna(programs, place, "init", "my-shop")
    shop = place / "my-shop"
    (shop / "purna.toml").write_text('code = "shop.py"\n')
    (shop / "shop.py").write_text(SHOP)
    (shop / "rules" / "journeys" / "gifts.yaml").write_text(RULE)
    (shop / "rules" / "journeys" / "gifts.test.yaml").write_text(TEST)
    for name in ("web", "activities", "engine", "process", "cli", "purna"):
        (shop / f"{name}.py").write_text("raise SystemExit('a stranger was imported')\n")
    return shop


def environment(programs: Path, home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": f"{programs}:{os.defpath}"}


def purna(programs: Path, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [programs / "purna", *words],
        cwd=folder,
        env=environment(programs, folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_rules_are_sound(programs: Path, folder: Path) -> None:
    assert purna(programs, folder, "check", "--strict").startswith("0 errors, 0 warnings")


def test_its_own_test_passes(programs: Path, folder: Path) -> None:
    assert purna(programs, folder, "test", "rules/journeys/gifts.test.yaml") == "1 passed\n"


def test_the_version_is_told(programs: Path, folder: Path) -> None:
    assert purna(programs, folder, "--version").startswith("purna ")


@asynccontextmanager
async def running(programs: Path, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Its addresses, once it is up."""
    process = await asyncio.create_subprocess_exec(
        programs / "purna",
        "run",
        "--no-samples",
        "--json",
        cwd=folder,
        env=environment(programs, folder),
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        told = loads(await process.stdout.readline())
        assert "error" not in told, told
        yield told
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@pytest.fixture
def compiled(programs: Path, folder: Path) -> None:
    """What the parts import; else their first start would compile it, within its thirty seconds."""
    for module in ("web.__main__", "compose.worker", "local.mail_sink.__main__"):
        command = [str(programs / "python"), "-P", "-c", f"import {module}"]
        subprocess.run(command, cwd=folder, env=environment(programs, folder), check=True)


@pytest.mark.usefixtures("compiled")
async def test_it_runs_with_an_action_of_its_own(programs: Path, folder: Path) -> None:
    log = folder / ".purna" / "logs" / "worker.log"
    just_now = datetime.now(UTC).isoformat()  # what is old is not done any more
    async with running(programs, folder) as addresses:
        token = loads((folder / ".purna" / "secrets.json").read_text())["api_token"]
        async with httpx.AsyncClient(base_url=addresses["web"], timeout=30) as client:
            answer = await client.post(
                "/events",
                json={**EVENT, "time": just_now},
                headers={"authorization": f"Bearer {token}"},
            )
        assert answer.json().get("accepted") == 1, answer.text
        async with asyncio.timeout(60):
            while "a gift for A1" not in log.read_text():  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.2)
