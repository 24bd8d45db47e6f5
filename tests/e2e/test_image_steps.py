"""The steps of the Dockerfile, run in a clean environment, and what comes of them."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.embedded.ports import Ports
from tests.deploy.dockerfile import FINAL, Bench, stages, variables

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the steps have put what the image holds as /opt/purna."""
    bench = Bench(tmp_path_factory.mktemp("image"))
    try:
        bench.run(f"python3 -m pip download --quiet --no-deps -d {bench.folder} certifi")
    except AssertionError:
        pytest.skip("packages cannot be reached from here")
    bench.build()
    return bench.folder / "opt/purna"


def environment(image: Path, **more: str) -> dict[str, str]:
    told = variables(stages()[FINAL])
    return told | {"PATH": f"{image}/bin:{os.defpath}"} | more


def run(image: Path, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(image / "bin" / command[0]), *command[1:]],
        env=environment(image), cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def command_of(word: str) -> list[str]:
    return next(one.command for one in stages()[FINAL] if one.word == word)


def test_the_commands_work_in_it(image: Path, tmp_path: Path) -> None:
    told = run(image, ["purna", "--version"], tmp_path)

    assert (told.returncode, told.stdout[:6]) == (0, "purna ")


def test_the_web_process_and_the_worker_say_which_setting_is_missing(
    image: Path, tmp_path: Path
) -> None:
    (tmp_path / "web.py").write_text("raise SystemExit('a stranger')\n")
    for command in (command_of("CMD"), ["python", "-m", "compose.worker"]):
        told = run(image, command, tmp_path)

        assert (told.returncode, told.stderr.count("is not set")) == (2, 1)


def test_the_web_process_is_found_healthy_by_the_images_own_question(
    image: Path, tmp_path: Path
) -> None:
    port = str(Ports(tmp_path / "ports.json").choose("web"))
    question = [word.replace(":8000/", f":{port}/") for word in command_of("HEALTHCHECK")]
    with started(image, tmp_path, port):
        deadline = time.monotonic() + 30
        while run(image, question, tmp_path).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.5)


@contextmanager
def started(image: Path, folder: Path, port: str) -> Iterator[None]:
    """The web process of the image; neither its database nor Temporal is there."""
    told = environment(
        image,
        PURNA_DATABASE_URL="postgresql://purna@127.0.0.1:1/purna",
        PURNA_SECRET="s" * 32,
        PURNA_API_TOKEN="t" * 32,
        PURNA_BASE_URL="http://127.0.0.1:8000",
        PURNA_PORT=port,
        TEMPORAL_ADDRESS="127.0.0.1:1",
    )
    command = [str(image / "bin" / "python"), *command_of("CMD")[1:]]
    with subprocess.Popen(command, env=told, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)
