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


_ENDS = """
import warnings
from process.logs import configure_logs

configure_logs()
warnings.warn("this is old", stacklevel=1)
raise ValueError("somebody's address")
"""


async def test_every_line_is_json_also_of_a_warning_and_of_the_error_that_ends_it() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ENDS, stderr=asyncio.subprocess.PIPE
    )
    _, told = await child.communicate()

    warning, end = map(json.loads, told.decode().splitlines())
    assert "this is old" in warning["event"]
    assert (end["event"], end["error"], end["level"]) == (
        "ended by an error",
        "ValueError",
        "critical",
    )
    assert "address" not in told.decode()
    assert child.returncode == 1
