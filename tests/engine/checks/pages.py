"""The pages of docs/checks: each shows a mistake, what is printed of it, and how it is right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.checks import CODES
from tests.paths import ROOT

PAGES = ROOT / "docs" / "checks"
_FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PRINTED = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ID, _SEND = re.compile(r"- id: (\S+)"), re.compile(r"send: (\w+)")
_MESSAGE = "---\nsubject: Hello\nsms: Hello\npush: Hello\nwhatsapp: Hello\n---\nHello.\n"
_JOURNEY = (
    "version: 1\nrules:\n  - {id: a-rule, when: order.placed, do: [{send: hello, by: email, "
    "category: delivery}]}\n"
)

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One code."""

    code: str
    wrong: Files
    printed: str
    right: Files


def page(path: Path) -> Page:
    text = path.read_text()
    wrong, _, right = text.partition("## Right")
    printed = _PRINTED.search(wrong)
    assert printed is not None, path
    return Page(
        path.stem, dict(_FILE.findall(wrong)), printed[1].strip(), dict(_FILE.findall(right))
    )


def table_of_codes() -> str:
    """The table in the README of the pages, as the codes say it."""
    rows = [
        f"| [{one.name}]({one.name}.md) | {one.severity} | {one.meaning} |"
        for one in CODES.values()
    ]
    return "\n".join(["| code | | what it says |", "| --- | --- | --- |", *rows])


def all_pages() -> list[Page]:
    return [page(path) for path in sorted(PAGES.glob("J*.md"))]


def as_folder(files: Files, folder: Path, *, is_tested: bool = True) -> Path:
    """The files of an example with what it leaves out: the templates it sends, a footer, a test of
    its rules.
    """
    whole = {"journeys/a.yaml": _JOURNEY, **files}
    journeys = "".join(text for path, text in whole.items() if path.startswith("journeys/"))
    messages = {f"templates/en/{name}.md": _MESSAGE for name in _SEND.findall(journeys)}
    footer = {"templates/en/footer.md": "[Stop]({{ links.unsubscribe }})\n"}
    tested = (
        {"journeys/all.test.yaml": _tests_of(_ID.findall(journeys) or ["a-rule"])}
        if is_tested
        else {}
    )
    for path, text in {**messages, **footer, **tested, **whole}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def _tests_of(ids: list[str]) -> str:
    keys = f"name: all, only: [{', '.join(dict.fromkeys(ids))}], starts: 2026-03-02 10:00"
    return f"version: 1\ntests:\n  - {{{keys}, story: [{{at: 0h, expect: nothing}}]}}\n"
