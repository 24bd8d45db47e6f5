"""Files of rules in which every mistake that can be mended with certainty is mended."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.checks.mends import mended
from engine.conditions.problems import Problem

_CERTAIN = frozenset({"J01", "J04", "J05"})


def mended_files(
    files: Mapping[str, bytes], texts: Mapping[str, str], problems: Sequence[Problem]
) -> Iterator[tuple[str, bytes]]:
    """The files that can be mended with certainty, as they would be; line ends and a byte order
    mark are kept.
    """
    for path, text in texts.items():
        own = [problem for problem in problems if problem.position.file == path]
        if path.endswith(".yaml") and any(problem.code in _CERTAIN for problem in own):
            new = mended(path, text, own)
            written = _as_before(files[path], text, new)
            if new != text and written is not None:
                yield path, written


def _as_before(raw: bytes, text: str, new: str) -> bytes | None:
    """The new text in the form of the old file; None if its lines end in several ways."""
    mark = "\ufeff" if raw.startswith("\ufeff".encode()) else ""
    for ending in ("\n", "\r\n"):
        if (mark + text.replace("\n", ending)).encode() == raw:
            return (mark + new.replace("\n", ending)).encode()
    return None


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file at once: whoever reads it sees the old one or the new one."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
