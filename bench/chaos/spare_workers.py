"""Workers that are back at once: `python -m bench.chaos.spare_workers COUNT`.

They are forked from a process that has read the program already: to start Python takes a second of
CPU, and a kill every half second would hit little else. Each is a worker as it is.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable

from compose import worker
from local.embedded.leash import PR_SET_PDEATHSIG

_PAUSE = 0.05  # seconds between a death and the next birth


def main() -> None:
    """Keep so many workers alive until SIGTERM, which ends this process; its supervisor ends the
    others.
    """
    for _ in range(int(sys.argv[1])):
        _bear(worker.main)
    while True:
        os.wait()
        time.sleep(_PAUSE)
        _bear(worker.main)


def _bear(live: Callable[[], int]) -> None:
    parent = os.getpid()
    if os.fork():
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        os._exit(live())
    os._exit(1)


if __name__ == "__main__":
    main()
