"""The environment of a command, with what its files say in the place of their names."""

import os
from contextlib import suppress
from pathlib import Path

from local.embedded.address import DATABASE, NotRunning, Running
from local.embedded.keys import FILE, kept_keys
from local.embedded.private_file import read_private
from operations.cannot_run import CannotRun
from process.settings import MissingSetting, with_files

SENDER = "Purna Sample Shop <shop@purna.example>"


def environment() -> dict[str, str]:
    """What is set for us; `CannotRun` where a file that a setting names cannot be read."""
    try:
        return with_files(os.environ)
    except MissingSetting as missing:
        raise CannotRun(str(missing)) from None


def environment_here(home: Path) -> dict[str, str]:
    """What is set for us; where no database is, that of the purna that runs here, if one does."""
    told = environment()
    if told.get(DATABASE, "").strip():
        return told
    with suppress(NotRunning):
        running = Running.load(home)
        sink = read_private(home / "ports.json").get("smtp")
        here = {
            **(kept_keys(home / FILE) if running.database_embedded else {}),
            "PURNA_SMTP_URL": f"smtp://127.0.0.1:{sink}?tls=none",
            "PURNA_SENDER": SENDER,
        }
        return here | running.environ({name: value for name, value in told.items() if value})
    return told
