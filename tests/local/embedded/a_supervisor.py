"""A supervisor in a process of its own, to be signalled and killed.

Run as `python -m tests.local.embedded.a_supervisor HOME [NAME=VALUE…]`.
"""

import asyncio
import sys
from pathlib import Path

from local.embedded.process import Part
from local.embedded.supervisor import Supervisor


async def main(home: Path, settings: list[str]) -> None:
    environ = dict(setting.split("=", 1) for setting in settings)
    async with Supervisor(home, environ) as supervisor:
        sleeper = Part("sleeper", ("sleep", "1000"), supervisor.log("sleeper"), {})
        await supervisor.start(parts=lambda _: [sleeper])
        await supervisor.wait()
    print(f"ended in order by {supervisor.signalled and supervisor.signalled.name}")  # noqa: T201 - the test reads it


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
