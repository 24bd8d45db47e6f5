"""A folder of one's own: what is written, that it is sound, and that nothing is overwritten."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operations.cannot_run import CannotRun
from operations.rules.check import check
from operations.rules.new_folder import begin_folder, starter
from operations.rules.play_tests import read_tests
from process.settings_file import read_settings_file
from process.shipped import shipped_rules

TODAY = datetime(2026, 3, 2, tzinfo=UTC).date()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    begin_folder(tmp_path / "my-shop")
    return tmp_path / "my-shop"


def test_what_is_there_to_begin_with(folder: Path) -> None:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert {
        "README.md",
        "purna.toml",
        ".gitignore",
        ".vscode/settings.json",
        "rules/policies.yaml",
        "rules/journeys/orders.yaml",
        "rules/journeys/orders.test.yaml",
        "rules/templates/layout.html",
        "rules/templates/en/order_confirmed.md",
        "rules/templates/en/footer.md",
    } <= found


def test_its_rules_have_no_mistake(folder: Path) -> None:
    assert check(folder / "rules", TODAY).is_good(strict=True)


def test_its_tests_pass(folder: Path) -> None:
    tests = read_tests(folder / "rules", TODAY)
    played = tests.play(lambda _: None)

    assert tests.verdict(played, played).is_good


def test_it_is_smaller_than_what_is_shipped() -> None:
    shipped = {path.relative_to(shipped_rules()).as_posix() for path in shipped_rules().rglob("*")}

    assert starter().keys() < shipped
    assert len(starter()) < len(shipped) / 2


def test_settings_can_be_read_and_say_nothing_yet(folder: Path) -> None:
    assert read_settings_file(folder / "purna.toml") == {}


def test_what_purna_keeps_is_not_for_git(folder: Path) -> None:
    assert ".purna/" in (folder / ".gitignore").read_text().splitlines()


def test_editors_find_a_schema_for_every_kind_of_file(folder: Path) -> None:
    settings = json.loads((folder / ".vscode" / "settings.json").read_text())

    for place, files in settings["yaml.schemas"].items():
        assert json.loads((folder / place).read_text())["$schema"]
        assert files.startswith("rules/")


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("journeys/orders.yaml", "../../.purna/rules.schema.json"),
        ("journeys/orders.test.yaml", "../../.purna/tests.schema.json"),
        ("policies.yaml", "../.purna/policies.schema.json"),
        ("answers.test.yaml", "../.purna/tests.schema.json"),
    ],
)
def test_each_file_names_its_schema(folder: Path, file: str, schema: str) -> None:
    first, *_ = (folder / "rules" / file).read_text().splitlines()

    assert first == f"# yaml-language-server: $schema={schema}"


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")

    with pytest.raises(CannotRun, match=r"README.md is there already, and is left as it is$"):
        begin_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_folder_with_other_files_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    begin_folder(tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"
