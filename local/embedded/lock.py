"""One supervisor per home: an advisory lock, which the system drops when its holder ends, however
it ends.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from local.embedded.process import CannotStart

ATTEMPTS = 10  # `is_held` takes the lock for a moment; a start waits that moment out


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock. Raises CannotStart when another process does."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(number):
            pid = path.read_text().strip() or "unknown"
            raise CannotStart(f"purna is already running here (process {pid}): stop that one first")
        os.ftruncate(number, 0)
        os.write(number, str(os.getpid()).encode())
        yield
    finally:
        os.close(number)


def _taken(number: int) -> bool:
    for _ in range(ATTEMPTS):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.02)
    return False


def is_held(path: Path) -> bool:
    """Whether some process holds the lock."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
