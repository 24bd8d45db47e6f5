"""What `purna show order` and `purna show customer` print."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from cli import options
from cli.running_store import store_here
from cli.text.explained.known_subject import subject_lines
from operations.explain.show import ShownSubject, show
from operations.subjects.subject import SubjectKind


def show_subject(
    kind: SubjectKind, own: str, shop: str | None, home: Path, *, as_json: bool
) -> None:
    """What is known of an order or a customer."""
    shown = asyncio.run(_shown(kind, own, shop, home))
    options.show(shown.to_json(), list(subject_lines(shown)), as_json=as_json)


async def _shown(kind: SubjectKind, own: str, shop: str | None, home: Path) -> ShownSubject:
    async with store_here(home) as store:
        return await show(store, kind, own, shop, datetime.now(UTC))
