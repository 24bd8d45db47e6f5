"""Every contract of the house fails when it is broken on purpose."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import TOP
from tests.paths import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
# By contract a module that is added, and what it must not import.
BROKEN = {
    "Imports point down": ("store/wrong.py", "import operations"),
    "Web and commands ask operations: they never read the store or decide anything": (
        "web/wrong.py",
        "import store.ports",
    ),
    "Only compose names the PostgreSQL store: all others name the port they need": (
        "operations/wrong.py",
        "import store.postgres.store",
    ),
    "Only compose names a provider: all others name the port": (
        "local/wrong.py",
        "import activities.channels.email.smtp",
    ),
    "What happens to messages and journeys knows no database": (
        "activities/wrong.py",
        "import psycopg",
    ),
    "Operations give values back: no terminal, no HTTP, no account": (
        "operations/wrong.py",
        "import rich",
    ),
    "The rooms of the engine stand on each other, and there is no other room": (
        "engine/attic/__init__.py",
        "",
    ),
    "No circle, not even between two rooms": (
        "web/http/wrong.py",
        "import web.api.health\nimport web.api.events",
    ),
    "The engine is pure: no I/O, no Temporal, no database": (
        "engine/facts/wrong.py",
        "import socket",
    ),
    "Only the shop's system and the mail server are called: whoever calls others is found": (
        "operations/wrong.py",
        "import httpx",
    ),
    "Only the language reads YAML": ("engine/facts/wrong.py", "import yaml"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house without its furniture: code alone, to be broken."""
    place = tmp_path_factory.mktemp("house")
    for name in TOP:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture
def broken(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    file, text = BROKEN[request.param]
    (copy / file).parent.mkdir(exist_ok=True)
    (copy / file).write_text(f'"""Wrong."""\n\n{text}\n', encoding="utf-8")
    yield copy
    (copy / file).unlink()
    if not any((copy / file).parent.iterdir()):
        (copy / file).parent.rmdir()


def kept(place: Path) -> dict[str, bool]:
    """The contracts by name, and whether each is kept."""
    command = (Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo")
    environment = {"COLUMNS": "400", "PATH": str(Path(sys.executable).parent)}
    text = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    ).stdout
    lines = [line for line in text.splitlines() if " KEPT" in line or " BROKEN" in line]
    return {
        line.rpartition(" KEPT")[0] or line.rpartition(" BROKEN")[0]: " KEPT" in line
        for line in lines
    }


def test_each_contract_has_a_way_to_break_it() -> None:
    assert {one["name"] for one in CONTRACTS} == set(BROKEN)


def test_the_house_as_it_stands_keeps_them_all(copy: Path) -> None:
    assert [name for name, holds in kept(copy).items() if not holds] == []


@pytest.mark.parametrize(
    ("name", "broken"), [(name, name) for name in BROKEN], indirect=["broken"], ids=list(BROKEN)
)
def test_a_broken_contract_fails(name: str, broken: Path) -> None:
    assert kept(broken)[name] is False
