from datetime import date
from pathlib import Path

import pytest

from cli.checking import check
from engine.checks import severity
from tests.engine.checks.pages import Page, all_pages, as_folder

TODAY = date(2026, 3, 2)
# The codes of the reader, whose words are its own.
READ = frozenset("J01 J02 J03 J05 J06 J07 J08 J09 J15 J18 J19 J20 J33".split())  # noqa: SIM905  # codes read best as one line
PAGES = all_pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_the_wrong_example_of_a_page_is_found_where_it_says(page: Page, tmp_path: Path) -> None:
    checked = check(as_folder(page.wrong, tmp_path, is_tested=page.code != "J35"), today=TODAY)

    (problem,) = checked.problems
    place, _, rest = page.printed.partition(": ")
    assert (str(problem.position), problem.code) == (place, page.code)
    assert rest.startswith(severity(page.code))
    if page.code not in READ:
        assert rest == f"{severity(page.code)}: {problem.message} [{page.code}]"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_the_right_example_of_a_page_is_silent(page: Page, tmp_path: Path) -> None:
    checked = check(as_folder(page.right, tmp_path, is_tested=page.code != "J35"), today=TODAY)

    assert checked.problems == ()


def test_every_code_has_a_page_but_those_of_other_commands() -> None:
    codes = {f"J{number:02}" for number in range(1, 45)} - {"J21", "J34", "J36", "J37", "J41", "J42"}

    assert {page.code for page in PAGES} == codes
