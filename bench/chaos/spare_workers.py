"""Workers that are back at once: `python -m bench.chaos.spare_workers COUNT`.

They are forked from a process that has read the program already: to start Python takes a second of
CPU, and a kill every half second would hit little else. Their patience with a mail server, and the
lease of a message that is leaving, is cut to a thirtieth; everything else is a worker as it is.
"""

import ctypes
import os
import signal
import sys
import time
from datetime import timedelta
from functools import partial

from activities.channels.email.smtp import SmtpProvider, Tuning
from activities.channels.email.smtp_settings import RetryAfter, SmtpTimeouts
from engine.sending import ledger
from local.embedded.leash import PR_SET_PDEATHSIG

# Seconds; longer than an attempt may take while its message leaves, as in production.
LEASE = 6
QUICK = Tuning(
    patience=SmtpTimeouts(
        opening=timedelta(seconds=4), operation=timedelta(seconds=2), data=timedelta(seconds=2)
    ),
    retry_after=RetryAfter(
        connection=timedelta(seconds=0.5),
        busy=timedelta(seconds=1),
        greylisted=timedelta(seconds=2),
        misconfigured=timedelta(seconds=5),
    ),
)
_PAUSE = 0.05  # seconds between a death and the next birth


def main() -> None:
    """Keep so many workers alive until SIGTERM, which ends this process; its supervisor ends the
    others.
    """
    ledger.LEASE = LEASE
    from compose import providers, worker  # noqa: PLC0415

    providers.SmtpProvider = partial(SmtpProvider, tuning=QUICK)  # type: ignore[assignment,attr-defined]  # as the class is called there
    for _ in range(int(sys.argv[1])):
        _bear(worker.main)
    while True:
        os.wait()
        time.sleep(_PAUSE)
        _bear(worker.main)


def _bear(live: "object") -> None:
    parent = os.getpid()
    if os.fork():
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent and callable(live):
        os._exit(live())
    os._exit(1)


if __name__ == "__main__":
    main()
