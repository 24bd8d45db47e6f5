"""Which migrations have landed, by the hash of each.

`python -m tests.store.postgres.migrations.landed` lists those that are new; it is run when a
version is released.
"""

import hashlib
import json
from pathlib import Path

from store.postgres.migrations import versions

FOLDER = Path(versions.__file__).parent
LIST = Path(__file__).with_name("landed.json")


def hashes() -> dict[str, str]:
    """Every migration there is."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(FOLDER.glob("[0-9]*.py"))
    }


def listed() -> dict[str, str]:
    """Those that have landed."""
    found: dict[str, str] = json.loads(LIST.read_text("utf-8"))
    return found


if __name__ == "__main__":
    added = {name: told for name, told in hashes().items() if name not in listed()}
    LIST.write_text(json.dumps(listed() | added, indent=2) + "\n", "utf-8")
