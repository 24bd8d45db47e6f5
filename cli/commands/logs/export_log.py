"""`purna export-log`: every event that was reported, as JSON Lines."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli.options import HOME, AsJson, Home
from cli.running_store import store_here
from local.embedded.private_file import private_draft
from operations.logs.export_log import exported_lines


def export_log(
    home: Home = HOME,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write every event that was reported as JSON Lines, as `simulate` and `import` read them.

    It holds what senders state of people; the file is readable by its owner alone.
    """
    with _opened(output) as file:
        count = asyncio.run(_written(home, file))
    if output is not None:
        told = {"events": count, "file": str(output)}
        sys.stdout.write(
            json.dumps(told) + "\n" if as_json else f"{count} events are in {output}\n"
        )


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """A file that is there once it is whole, or stdout."""
    if output is None:
        yield sys.stdout.buffer
        return
    with private_draft(output) as file:
        yield file


async def _written(home: Path, file: BinaryIO) -> int:
    count = 0
    async with store_here(home) as store:
        async for line in exported_lines(store):
            file.write(line.encode() + b"\n")
            count += 1
    return count
