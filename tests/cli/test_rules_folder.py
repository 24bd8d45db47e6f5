"""A folder of rules on disk."""

import os
from pathlib import Path

import pytest

from cli.failure import CannotRun, Findings
from cli.rules_folder import files_in, read_files, read_rules


@pytest.mark.parametrize("policy", ["recommend: {source: co_purchase}", "digest: {categories: sales, template: hello}"])
def test_what_is_not_carried_out_yet_is_refused_instead_of_left_undone(tmp_path: Path, policy: str) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "templates" / "en").mkdir(parents=True)
    (tmp_path / "templates" / "en" / "hello.md").write_text("---\nsubject: Hello\n---\nHello.\n")
    (tmp_path / "policies.yaml").write_text(f"version: 1\n{policy}\n")

    with pytest.raises(Findings, match="does not carry it out yet"):
        read_rules(tmp_path)


def test_hidden_files_are_left_alone_and_links_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in (".git/a.yaml", ".b.yaml", "c.yaml"):
        (tmp_path / name).write_text("")
    (tmp_path / "again").symlink_to(tmp_path)

    assert files_in(tmp_path) == [tmp_path / "c.yaml"]


def test_a_link_to_nothing_is_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "gone.yaml").symlink_to(tmp_path / "nowhere")

    with pytest.raises(CannotRun, match=r"gone\.yaml: No such file or directory"):
        read_files(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "journeys" / "more").mkdir(parents=True)
    (tmp_path / "journeys" / "more").chmod(0)

    with pytest.raises(CannotRun, match="Permission denied"):
        read_files(tmp_path)
