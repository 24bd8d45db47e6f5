import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from process.setting_table import BY_NAME, is_secret
from tests.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("setup", "web", "worker")
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))


def settings_of(text: str) -> set[str]:
    return set(re.findall(r"\b(?:PURNA|TEMPORAL)_[A-Z_]+", text))


def is_known(name: str) -> bool:
    return name in BY_NAME or (name.endswith("_FILE") and is_secret(name.removesuffix("_FILE")))


@pytest.mark.parametrize("service", OURS)
def test_each_of_our_services_is_told_known_settings_only(service: str) -> None:
    told = COMPOSE["services"][service]["environment"]

    assert [name for name in told if not is_known(name)] == []
    assert [name for name in told if is_secret(name)] == []


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_each_service_waits_for_others_that_exist(service: str) -> None:
    waits = COMPOSE["services"][service].get("depends_on", {})

    assert set(waits) <= set(COMPOSE["services"])
    assert {one["condition"] for one in waits.values()} <= {
        "service_healthy", "service_completed_successfully",
    }  # fmt: skip


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_each_secret_of_a_service_is_a_file_that_the_script_makes(service: str) -> None:
    named = COMPOSE["services"][service].get("secrets", [])

    assert set(named) <= set(COMPOSE["secrets"])
    assert [one["file"] for one in COMPOSE["secrets"].values()] == [
        f"./secrets/{name}" for name in COMPOSE["secrets"]
    ]


def test_rules_are_published_before_web_and_worker_start() -> None:
    services = COMPOSE["services"]

    assert services["setup"]["command"][-1] == "purna migrate && purna resume rules"
    assert all("setup" in services[name]["depends_on"] for name in ("web", "worker"))


def test_every_file_that_is_mounted_exists() -> None:
    mounts = [
        mount.partition(":")[0]
        for service in COMPOSE["services"].values()
        for mount in service.get("volumes", [])
        if mount.startswith("./")
    ]

    assert mounts
    assert all((ROOT / mount).exists() for mount in mounts)


def test_the_script_makes_every_secret_once(tmp_path: Path) -> None:
    run = [str(ROOT / "deploy/secrets.sh")]
    subprocess.run(run, cwd=tmp_path, input="smtps://mail.example\n", text=True, check=True)
    made = {one.name: one.read_text() for one in (tmp_path / "secrets").iterdir()}
    subprocess.run(run, cwd=tmp_path, check=True)

    assert set(made) == set(COMPOSE["secrets"])
    assert made["smtp_url"] == "smtps://mail.example"
    assert made["database_url"] == f"postgresql://purna:{made['postgres_password']}@postgres/purna"
    assert all(len(made[name]) == 64 for name in ("secret", "api_token", "postgres_password"))
    assert {one.name: one.read_text() for one in (tmp_path / "secrets").iterdir()} == made


def test_nobody_else_on_this_machine_reads_the_secrets(tmp_path: Path) -> None:
    run = [str(ROOT / "deploy/secrets.sh")]
    subprocess.run(run, cwd=tmp_path, input="smtps://mail.example\n", text=True, check=True)
    secrets = tmp_path / "secrets"

    assert secrets.stat().st_mode & 0o777 == 0o700
    # Mounted one by one, each is read by the account of its container.
    assert {one.stat().st_mode & 0o777 for one in secrets.iterdir()} == {0o644}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_each_unit_is_told_known_settings_only_and_names_every_credential_it_loads(
    unit: Path,
) -> None:
    text = unit.read_text()
    loaded = set(re.findall(r"^LoadCredential=([a-z_]+):", text, re.MULTILINE))

    assert [name for name in settings_of(text) if not is_known(name)] == []
    assert set(re.findall(r"%d/([a-z_]+)", text)) == loaded


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_each_unit(unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    ).stderr
    # The programs are where the units are installed, not here.
    wrong = [line for line in told.splitlines() if "is not executable" not in line]

    assert wrong == []


def test_the_example_of_an_environment_names_known_settings_and_no_secret() -> None:
    named = settings_of((ROOT / "deploy/systemd/purna.env.example").read_text())

    assert [name for name in named if not is_known(name) or is_secret(name)] == []
