"""The environment of a command, with what its files say in the place of their names."""

import os

from operations.cannot_run import CannotRun
from process.settings import MissingSetting, with_files


def environment() -> dict[str, str]:
    """What is set for us; `CannotRun` where a file that a setting names cannot be read."""
    try:
        return with_files(os.environ)
    except MissingSetting as missing:
        raise CannotRun(str(missing)) from None
