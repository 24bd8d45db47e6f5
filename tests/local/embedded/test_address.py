import os
from pathlib import Path

import pytest
from temporalio.envconfig import ClientConfig

from local.embedded.address import NotRunning, Running
from local.embedded.lock import held, is_held
from local.embedded.process import CannotStart


def a_running(*, embedded: bool = True) -> Running:
    return Running(
        1, "postgresql://somewhere", "127.0.0.1:7", embedded, {"web": "http://127.0.0.1:8"}
    )


def test_what_was_saved_is_loaded_while_the_supervisor_lives(tmp_path: Path) -> None:
    with held(tmp_path / "lock"):
        a_running().save(tmp_path)

        assert Running.load(tmp_path) == a_running()


def test_nothing_runs_in_a_home_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="not running here: start it with `purna run`"):
        Running.load(tmp_path / "missing")


def test_addresses_a_killed_supervisor_left_behind_are_not_believed(tmp_path: Path) -> None:
    with held(tmp_path / "lock"):
        a_running().save(tmp_path)

    with pytest.raises(NotRunning):
        Running.load(tmp_path)


def test_nothing_runs_before_everything_is_started(tmp_path: Path) -> None:
    with held(tmp_path / "lock"), pytest.raises(NotRunning):
        Running.load(tmp_path)


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with (
        held(tmp_path / "lock"),
        pytest.raises(CannotStart, match=rf"\(process {os.getpid()}\)"),
        held(tmp_path / "lock"),
    ):
        pass

    assert not is_held(tmp_path / "lock")


def test_settings_for_another_temporal_do_not_reach_the_embedded_one() -> None:
    environ = a_running().environ(
        {
            "PATH": "/bin",
            "TEMPORAL_API_KEY": "key",
            "TEMPORAL_PROFILE": "cloud",
            "PURNA_DEPLOYMENT": "p",
        }
    )

    assert environ == {
        "PATH": "/bin",
        "PURNA_DATABASE_URL": "postgresql://somewhere",
        "TEMPORAL_ADDRESS": "127.0.0.1:7",
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "PURNA_CONFIG": os.devnull,
    }


def test_the_environment_of_an_embedded_temporal_is_one_its_client_understands() -> None:
    config = ClientConfig.load_client_connect_config(override_env_vars=a_running().environ({}))

    assert config == {"target_host": "127.0.0.1:7"}


def test_settings_for_a_temporal_of_the_customer_are_kept() -> None:
    environ = a_running(embedded=False).environ({"TEMPORAL_API_KEY": "key"})

    assert environ["TEMPORAL_API_KEY"] == "key"
    assert "TEMPORAL_CONFIG_FILE" not in environ
