"""What a child runs before it becomes its command: it sheds root, and ends when its parent ends.

Run as `python -I -S leash.py PARENT SIGNAL UID GID COMMAND…`; UID -1 keeps the account. COMMAND
begins with a path. The process id stays the same. A program of its own because code between fork
and exec (`preexec_fn`) may deadlock when the parent has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Prepare this process and become the command."""
    parent, signal, uid, gid = (int(word) for word in sys.argv[1:5])
    command = sys.argv[5:]
    libc = ctypes.CDLL(None)
    os.umask(0o077)
    # From here on nothing more can be imported: the other account may not reach our library.
    if uid != -1:
        os.chdir("/")  # where we are may be closed to it
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After setuid, which clears it. The kernel watches the thread that started us, not the
        # whole parent.
        libc.prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit(f"{command[0]}: the parent ended before the start")
    try:
        os.execv(command[0], command)  # noqa: S606  # no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
