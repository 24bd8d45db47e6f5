"""The log of events as lines that `purna simulate` and `purna import` read back."""

import json
from collections.abc import AsyncIterator

from engine.facts.posted_events import posted
from store.ports import Store


async def exported_lines(store: Store) -> AsyncIterator[str]:
    """Every event that was ever reported, in the order in which they became known; what follows
    from them is left out.
    """
    async for event, known_at in store.inquiries.log():
        if (line := posted(event, known_at)) is not None:
            yield json.dumps(line, ensure_ascii=False)
