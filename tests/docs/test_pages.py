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
    code = page.partition("```python\n")[2].partition("```")[0]
    asked = "from activities.actions.registry import REGISTRY; print(REGISTRY['wrap_gift'].example)"
    command = (sys.executable, "-c", f"{code}\n{asked}")
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, "parcel='G-1'\n"), ended.stderr
