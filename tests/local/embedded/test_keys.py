import stat
from pathlib import Path

import pytest

from local.embedded.keys import Keys, NamingKey, kept_naming, made_keys, set_naming
from local.embedded.process import CannotStart

NEW, OLD, TOKEN = "n" * 32, "o" * 32, "t" * 32
ELSEWHERE = {"PURNA_DATABASE_URL": "postgresql://elsewhere"}


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert Keys.of({}, tmp_path) == Keys.of({}, tmp_path)


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    one, other = made_keys(tmp_path / "one.json"), made_keys(tmp_path / "other.json")

    assert len({*one.values(), *other.values()}) == 4
    assert {len(bytes.fromhex(key)) for key in one.values()} == {32}


def test_only_we_may_read_them(tmp_path: Path) -> None:
    made_keys(tmp_path / "secrets.json")

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"secret": "a"}', '{"secret": "", "api_token": ""}']
)
def test_a_broken_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(CannotStart, match="does not hold the two secrets"):
        Keys.of({}, tmp_path)

    assert (tmp_path / "secrets.json").read_text() == content


def test_what_is_set_wins_over_what_the_home_keeps(tmp_path: Path) -> None:
    kept = Keys.of({"PURNA_API_TOKEN": " "}, tmp_path)
    keys = Keys.of({"PURNA_SECRET": f"{NEW} {OLD}"}, tmp_path)

    assert keys == Keys(f"{NEW} {OLD}", kept.api_token, NamingKey(OLD, "PURNA_SECRET"))
    assert kept.naming == NamingKey(kept.secret, f"the secret in {tmp_path / 'secrets.json'}")


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({}, "set PURNA_SECRET and PURNA_API_TOKEN as well"),
        ({"PURNA_SECRET": NEW}, "set PURNA_API_TOKEN as well"),
        ({"PURNA_API_TOKEN": TOKEN, "PURNA_SECRET": ""}, "set PURNA_SECRET as well"),
    ],
)
def test_the_keys_of_a_home_are_not_used_beside_a_database_of_somebodys_own(
    tmp_path: Path, told: dict[str, str], missing: str
) -> None:
    made_keys(tmp_path / "secrets.json")

    with pytest.raises(CannotStart, match=missing):
        Keys.of(ELSEWHERE | told, tmp_path)


def test_beside_it_what_is_set_is_used_and_nothing_is_made(tmp_path: Path) -> None:
    keys = Keys.of(ELSEWHERE | {"PURNA_SECRET": NEW, "PURNA_API_TOKEN": TOKEN}, tmp_path)

    assert (keys.secret, keys.api_token) == (NEW, TOKEN)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_became_known_goes_on_naming_and_signs_nothing() -> None:
    told = {"PURNA_SECRET": NEW, "PURNA_NAMING_SECRET": OLD}

    assert set_naming(told) == NamingKey(OLD, "PURNA_NAMING_SECRET")
    assert set_naming({"PURNA_SECRET": " "}) is None


def test_a_command_makes_no_new_secret(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"is not set and .*secrets\.json is missing"):
        kept_naming(tmp_path)

    assert made_keys(tmp_path / "secrets.json")["PURNA_SECRET"] == kept_naming(tmp_path).secret
