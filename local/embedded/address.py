"""Where the parts of a running purna are, for every other command."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from local.embedded.lock import is_held
from local.embedded.private_file import read_private, write_private
from process.settings_file import ELSEWHERE as SETTINGS_FILE

DATABASE, TEMPORAL = "PURNA_DATABASE_URL", "TEMPORAL_ADDRESS"


class NotRunning(Exception):
    """No supervisor holds this home."""


@dataclass(frozen=True)
class Running:
    """A running purna. `addresses` are those of further parts by name; `database_embedded` tells
    whether its home holds the database and the secret that belongs to it.
    """

    pid: int
    database_url: str
    temporal_address: str
    temporal_embedded: bool
    addresses: Mapping[str, str] = field(default_factory=dict)
    database_embedded: bool = True

    @classmethod
    def load(cls, home: Path) -> Self:
        """What the supervisor of this home wrote. Raises NotRunning."""
        if not is_held(home / "lock"):
            raise NotRunning("purna is not running here: start it with `purna run`")
        content = read_private(home / "run.json")
        if not content:
            raise NotRunning(
                f"purna is starting here; if it has started, {home / 'run.json'} is gone: start it again"
            )
        return cls(**content)

    def save(self, home: Path) -> None:
        """Write it for the others; the database's password is in it, so only for us."""
        write_private(home / "run.json", asdict(self))

    def environ(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` for a process that shall talk to these parts."""
        ours = {DATABASE: self.database_url, TEMPORAL: self.temporal_address}
        if not self.temporal_embedded:
            return {**base, **ours}
        # A profile or a key for another Temporal would be used on ours, and switch TLS on; nobody
        # would make a build of a deployment current here.
        foreign = ("TEMPORAL_", "PURNA_DEPLOYMENT")
        others = {name: value for name, value in base.items() if not name.startswith(foreign)}
        # What the settings file says is in `base` already, but for what is left out here.
        nowhere = dict.fromkeys(("TEMPORAL_CONFIG_FILE", SETTINGS_FILE), os.devnull)
        return {**others, **ours, **nowhere}
