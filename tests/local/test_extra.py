"""Without the extra `purna[local]`: what works all the same, and what says in a sentence what to
install.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

# As where neither is installed.
WITHOUT = (
    "import sys\n"
    "sys.modules.update(dict.fromkeys(('aiosmtpd', 'aiosmtpd.smtp', 'psutil')))\n"
    "from cli.main import exit_code\n"
    "sys.exit(exit_code(sys.argv[1:]))\n"
)


def purna(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", WITHOUT, *words]
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [("check",), ("say", "true"), ("run", "--help"), ("schema",)])
def test_what_needs_no_server_works(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "rules").symlink_to(ROOT / "rules")

    assert purna(tmp_path, *words).stderr == ""


def test_tests_are_played(tmp_path: Path) -> None:
    done = purna(tmp_path, "test", str(ROOT / "rules" / "journeys" / "reviews.test.yaml"))

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("run",), ("demo",), ("test", "--live")])
def test_what_needs_servers_says_what_to_install(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "rules").symlink_to(ROOT / "rules")

    done = purna(tmp_path, *words)

    *_, last = done.stderr.splitlines()
    assert done.returncode == 2
    assert last.startswith("purna: ")
    assert last.endswith("is not installed: run `pip install 'purna[local]'`")
    assert "Traceback" not in done.stderr


def test_what_runs_elsewhere_is_still_asked(tmp_path: Path) -> None:
    done = purna(tmp_path, "rulesets")

    assert done.stderr == "purna: purna is not running here: start it with `purna run`\n"
