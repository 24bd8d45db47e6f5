from datetime import date
from pathlib import Path

import pytest

from cli.checking import check
from cli.scenarios import run_tests
from engine.checks import severity
from engine.conditions.problems import Problem
from tests.engine.checks.pages import Files, Page, all_pages, as_folder

TODAY = date(2026, 3, 2)
# The codes of the reader, whose words are its own.
READ = frozenset("J01 J02 J03 J05 J06 J07 J08 J09 J15 J18 J19 J20 J33".split())  # noqa: SIM905  # codes read best as one line
PAGES = all_pages()


def found_in(page: Page, files: Files, path: Path) -> tuple[Problem, ...]:
    """What `purna check` finds in an example, with its log if it has one; J36 comes from `purna
    test`.
    """
    folder = as_folder(files, path, is_tested=page.code != "J35")
    if page.code == "J36":
        return tuple(one.problem for one in run_tests(folder).verdicts if one.problem)
    return check(
        folder, today=TODAY, log=path / "log.jsonl" if "log.jsonl" in files else None
    ).problems


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_the_wrong_example_of_a_page_is_found_where_it_says(page: Page, tmp_path: Path) -> None:
    (problem,) = found_in(page, page.wrong, tmp_path)
    place, _, rest = page.printed.partition(": ")
    assert (str(problem.position), problem.code) == (place, page.code)
    assert rest.startswith(severity(page.code))
    if page.code not in READ:
        assert rest == f"{severity(page.code)}: {problem.message} [{page.code}]"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_the_right_example_of_a_page_is_silent(page: Page, tmp_path: Path) -> None:
    assert found_in(page, page.right, tmp_path) == ()


def test_every_code_has_a_page() -> None:
    codes = {f"J{number:02}" for number in range(1, 45)} - {"J21", "J34", "J41", "J42"}

    assert {page.code for page in PAGES} == codes
