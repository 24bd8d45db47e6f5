"""What the SDK writes of attempts that failed."""

import asyncio
import json
import sys

_TELLS = """
import logging, sys
from activities.attempts import retry
from process.logs import configure_logs

configure_logs()
for failure in (retry("the provider is away"), ValueError("somebody's address")):
    try:
        raise failure
    except Exception:
        logging.getLogger("temporalio.activity").warning("Completing activity as failed",
            exc_info=True)
"""


async def test_an_attempt_that_is_put_off_is_no_line_and_any_other_failure_is_its_kind() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _TELLS, stderr=asyncio.subprocess.PIPE
    )
    _, told = await child.communicate()

    (line,) = told.decode().splitlines()
    assert json.loads(line)["event"] == "Completing activity as failed: ValueError"
    assert "address" not in line
