"""Whether a process still does something."""

import subprocess
import sys

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from local.embedded.predecessor import lives
from tests.local.embedded.waiting import until


async def test_a_process_lives_until_it_has_ended_also_while_nobody_buries_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)  # noqa: ASYNC220  # it is over at once
    seen = psutil.Process(child.pid)
    assert lives(seen)

    child.kill()
    await until(lambda: not lives(seen))  # a zombie
    child.communicate()
    assert not lives(seen)
