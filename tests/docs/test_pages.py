"""The pages about the house name what is there, and their examples run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "architecture").glob("*.md")),
]
CODE = r"(?:engine|process|store|activities|operations|workflows|compose|web|local|cli|purna|bench)"
PLACE = re.compile(rf"`({CODE}(?:/[a-z_]+)+(?:\.py|/)?)`")
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(code, id=f"{page.relative_to(ROOT).as_posix()}-{number}")
    for page in PAGES
    for number, code in enumerate(PYTHON.findall(page.read_text(encoding="utf-8")), 1)
    if "purna import" in code
]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_files_that_are_there(page: Path) -> None:
    named = PLACE.findall(page.read_text(encoding="utf-8"))

    assert [place for place in named if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_links_to_pages_that_are_there(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_action_of_the_example_is_one_that_rules_can_call() -> None:
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    asked = "from activities.actions.registry import REGISTRY; print(REGISTRY['wrap_gift'].example)"

    assert printed(f"{PYTHON.findall(page)[0]}\n{asked}") == "parcel='G-1'\n"


def test_there_are_examples_of_an_action_and_of_a_provider() -> None:
    codes = [str(example.values[0]) for example in EXAMPLES]

    assert any("@action(" in code for code in codes)
    assert any("@provider(" in code for code in codes)


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_of_a_shops_own_code_runs(code: str) -> None:
    assert printed(code) == ""


def printed(code: str) -> str:
    """What a program of its own prints, which has to end well."""
    command = (sys.executable, "-c", code)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
