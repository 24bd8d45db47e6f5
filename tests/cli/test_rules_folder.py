"""A folder of rules on disk."""

from pathlib import Path

import pytest

from cli.failure import Findings
from cli.rules_folder import read_rules


@pytest.mark.parametrize("policy", ["recommend: {source: co_purchase}"])
def test_what_is_not_carried_out_yet_is_refused_instead_of_left_undone(tmp_path: Path, policy: str) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "templates" / "en").mkdir(parents=True)
    (tmp_path / "templates" / "en" / "hello.md").write_text("---\nsubject: Hello\n---\nHello.\n")
    (tmp_path / "policies.yaml").write_text(f"version: 1\n{policy}\n")

    with pytest.raises(Findings, match="does not carry it out yet"):
        read_rules(tmp_path)
