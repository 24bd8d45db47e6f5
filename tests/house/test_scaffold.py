"""What the scaffold begins fits into the house: few files, well formed, with types that hold."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.scaffold import KINDS, begin, main
from tests.house.tree import TOP
from tests.paths import ROOT

MOST_FILES = 4


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("begun")
    for name in (*TOP, "docs"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_begun_is_well_formed(kind: str, house: Path) -> None:
    written = begin(kind, "j99" if kind == "check" else "wishes", house)
    code = [place for place in written if place.endswith(".py")]

    assert len(written) <= MOST_FILES
    tool = str(Path(sys.executable).with_name("ruff"))
    assert run(house, tool, "check", *code) == ""
    assert run(house, tool, "format", "--check", *code) == ""


def test_nothing_that_is_there_is_written_over(house: Path) -> None:
    begin("operation", "twice", house)

    with pytest.raises(FileExistsError, match=r"operations/twice\.py is there already"):
        begin("operation", "twice", house)


@pytest.mark.parametrize("arguments", [[], ["operation"], ["chair", "wishes"], ["page", "no name"]])
def test_misuse_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def run(place: Path, *command: str) -> str:
    """What a command complains of; nothing if it is content."""
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr
