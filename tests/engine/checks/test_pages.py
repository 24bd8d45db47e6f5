import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from engine.checks import CODES, severity
from engine.checks.usage import MOST_A_DAY
from engine.conditions.problems import Problem
from engine.rules.ruleset import Ruleset
from operations.logs.log_usage import usage_of
from operations.rules.check import check
from operations.rules.play_tests import play_tests
from tests.engine.checks.pages import PAGES as FOLDER
from tests.engine.checks.pages import Files, Page, all_pages, as_folder, table_of_codes
from tests.paths import ROOT

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
# The codes of the reader, whose words are its own.
READ = frozenset("J01 J02 J03 J05 J06 J07 J08 J09 J15 J18 J19 J20 J33".split())  # noqa: SIM905  # codes read best as one line
PAGES = all_pages()


def found_in(page: Page, files: Files, path: Path) -> tuple[Problem, ...]:
    """What `purna check` finds in an example, with its log if it has one; J36 comes from `purna
    test`.
    """
    folder = as_folder(files, path, is_tested=page.code != "J35")
    if page.code == "J36":
        return tuple(one.problem for one in play_tests(folder, TODAY).verdicts if one.problem)
    log = path / "log.jsonl"
    of_log = partial(problems_of_log, log) if "log.jsonl" in files else None
    return check(folder, TODAY, of_log=of_log).problems


def problems_of_log(log: Path, ruleset: Ruleset) -> Iterable[Problem]:
    return usage_of(log, ruleset, NOW).problems(MOST_A_DAY)


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


def test_every_code_has_a_page_with_its_meaning_as_the_title() -> None:
    titles = {path.stem: path.read_text().partition("\n")[0] for path in FOLDER.glob("J*.md")}

    assert titles == {one.name: f"# {one.name} · {one.meaning}" for one in CODES.values()}


def test_the_readme_has_every_code_with_its_severity_and_meaning() -> None:
    assert table_of_codes() in (FOLDER / "README.md").read_text()


def test_no_code_is_used_that_is_not_listed() -> None:
    folders = (ROOT / name for name in ("engine", "operations", "activities"))
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    used = {code for text in sources for code in re.findall(r'"(J\d\d)"', text)}

    assert used - CODES.keys() == set()
