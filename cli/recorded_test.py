"""A test recorded from an order of the purna that runs here, printed or written to a file."""

import asyncio
import sys
from pathlib import Path

from cli.options import finding
from cli.running_store import store_here
from operations.cannot_run import CannotRun
from operations.rules.record import RecordedTest, record


def record_test(home: Path, wanted: tuple[str, str], shop: str | None, out: Path | None) -> None:
    """Write it down; that it does not pass under the active rules is a finding."""
    kind, name = wanted
    if kind != "order":
        raise CannotRun(f"only an order can be recorded, as in `--record order A1`, not a {kind}")
    test = asyncio.run(_recorded(home, name, shop))
    if out is None:
        sys.stdout.write(test.text)
    else:
        out.write_text(test.text, "utf-8")
    if test.differences:
        raise finding(
            f"the recorded test does not pass under the active rules\n\n{test.differences}"
        )


async def _recorded(home: Path, order: str, shop: str | None) -> RecordedTest:
    async with store_here(home) as store:
        return await record(store, order, shop)
