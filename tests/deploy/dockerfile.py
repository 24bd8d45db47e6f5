"""A Dockerfile as its instructions, and what of it can be run without a builder."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.paths import ROOT

BUILD, FINAL = 0, 1


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str

    @property
    def command(self) -> list[str]:
        """The words of the JSON form that CMD and HEALTHCHECK are written in."""
        words: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return words


def stages(file: Path = ROOT / "Dockerfile") -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for line in re.sub(r"\\\n\s*", "", file.read_text()).splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                found.append([])
            found[-1].append(Instruction(word, rest.strip()))
    return found


def copied(ignore: Path = ROOT / ".dockerignore") -> list[str]:
    """What may be copied into the image: the names that .dockerignore lets through."""
    lines = ignore.read_text().splitlines()
    assert "*" in lines
    return [line[1:] for line in lines if line.startswith("!")]


def variables(stage: list[Instruction]) -> dict[str, str]:
    pairs = [pair for one in stage if one.word == "ENV" for pair in one.rest.split()]
    return dict(pair.split("=", 1) for pair in pairs)


class Bench:
    """A folder in which the steps of the building stage are run as a builder would run them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.source = folder, folder / "src"
        self.source.mkdir()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "SSL_CERT_FILE") or name.startswith("PIP_")
        } | {"HOME": str(folder), "PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def build(self) -> None:
        for instruction in stages()[BUILD]:
            if instruction.word == "COPY":
                self._copy(instruction.rest.split())
            elif instruction.word == "RUN":
                self.run(self._here(instruction.rest))

    def run(self, command: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=self.source, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"

    def _here(self, command: str) -> str:
        return command.replace("/opt/", f"{self.folder}/opt/")

    def _copy(self, words: list[str]) -> None:
        *names, _ = words
        for name in copied() if names == ["."] else names:
            target = self.source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, target, dirs_exist_ok=True, ignore=ignored)
            else:
                shutil.copyfile(ROOT / name, target)
