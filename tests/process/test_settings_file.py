"""`purna.toml`: what it says, what it must not say, and how that is reported."""

import re
import tomllib
from pathlib import Path

import pytest

from process.setting_table import BY_KEY, SETTINGS, is_secret
from process.settings_file import (
    WrongSettingsFile,
    a_settings_file,
    add_settings_file,
    read_settings_file,
)
from tests.paths import ROOT
from web.http.limits import Rates
from web.http.settings import WebSettings

_NAMED = re.compile(r"[\"'](PURNA_[A-Z_]+|TEMPORAL_[A-Z]+)[\"']")
# Said by a supervisor to its children, by a person to a tool, or the beginning of a name.
_NOT_SETTINGS = {"PURNA_MAIL_URL", "PURNA_INSTANCE", "PURNA_CONFIG", "PURNA_SOURCE_", "PURNA_"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, *lines: str) -> Path:
    path = folder / "purna.toml"
    path.write_text("\n".join(lines))
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(WrongSettingsFile) as wrong:
        read_settings_file(path)
    return str(wrong.value).replace(str(path.parent) + "/", "").splitlines()


def test_a_key_is_a_variable_in_small_letters(folder: Path) -> None:
    path = written(folder, 'rules = "our/rules"', "port = 8001", 'temporal_address = "t:7233"')

    assert read_settings_file(path) == {
        "PURNA_RULES": "our/rules",
        "PURNA_PORT": "8001",
        "TEMPORAL_ADDRESS": "t:7233",
    }


def test_the_environment_wins(folder: Path) -> None:
    written(folder, "port = 8001", 'host = "0.0.0.0"')
    environment = {"PURNA_PORT": "9000", "PURNA_HOST": " "}

    add_settings_file(environment)

    assert environment == {"PURNA_PORT": "9000", "PURNA_HOST": "0.0.0.0"}  # noqa: S104  # a value


def test_a_secret_of_the_environment_wins_over_a_file_of_secrets(folder: Path) -> None:
    written(folder, 'secret_file = "/run/secrets/purna"')
    environment = {"PURNA_SECRET": "s" * 32}

    add_settings_file(environment)

    assert environment == {"PURNA_SECRET": "s" * 32}


def test_a_file_that_holds_a_secret_may_be_named(folder: Path) -> None:
    path = written(folder, 'secret_file = "/run/secrets/purna"', 'source_shop_file = "/run/shop"')

    assert read_settings_file(path) == {
        "PURNA_SECRET_FILE": "/run/secrets/purna",
        "PURNA_SOURCE_SHOP_FILE": "/run/shop",
    }


@pytest.mark.parametrize("key", [*(one.key for one in SETTINGS if one.is_secret), "source_shop"])
def test_a_secret_does_not_stand_in_it(folder: Path, key: str) -> None:
    path = written(folder, f'{key} = "hush"')

    name = f"PURNA_{key.upper()}"
    assert problems(path) == [
        f"purna.toml:1: {key}: is a secret and stands in the environment, as {name} or {name}_FILE"
    ]


def test_everything_that_is_wrong_is_told_at_once_with_its_line(folder: Path) -> None:
    path = written(folder, "# ours", 'base_ulr = "x"', "port = true", "[web]", "x = 1")

    assert problems(path) == [
        "purna.toml:2: base_ulr: unknown key, did you mean 'base_url'?",
        "purna.toml:3: port: must be a text or a whole number",
        "purna.toml:4: web: unknown key",
    ]


def test_a_file_that_is_no_toml_is_one_sentence(folder: Path) -> None:
    (sentence,) = problems(written(folder, "port: 8000"))

    assert sentence.startswith("purna.toml is no TOML: ")


def test_without_a_file_nothing_is_added(folder: Path) -> None:
    environment = {"PATH": str(folder)}

    add_settings_file(environment)

    assert environment == {"PATH": str(folder)}


def test_another_file_may_be_named(folder: Path) -> None:
    other = folder / "other.toml"
    other.write_text("port = 1")
    written(folder, "port = 2")
    environment = {"PURNA_CONFIG": str(other)}

    add_settings_file(environment)

    assert environment["PURNA_PORT"] == "1"


def test_another_file_that_is_missing_is_one_sentence(folder: Path) -> None:
    with pytest.raises(
        WrongSettingsFile, match=r"^PURNA_CONFIG names gone\.toml, which is not there\.$"
    ):
        add_settings_file({"PURNA_CONFIG": "gone.toml"})


def test_a_blank_name_of_another_file_is_none(folder: Path) -> None:
    environment = {"PURNA_CONFIG": " "}

    add_settings_file(environment)

    assert environment == {"PURNA_CONFIG": " "}


def test_a_new_file_names_every_setting_but_the_secrets(folder: Path) -> None:
    text = a_settings_file()
    path = written(folder, re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE))

    assert tomllib.loads(text) == {}
    assert set(read_settings_file(path)) == {one.name for one in SETTINGS if not one.is_secret}


def test_every_setting_that_is_read_anywhere_is_in_the_table() -> None:
    sources = [
        path
        for room in ("process", "compose", "operations", "web", "local", "cli", "activities")
        for path in (ROOT / room).rglob("*.py")
    ]
    read = {name for path in sources for name in _NAMED.findall(path.read_text())}
    names = {one.name for one in SETTINGS}

    assert {name for name in read - names - _NOT_SETTINGS if not is_secret(name)} == set()
    assert len(BY_KEY) == len(SETTINGS)


def test_the_limits_of_the_table_are_those_of_the_code() -> None:
    usual = Rates()
    defaults = {one.name: one.default for one in SETTINGS}

    assert defaults["PURNA_RATE_ADDRESS"] == str(usual.address)
    assert defaults["PURNA_RATE_SENDER"] == str(usual.sender)
    assert defaults["PURNA_RATE_PAGES"] == str(usual.pages)
    assert defaults["PURNA_CONNECTIONS_ADDRESS"] == str(WebSettings(()).connections)
