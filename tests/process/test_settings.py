"""Settings and their one clear sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from process.settings import (
    Build,
    MissingSetting,
    naming_origin,
    read_allowance,
    read_build,
    read_lease,
    read_mail_settings,
    read_settings,
    read_shop_settings,
    with_files,
)

ENVIRONMENT = {
    "PURNA_DATABASE_URL": "postgresql://localhost/purna",
    "PURNA_BASE_URL": "https://purna.example",
    "PURNA_SECRET": "s" * 32,
    "PURNA_SMTP_URL": "smtp://localhost",
    "PURNA_SENDER": "Purna <shop@purna.example>",
}


def test_all_that_is_there_is_read() -> None:
    settings = read_settings(ENVIRONMENT)

    assert settings.database_url == "postgresql://localhost/purna"
    assert settings.secrets == (b"s" * 32,)
    assert read_mail_settings(ENVIRONMENT).sender == "Purna <shop@purna.example>"


@pytest.mark.parametrize("name", ["PURNA_DATABASE_URL", "PURNA_BASE_URL", "PURNA_SECRET"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_missing_is_said_in_one_sentence(name: str, value: str | None) -> None:
    environment = (
        {**ENVIRONMENT, name: value}
        if value is not None
        else {k: v for k, v in ENVIRONMENT.items() if k != name}
    )

    with pytest.raises(MissingSetting, match=f"{name} is not set: it says .+\\.$"):
        read_settings(environment)


@pytest.mark.parametrize("name", ["PURNA_SMTP_URL", "PURNA_SENDER"])
def test_the_web_needs_no_mail_settings_but_the_worker_does(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}

    read_settings(environment)
    with pytest.raises(MissingSetting, match=name):
        read_mail_settings(environment)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(MissingSetting, match="too short"):
        read_settings({**ENVIRONMENT, "PURNA_SECRET": "short"})


def test_a_new_secret_stands_before_the_old_one_and_renames_no_journey() -> None:
    settings = read_settings({**ENVIRONMENT, "PURNA_SECRET": f"{'n' * 32} {'s' * 32}"})

    assert settings.secrets[0] == b"n" * 32
    assert settings.naming_secret == b"s" * 32


def test_a_secret_that_became_known_names_journeys_and_signs_nothing() -> None:
    settings = read_settings({**ENVIRONMENT, "PURNA_NAMING_SECRET": "o" * 32})

    assert (settings.secrets, settings.naming_secret) == ((b"s" * 32,), b"o" * 32)


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ({"PURNA_SECRET": "s"}, "PURNA_SECRET"),
        ({"PURNA_SECRET_FILE": "/run/s"}, "what the file of PURNA_SECRET_FILE holds"),
        ({"PURNA_SECRET": "s", "PURNA_NAMING_SECRET": "o"}, "PURNA_NAMING_SECRET"),
        (
            {"PURNA_SECRET": "s", "PURNA_NAMING_SECRET_FILE": "/run/o"},
            "what the file of PURNA_NAMING_SECRET_FILE holds",
        ),
        ({}, "PURNA_SECRET"),
    ],
)
def test_where_the_naming_secret_comes_from_is_told_by_its_setting(
    told: dict[str, str], origin: str
) -> None:
    assert naming_origin(told) == origin


def test_neither_password_nor_secret_is_shown() -> None:
    told = repr(
        read_settings({**ENVIRONMENT, "PURNA_DATABASE_URL": "postgresql://u:hush@localhost/purna"})
    )

    assert "hush" not in told
    assert "ssss" not in told


def test_a_shop_without_a_system_of_its_own_names_none() -> None:
    assert read_shop_settings({"PURNA_SHOP_TOKEN": "a token"}) is None


def test_the_shops_own_system_has_an_address_and_a_token_that_is_not_printed() -> None:
    told = read_shop_settings(
        {"PURNA_SHOP_URL": "https://shop.example/purna", "PURNA_SHOP_TOKEN": "a token"}
    )

    assert told is not None
    assert (told.url, told.token) == ("https://shop.example/purna", "a token")
    assert "a token" not in repr(told)


def test_an_address_that_is_none_is_told_at_the_start() -> None:
    with pytest.raises(MissingSetting, match="PURNA_SHOP_URL"):
        read_shop_settings({"PURNA_SHOP_URL": "shop.example"})


IN_FILES = [
    "PURNA_DATABASE_URL",
    "PURNA_SECRET",
    "PURNA_API_TOKEN",
    "PURNA_SMTP_URL",
    "PURNA_SHOP_TOKEN",
]


@pytest.mark.parametrize("name", [*IN_FILES, "PURNA_SOURCE_SHOP"])
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  from a file\n", "utf-8")
    assert with_files({f"{name}_FILE": str(file), name: "", "OTHER": "1"}) == {
        name: "from a file",
        "OTHER": "1",
    }


def test_without_files_the_environment_is_what_it_was() -> None:
    told = {
        **ENVIRONMENT,
        "PURNA_SECRET_FILE": " ",
        "PURNA_SENDER_FILE": "/nowhere",
        "TLS_FILE": "/nowhere",
    }
    assert with_files(told) == {
        key: value for key, value in told.items() if key != "PURNA_SECRET_FILE"
    }


def test_both_a_secret_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(
        MissingSetting,
        match=r"^PURNA_SECRET and PURNA_SECRET_FILE are both set: keep one of them\.$",
    ):
        with_files({**ENVIRONMENT, "PURNA_SECRET_FILE": str(tmp_path)})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: no such file or directory"),
        (b"", "holds nothing"),
        (b" \n", "holds nothing"),
        (b"\xff\xfe", "cannot be read: it is no text"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "geheim"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(
        MissingSetting, match=f"^PURNA_SHOP_TOKEN_FILE names a file that {why}\\.$"
    ) as missing:
        with_files({"PURNA_SHOP_TOKEN_FILE": str(file)})
    assert "geheim" not in str(missing.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting, match="is a directory"):
        with_files({"PURNA_SHOP_TOKEN_FILE": str(tmp_path)})


@pytest.mark.parametrize("wrong", ["geheim\x00", "g" * 5000])
def test_a_secret_in_the_place_of_a_file_is_not_shown(wrong: str) -> None:
    with pytest.raises(
        MissingSetting, match="PURNA_SECRET_FILE names a file that cannot be read"
    ) as missing:
        with_files({"PURNA_SECRET_FILE": wrong})
    assert wrong not in str(missing.value)


def test_no_setting_shows_a_secret() -> None:
    told = repr(read_mail_settings({**ENVIRONMENT, "PURNA_SMTP_URL": "smtp://u:hush@localhost"}))
    told += repr(
        read_shop_settings(
            {"PURNA_SHOP_URL": "https://u:hush@shop.example/?t=hush", "PURNA_SHOP_TOKEN": "hush"}
        )
    )
    assert "hush" not in told


def test_a_worker_of_a_deployment_names_its_build() -> None:
    assert read_build({"PURNA_DEPLOYMENT": "purna", "PURNA_BUILD_ID": "1.4.0"}) == Build(
        "purna", "1.4.0"
    )


@pytest.mark.parametrize(
    "environment", [{}, {"PURNA_DEPLOYMENT": " "}, {"PURNA_BUILD_ID": "1.4.0"}]
)
def test_without_a_deployment_there_are_no_versions(environment: dict[str, str]) -> None:
    assert read_build(environment) is None


def test_a_deployment_without_a_build_is_refused() -> None:
    with pytest.raises(MissingSetting, match=r"PURNA_BUILD_ID is not set: it says .+\.$"):
        read_build({"PURNA_DEPLOYMENT": "purna"})


@pytest.mark.parametrize("name", ["shop.purna", "shop:purna"])
def test_a_name_that_temporal_would_refuse_is_refused_here(name: str) -> None:
    with pytest.raises(MissingSetting, match="PURNA_DEPLOYMENT is no name"):
        read_build({"PURNA_DEPLOYMENT": name, "PURNA_BUILD_ID": "1"})


def test_a_lease_is_a_number_of_seconds() -> None:
    assert (read_lease({}), read_lease({"PURNA_LEASE": "6"})) == (150, 6)


@pytest.mark.parametrize("lease", ["soon", "0", "-5", "inf", "nan"])
def test_a_lease_that_is_none_is_one_sentence(lease: str) -> None:
    with pytest.raises(MissingSetting, match="PURNA_LEASE is not a number of seconds"):
        read_lease({"PURNA_LEASE": lease})


def test_clocks_are_trusted_for_two_minutes_or_as_the_setting_says() -> None:
    assert read_allowance({}) == timedelta(minutes=2)
    assert read_allowance({"PURNA_CLOCK_ALLOWANCE": "600"}) == timedelta(minutes=10)
    assert read_allowance({"PURNA_CLOCK_ALLOWANCE": "any"}) is None


@pytest.mark.parametrize("allowance", ["-1", "3601", "2m", "1.5", "none"])
def test_an_allowance_is_seconds_up_to_an_hour(allowance: str) -> None:
    with pytest.raises(MissingSetting, match="PURNA_CLOCK_ALLOWANCE is no number of seconds"):
        read_allowance({"PURNA_CLOCK_ALLOWANCE": allowance})
