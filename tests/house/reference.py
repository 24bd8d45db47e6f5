"""Writes the pages in `docs/reference` from the code: `python -m tests.house.reference`."""

from collections.abc import Callable, Mapping

from tests.house.form_pages import (
    answers_page,
    catalog_page,
    policies_page,
    rules_page,
    sources_page,
    tests_page,
)
from tests.house.name_pages import actions_page, events_page, facts_page, templates_page
from tests.house.settings_page import settings_page
from tests.paths import ROOT

FOLDER = ROOT / "docs" / "reference"


def index_page() -> str:
    """What the other pages are."""
    return """\
# Reference

These pages are written from the code (`make docs`), and a test fails where one of them is stale.

| page | what it lists |
| --- | --- |
| [Events](events.md) | what may start a rule, end one, or be counted |
| [Facts](facts.md) | what a condition may read |
| [Actions](actions.md) | what `call` may call |
| [Templates](templates.md) | parts, filters and names of templates |
| [Rules](rules.md) | the keys of `journeys/*.yaml`, the sentences, the verbs |
| [Policies](policies.md) | the keys of `policies.yaml` |
| [Answers](answers.md) | the keys of `answers.yaml` |
| [Catalog](catalog.md) | the keys of `catalog.yaml` |
| [Sources](sources.md) | the keys of `sources/*.yaml` |
| [Tests](tests.md) | the keys of `*.test.yaml` |
| [Settings](settings.md) | what the environment and `purna.toml` say |
"""


PAGES: Mapping[str, Callable[[], str]] = {
    "README.md": index_page,
    "events.md": events_page,
    "facts.md": facts_page,
    "actions.md": actions_page,
    "templates.md": templates_page,
    "rules.md": rules_page,
    "policies.md": policies_page,
    "answers.md": answers_page,
    "catalog.md": catalog_page,
    "sources.md": sources_page,
    "tests.md": tests_page,
    "settings.md": settings_page,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
