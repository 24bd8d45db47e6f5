"""A folder of rules on disk."""

import os
from pathlib import Path

import pytest

from operations.cannot_run import CannotRun
from operations.rules.rules_folder import files_in, read_files


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
