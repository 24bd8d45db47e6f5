import json
from pathlib import Path

import pytest

from operations.rules.rules_folder import read_rules
from tests.cli.telling import POLICIES, a_folder, answer, said

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".purna"


@pytest.fixture
def rules(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PURNA_HOME", str(home))
    return a_folder(tmp_path / "rules")


def test_a_new_rule_can_be_read_and_passes_its_tests(capsys: Captured, rules: Path) -> None:
    written = answer(capsys, "new-rule", "parcel-hello", "--rules", rules)["files"]

    assert [Path(path).relative_to(rules).as_posix() for path in written] == [
        "journeys/parcel-hello.yaml",
        "journeys/parcel-hello.test.yaml",
        "templates/en/parcel_hello.md",
    ]
    assert "parcel-hello" in read_rules(rules).rules
    assert "2 passed" in said(capsys, "test", rules)


def schema_of(file: Path) -> Path:
    """The schema that the first line of a file names."""
    line = file.read_text().partition("\n")[0]
    assert line.startswith("# yaml-language-server: $schema=")
    return (file.parent / line.partition("=")[2]).resolve()


def test_editors_are_told_of_the_schemas_which_know_the_new_template(
    capsys: Captured, rules: Path, home: Path
) -> None:
    said(capsys, "new-rule", "hello", "--rules", rules)
    written = rules / "journeys" / "hello.yaml"

    assert schema_of(written) == home / "rules.schema.json"
    assert schema_of(written.with_suffix(".test.yaml")) == home / "tests.schema.json"
    assert "hello" in json.loads(schema_of(written).read_text())["definitions"]["template"]["enum"]


def test_a_category_of_the_folder_is_taken(capsys: Captured, rules: Path) -> None:
    own = (
        POLICIES
        + "locale: id\ncategories: [{id: ads, kind: marketing}, {id: news, kind: transactional}]\n"
    )
    (rules / "policies.yaml").write_text(own)
    (rules / "journeys" / "orders.yaml").unlink()
    said(capsys, "new-rule", "hello", "--rules", rules)

    assert "category: news" in (rules / "journeys" / "hello.yaml").read_text()
    assert (rules / "templates" / "id" / "hello.md").exists()


@pytest.mark.parametrize("there", ["journeys/hello.test.yaml", "templates/en/hello.md"])
def test_nothing_that_is_there_is_overwritten(capsys: Captured, rules: Path, there: str) -> None:
    (rules / there).write_text("mine")

    assert "is there already" in said(capsys, "new-rule", "hello", "--rules", rules, code=2)
    assert (rules / there).read_text() == "mine"
    assert not (rules / "journeys" / "hello.yaml").exists()


def test_an_id_that_is_taken_is_told_with_its_place(capsys: Captured, rules: Path) -> None:
    assert "in journeys/orders.yaml" in said(
        capsys, "new-rule", "review-request", "--rules", rules, code=2
    )


@pytest.mark.parametrize("name", ["Hello", "../hello", "hello world", "", "a_b"])
def test_what_is_no_id_is_refused(capsys: Captured, rules: Path, name: str) -> None:
    assert "is no id" in said(capsys, "new-rule", name, "--rules", rules, code=2)


def test_a_folder_that_is_none_is_refused(capsys: Captured, tmp_path: Path) -> None:
    assert "is no rules folder" in said(capsys, "new-rule", "hello", "--rules", tmp_path, code=2)
