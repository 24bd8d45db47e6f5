"""Files only we may read."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


def append_private(path: Path) -> BinaryIO:
    """Open for appending; a new file gets mode 0600."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


@contextmanager
def private_draft(path: Path) -> Iterator[BinaryIO]:
    """A file that replaces the one at `path` once the block has written it whole, also one that
    others could read; where it cannot, nothing is left of it. An `OSError` names `path`.
    """
    draft = path.with_name(path.name + ".new")
    try:
        draft.unlink(missing_ok=True)
        with append_private(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as failed:
        failed.filename = str(path)
        raise
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def replace_private(path: Path, content: str) -> None:
    """Replace the file by a text; no reader ever sees half of it."""
    with private_draft(path) as file:
        file.write(content.encode())


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
