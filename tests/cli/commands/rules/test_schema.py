import json
from pathlib import Path

import pytest

from tests.cli.telling import a_folder, said

Captured = pytest.CaptureFixture[str]


def test_the_schema_names_what_the_folder_has(capsys: Captured, tmp_path: Path) -> None:
    definitions = json.loads(said(capsys, "schema", "--rules", a_folder(tmp_path)))["definitions"]

    assert definitions["template"] == {"enum": ["review_request", "shipped"]}
    assert "order.placed" in definitions["event"]["enum"]


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ("answers", "answers"),
        ("policies", "caps"),
        ("catalog", "segments"),
        ("sources", "scheme"),
        ("tests", "people"),
    ],
)
def test_every_kind_of_file_has_one(capsys: Captured, tmp_path: Path, files: str, key: str) -> None:
    told = json.loads(said(capsys, "schema", files, "--rules", a_folder(tmp_path)))

    assert key in told["properties"]


def test_the_schema_is_written_whole(capsys: Captured, tmp_path: Path) -> None:
    folder, file = a_folder(tmp_path / "rules"), tmp_path / ".purna" / "rules.schema.json"

    assert said(capsys, "schema", "--rules", folder, "-o", file) == ""
    assert json.loads(file.read_text())["title"] == "Rules of Purna"
    assert list(file.parent.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_named(capsys: Captured, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "rules")

    assert "policies.yaml" in said(
        capsys, "schema", "--rules", folder, "-o", folder / "policies.yaml" / "x", code=2
    )
