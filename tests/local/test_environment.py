from collections.abc import Iterator
from pathlib import Path

import pytest

from local.embedded.address import Running
from local.embedded.keys import made_keys
from local.embedded.lock import held
from local.embedded.private_file import write_private
from local.environment import environment_here

HERE, ELSEWHERE = "postgresql://purna@127.0.0.1/here", "postgresql://purna@db/elsewhere"


@pytest.fixture
def running_home(home: Path) -> Iterator[Path]:
    """A home in which a supervisor runs, as far as its files tell."""
    with held(home / "lock"):
        Running(1, HERE, "127.0.0.1:7233", temporal_embedded=True).save(home)
        write_private(home / "ports.json", {"smtp": 2525})
        yield home


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PURNA_DATABASE_URL",
        "PURNA_SECRET",
        "PURNA_NAMING_SECRET",
        "PURNA_API_TOKEN",
        "PURNA_SMTP_URL",
    ):
        monkeypatch.delenv(name, raising=False)


def test_a_purna_that_runs_here_completes_what_is_set(running_home: Path) -> None:
    kept = made_keys(running_home / "secrets.json")
    told = environment_here(running_home)

    assert (told["PURNA_DATABASE_URL"], told["TEMPORAL_ADDRESS"]) == (HERE, "127.0.0.1:7233")
    assert {name: told[name] for name in kept} == kept
    assert told["PURNA_SMTP_URL"] == "smtp://127.0.0.1:2525?tls=none"


def test_who_only_looks_makes_no_keys(running_home: Path) -> None:
    assert "PURNA_SECRET" not in environment_here(running_home)
    assert not (running_home / "secrets.json").exists()


def test_what_is_set_wins_over_the_purna_that_runs_here(
    running_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURNA_SMTP_URL", "smtps://mail.example")
    assert environment_here(running_home)["PURNA_SMTP_URL"] == "smtps://mail.example"

    monkeypatch.setenv("PURNA_DATABASE_URL", ELSEWHERE)
    told = environment_here(running_home)
    assert told["PURNA_DATABASE_URL"] == ELSEWHERE
    assert told.get("PURNA_SECRET") is None


def test_the_keys_of_a_home_are_not_those_of_a_database_elsewhere(running_home: Path) -> None:
    Running(1, ELSEWHERE, "127.0.0.1:7233", temporal_embedded=True, database_embedded=False).save(
        running_home
    )
    told = environment_here(running_home)

    assert told["PURNA_DATABASE_URL"] == ELSEWHERE
    assert told.get("PURNA_SECRET") is None
    assert not (running_home / "secrets.json").exists()


def test_where_nothing_runs_only_what_is_set_is_told(home: Path) -> None:
    assert environment_here(home).get("PURNA_DATABASE_URL") is None
