"""Parts whose clock on the wall can be set while they run, as by a person or a wrong time server.

A library that is built here and preloaded answers for the system's clock (`wall_clock.c`); each
part reads from a file of its own by how much it is wrong. Temporal's program asks the kernel by
itself, so that its clock stays right.
"""

import asyncio
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.chaos.site import ChaosSite

_SOURCE = Path(__file__).with_name("wall_clock.c")
PRELOADED = "LD_PRELOAD"
_FILE = "PURNA_CHAOS_CLOCK"  # the variable that names the file, to the library
_SECONDS = "q"  # a number of 64 bits, as the library reads it


class NoCompiler(Exception):
    """The library cannot be built here; its text is the reason."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock of one part; `file` says by how many seconds it is ahead of the machine's."""

    file: Path

    def set_ahead(self, by: timedelta) -> None:
        """From this moment on."""
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack(_SECONDS, by // timedelta(seconds=1)))


@asynccontextmanager
async def wall_clocks(
    site: ChaosSite, names: Iterable[str]
) -> AsyncIterator[Mapping[str, WallClock]]:
    """The parts of these names, each started anew with a clock of its own, and at the end with the
    machine's. Raises `NoCompiler`.
    """
    usual = {name: site.parts.child(name).part for name in names}
    with tempfile.TemporaryDirectory(prefix="purna-clocks-") as folder:
        library = await asyncio.to_thread(_built, Path(folder))
        clocks = {name: _clock(Path(folder, name)) for name in usual}
        try:
            for name, part in usual.items():
                ours = {PRELOADED: str(library), _FILE: str(clocks[name].file)}
                await site.start_anew(replace(part, env={**part.env, **ours}))
            yield clocks
        finally:
            for part in usual.values():
                await site.start_anew(part)


def _clock(file: Path) -> WallClock:
    file.write_bytes(struct.pack(_SECONDS, 0))
    file.chmod(0o644)
    return WallClock(file)


def _built(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        raise NoCompiler("a clock on the wall is set apart on Linux, with a C compiler (cc)")
    folder.chmod(0o711)  # PostgreSQL may run as another account, which must get through
    library = folder / "wall_clock.so"
    words = (compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl")
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    if built.returncode:
        raise NoCompiler(f"the clock could not be built: {built.stderr.strip()[:200]}")
    library.chmod(0o755)
    return library
