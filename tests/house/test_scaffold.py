"""What the scaffold begins fits into the house: few files, well formed, with types that hold."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.scaffold import KINDS, begin, main
from tests.house.tree import TOP
from tests.paths import ROOT

MOST_FILES = 4
NAMES = {
    "operation": "logs/count_wishes",
    "command": "note_wish",
    "page": "wishes",
    "channel": "carrier_pigeon",
    "check": "wishful J99",
}
Begun = Mapping[str, list[str]]
FITS = """\
from activities.channels.carrier_pigeon.provider import CarrierPigeonProvider
from activities.channels.port import Provider

PROVIDER: Provider = CarrierPigeonProvider()
"""
SHOWN = """\
import asyncio
from starlette.requests import Request
from web.pages.wishes.wishes import show
print(asyncio.run(show(Request({"type": "http", "headers": []}))).body.decode())
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("begun")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (*TOP, "docs", "tests"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture(scope="module")
def begun(house: Path) -> Begun:
    """What was written for a new piece of each kind."""
    return {kind: begin(kind, name, house) for kind, name in NAMES.items()}


@pytest.fixture(scope="module")
def code(begun: Begun) -> list[str]:
    return [place for places in begun.values() for place in places if place.endswith(".py")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_piece_is_few_files(kind: str, begun: Begun) -> None:
    assert 1 <= len(begun[kind]) <= MOST_FILES


def test_a_new_operation_stands_in_its_room_with_its_test(begun: Begun) -> None:
    assert begun["operation"] == [
        "operations/logs/count_wishes.py",
        "tests/operations/logs/test_count_wishes.py",
    ]


def test_a_new_room_is_a_package(house: Path) -> None:
    assert "operations/gifts/__init__.py" in begin("operation", "gifts/wrap", house)


def test_what_is_begun_is_well_formed(house: Path, code: list[str]) -> None:
    ruff = str(Path(sys.executable).with_name("ruff"))

    assert run(house, ruff, "check", *code) == ""
    assert run(house, ruff, "format", "--check", *code) == ""


@pytest.mark.timeout(300)  # mypy reads the whole house anew
def test_the_types_of_what_is_begun_hold(house: Path, code: list[str]) -> None:
    (house / "fits.py").write_text(FITS, encoding="utf-8")

    assert run(house, sys.executable, "-m", "mypy", *code, "fits.py") == ""


def test_what_is_begun_is_named_as_the_house_names_things(house: Path, begun: Begun) -> None:
    tests = [place for place in begun["operation"] if place.startswith("tests/")]
    pytest_alone = (sys.executable, "-m", "pytest", "--noconftest", "-p", "no:cacheprovider")

    assert run(house, *pytest_alone, "tests/house/test_words.py", *tests) == ""


@pytest.mark.usefixtures("begun")
def test_a_page_that_is_begun_is_shown(house: Path) -> None:
    shown = subprocess.run(
        (sys.executable, "-c", SHOWN), cwd=house, capture_output=True, text=True, check=True
    ).stdout

    assert "<title>Wishes</title>" in shown
    assert "<h1>Wishes</h1>" in shown
    assert 'href="../static/page.css"' in shown


def test_nothing_that_is_there_is_written_over(house: Path) -> None:
    begin("operation", "logs/twice", house)

    with pytest.raises(FileExistsError, match=r"operations/logs/twice\.py is there already"):
        begin("operation", "logs/twice", house)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["chair", "wishes"],
        ["operation"],
        ["operation", "wishes"],
        ["page", "no name"],
        ["check", "wishful"],
        ["check", "wishful", "j99"],
    ],
)
def test_misuse_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def run(place: Path, *command: str) -> str:
    """What a command complains of; nothing if it is content."""
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr
