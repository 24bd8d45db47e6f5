"""The active ruleset, asked of the database at most once a second."""

import asyncio
from collections.abc import Callable

from engine.language.folder.source_files import sources_of
from engine.rules.ruleset import Ruleset
from engine.sources.schemes import Source
from process.counts import met
from store.ports import ActiveRules, Contended

_FRESH_SECONDS = 1.0
_SECONDS = 2.5  # for its answer: whoever asks has five in all


class ActiveRuleset:
    """Answers the revision that was active a second ago or later, by a `clock` that never goes
    back.

    What an event is folded and judged with is read anew in its own transaction; this one only reads
    its fields.
    """

    def __init__(self, rulesets: ActiveRules, clock: Callable[[], float]) -> None:
        self._rulesets, self._clock = rulesets, clock
        self._known: Ruleset | None = None
        self._asked_at = 0.0
        self._sources: tuple[str, dict[str, Source]] = ("", {})

    async def get(self) -> Ruleset:
        """Raises what the store raises when there is none or it is away."""
        if self._known is None or self._clock() - self._asked_at >= _FRESH_SECONDS:
            try:
                async with asyncio.timeout(_SECONDS):
                    self._known = await self._rulesets.active()
            except TimeoutError:
                raise Contended("the database is slow, try again") from None
            self._asked_at = self._clock()
            met(self._known.revision)
        return self._known

    async def sources(self) -> dict[str, Source]:
        """The senders who sign, as the active revision names them."""
        return self.sources_of(await self.get())

    def sources_of(self, ruleset: Ruleset) -> dict[str, Source]:
        """The senders who sign, as this ruleset names them; those of the last one are kept."""
        if self._sources[0] != ruleset.revision:
            self._sources = ruleset.revision, sources_of(ruleset.files)
        return self._sources[1]
