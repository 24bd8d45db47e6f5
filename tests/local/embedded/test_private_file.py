"""A file for our eyes only, such as what `purna export -o` writes of a customer."""

import stat
from pathlib import Path

import pytest

from local.embedded.private_file import replace_private


@pytest.mark.parametrize("was_there", [True, False])
def test_the_file_is_private_also_where_others_could_read_it_before(
    tmp_path: Path, was_there: bool
) -> None:
    file = tmp_path / "ana.json"
    if was_there:
        file.write_text("an older one", "utf-8")
        file.chmod(0o644)

    replace_private(file, "{}\n")

    assert (file.read_text("utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("{}\n", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["ana.json"]
