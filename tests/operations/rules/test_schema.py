"""The schemas for editors are kept fresh beside a folder of rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.language.schemas.file_schemas import KINDS
from operations.cannot_run import CannotRun
from operations.rules.schema import refresh_schemas, schema_file, schema_line, write_schemas
from tests.cli.telling import a_folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return a_folder(tmp_path / "rules")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".purna"


def definitions(home: Path, kind: str) -> Any:
    return json.loads((home / f"{kind}.schema.json").read_text())["definitions"]


def test_every_kind_of_file_has_a_schema(rules: Path, home: Path) -> None:
    written = write_schemas(home, rules)

    assert set(written) == {schema_file(home, kind) for kind in KINDS}
    assert home / "rules.schema.json" in written
    assert all(json.loads(path.read_text())["$schema"] for path in written)


def test_the_schemas_name_the_rules_where_rules_are_named(rules: Path, home: Path) -> None:
    (rules / "journeys/b.yaml").write_text(
        "version: 1\nrules: [{id: a-new-rule, when: nonsense}]\n"
    )
    write_schemas(home, rules)

    assert "a-new-rule" in definitions(home, "tests")["rule_id"]["enum"]
    assert "a-new-rule" in definitions(home, "policies")["rule_id"]["enum"]


def test_nothing_is_written_where_nothing_has_changed(rules: Path, home: Path) -> None:
    write_schemas(home, rules)

    assert write_schemas(home, rules) == []


def test_a_new_template_is_known_at_once(rules: Path, home: Path) -> None:
    write_schemas(home, rules)
    (rules / "templates/en/farewell.md").write_text("---\nsubject: Bye\n---\nBye.\n")
    write_schemas(home, rules)

    assert "farewell" in definitions(home, "rules")["template"]["enum"]


def test_a_schema_that_is_gone_is_written_again(rules: Path, home: Path) -> None:
    write_schemas(home, rules)
    (home / "catalog.schema.json").unlink()

    assert write_schemas(home, rules)
    assert (home / "catalog.schema.json").exists()


def test_who_passes_by_makes_no_folder(rules: Path, home: Path) -> None:
    refresh_schemas(home, rules)

    assert not home.exists()


def test_who_passes_by_is_not_stopped_by_what_cannot_be_written(rules: Path, home: Path) -> None:
    home.mkdir()
    (home / "rules.schema.json").mkdir()
    refresh_schemas(home, rules)

    with pytest.raises(CannotRun):
        write_schemas(home, rules)


def test_the_line_for_editors_leads_from_a_file_to_its_schema(rules: Path, home: Path) -> None:
    line = schema_line(home, "journeys", rules / "journeys/a.yaml")

    assert line == "# yaml-language-server: $schema=../../.purna/rules.schema.json\n"
