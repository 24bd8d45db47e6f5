"""A real language server completes and marks rule files by our schemas, as an editor shows it.

The shipped files are opened as they are, with the line that names their schema above them.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from operations.rules.schema import schema_line, write_schemas
from tests.editors.language_server import Editor, an_editor
from tests.paths import RULES

OWN_CATALOG = "version: 1\nevents: {setup.started: {about: order}}\n"
SHOPIFY = "version: 1\nscheme: shopify\nsecret: SHOP\n"


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """The shipped rules, copied, with their schemas, and an editor that has opened them."""

    rules: Path
    home: Path
    editor: Editor

    def marks(self, file: str, text: str | None = None) -> list[str]:
        """What is marked in a file, perhaps with another text."""
        shown = (self.rules / file).read_text("utf-8") if text is None else text
        return self._opened(file, shown)[2]

    def offered(self, file: str, written: str, cut: str) -> dict[str, str]:
        """What is offered in a shipped file at the end of `cut`, where `written` stood."""
        text = (self.rules / file).read_text("utf-8")
        assert written in text
        before, _, behind = text.partition(written)
        path, lines, _ = self._opened(file, before + cut + behind)
        row = before.count("\n")
        return self.editor.offered(path, row + lines, len(before + cut) - before.rfind("\n") - 1)

    def _opened(self, file: str, text: str) -> tuple[Path, int, list[str]]:
        """A new file beside this one with a text, below the line that names its schema: its path,
        how many lines were put above the text, and what is marked.
        """
        path = (self.rules / file).with_name(f"{next(_NUMBERS)}-{Path(file).name}")
        line = schema_line(self.home, kind_of(file), path)
        return path, line.count("\n"), self.editor.open(path, line + text)


_NUMBERS = count(1)


def kind_of(file: str) -> str:
    if file.endswith(".test.yaml"):
        return "tests"
    folder, slash, _ = file.partition("/")
    return folder if slash else file.removesuffix(".yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenFolder]:
    top = tmp_path_factory.mktemp("shop")
    rules, home = top / "rules", top / ".purna"
    shutil.copytree(RULES, rules)
    write_schemas(home, rules)
    with an_editor(top) as editor:
        yield OpenFolder(rules, home, editor)


SHIPPED = sorted(path.relative_to(RULES).as_posix() for path in RULES.rglob("*.yaml"))


@pytest.mark.parametrize("file", SHIPPED)
def test_nothing_is_marked_in_a_shipped_file(folder: OpenFolder, file: str) -> None:
    assert folder.marks(file) == []


@pytest.mark.parametrize(
    ("file", "text"), [("catalog.yaml", OWN_CATALOG), ("sources/shop.yaml", SHOPIFY)]
)
def test_nothing_is_marked_in_a_catalog_or_a_source(
    folder: OpenFolder, file: str, text: str
) -> None:
    assert folder.marks(file, text) == []


def test_an_editor_completes_events(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/orders.yaml", "when: order.confirmed", "when: ")

    assert offered["review.received"] == "The customer has written a review."
    assert "2 weeks" not in offered
    assert "7 days after order.delivered" in offered


def test_an_editor_completes_facts_and_answers(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/reviews.yaml", "if: review.stars <= 2", "if: ")

    assert {"review.stars", "order.total", "answer.return_window"} <= offered.keys()


def test_an_editor_completes_templates(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/orders.yaml", "send: order_confirmed", "send: ")

    assert {"order_confirmed", "parcel_shipped", "review_request"} <= offered.keys()
    assert "footer" not in offered


def test_an_editor_completes_categories(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/orders.yaml", "category: delivery", "category: ")

    assert {"billing", "delivery", "sales"} <= offered.keys()


def test_an_editor_completes_actions_and_says_what_they_do(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/reviews.yaml", "call: open_support_case", "call: ")

    assert offered["open_support_case"] == "Have a person look after somebody."


def test_an_editor_completes_the_rules_of_a_test(folder: OpenFolder) -> None:
    offered = folder.offered("journeys/reviews.test.yaml", "only: [", "only: [")

    assert "unhappy-customer-silence" in offered


def test_a_wrong_category_is_marked(folder: OpenFolder) -> None:
    text = (RULES / "journeys/orders.yaml").read_text("utf-8")
    (mark,) = folder.marks("journeys/orders.yaml", text.replace(": delivery", ": delivry", 1))

    assert '"delivery"' in mark


def test_an_unknown_event_of_a_test_is_marked(folder: OpenFolder) -> None:
    text = (RULES / "journeys/orders.test.yaml").read_text("utf-8")
    marks = folder.marks(
        "journeys/orders.test.yaml", text.replace("order.placed", "order.placd", 1)
    )

    assert len(marks) == 1
