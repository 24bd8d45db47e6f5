"""The ports of the embedded parts: chosen once, remembered, and kept while they are free."""

import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.embedded.private_file import read_private, write_private

# Below the ports that systems hand out for outgoing connections: while a part is down, nobody is
# given its port.
FIRST, LAST = 20_000, 32_000


@dataclass(frozen=True)
class Ports:
    """Remembered in `file` by name."""

    file: Path
    chosen: dict[str, int] = field(
        default_factory=dict
    )  # since our start: our own part may listen there by now

    def choose(self, name: str, preferred: int | None = None) -> int:
        """The remembered port, else the preferred one, else one of our own; never one that is
        taken.
        """
        if name in self.chosen:
            return self.chosen[name]
        known = read_private(self.file)
        others = {port for other, port in known.items() if other != name}
        port = next(
            port
            for port in self._wishes(name, known.get(name), preferred)
            if port not in others and free(port)
        )
        if known.get(name) != port:
            write_private(self.file, {**known, name: port})
        self.chosen[name] = port
        return port

    def _wishes(self, name: str, known: int | None, preferred: int | None) -> Iterator[int]:
        yield from (port for port in (known, preferred) if port)
        start = zlib.crc32(f"{self.file.resolve()} {name}".encode())
        for step in range(LAST - FIRST):
            yield FIRST + (start + step) % (LAST - FIRST)


def free(port: int) -> bool:
    """Whether a server could listen there on the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port in TIME_WAIT is free for a server
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
