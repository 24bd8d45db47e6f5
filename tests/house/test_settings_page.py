import re

from process.setting_table import SETTINGS
from tests.house.settings_page import settings_page
from tests.paths import ROOT


def test_the_page_of_settings_is_the_one_that_the_table_makes() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")

    assert page == settings_page(), "run: make docs"


def test_every_setting_has_a_line_with_its_default() -> None:
    lines = re.findall(r"^\| `([A-Z_]+)` .*\| (?:`(.*)`)? \|$", settings_page(), re.MULTILINE)

    assert lines == [(one.name, one.default) for one in SETTINGS]
