"""Files only we may read."""

import json
import os
from pathlib import Path
from typing import Any, BinaryIO


def append_private(path: Path) -> BinaryIO:
    """Open for appending; a new file gets mode 0600."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def replace_private(path: Path, content: str) -> None:
    """Replace the file by a text, also one that others could read before; no reader ever sees half
    of it.
    """
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with append_private(draft) as file:
        file.write(content.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Replace the file by `content` as JSON."""
    replace_private(path, json.dumps(content, indent=2))


def read_private(path: Path) -> dict[str, Any]:
    """Its content; empty when there is no such file or it is not a JSON object."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
