import stat
from pathlib import Path

import pytest

from local.embedded.keys import Keys
from local.embedded.process import CannotStart


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert Keys.at(tmp_path / "secrets.json") == Keys.at(tmp_path / "secrets.json")


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    one, other = Keys.at(tmp_path / "one.json"), Keys.at(tmp_path / "other.json")

    assert len({one.secret, one.api_token, other.secret, other.api_token}) == 4
    assert len(bytes.fromhex(one.secret)) == 32


def test_only_we_may_read_them(tmp_path: Path) -> None:
    Keys.at(tmp_path / "secrets.json")

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"secret": "a"}', '{"secret": "", "api_token": ""}']
)
def test_a_broken_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(CannotStart, match="does not hold the two secrets"):
        Keys.at(tmp_path / "secrets.json")

    assert (tmp_path / "secrets.json").read_text() == content
