"""The reference pages are those of the code, and what they show is true."""

import pytest

from tests.house.reference import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_one_that_the_code_writes(name: str) -> None:
    shown = (FOLDER / name).read_text(encoding="utf-8")

    assert shown == PAGES[name](), "run: make docs"


def test_there_is_no_other_page() -> None:
    assert {page.name for page in FOLDER.iterdir()} == set(PAGES)
