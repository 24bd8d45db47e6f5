"""The active ruleset, asked of the database at most once a second."""

from collections.abc import Callable

from engine.language.folder.source_files import sources_of
from engine.rules.ruleset import Ruleset
from engine.sources.schemes import Source
from process.counts import met
from store.ports import ActiveRules

_FRESH_SECONDS = 1.0


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
        self._sources: dict[str, Source] = {}

    async def get(self) -> Ruleset:
        """Raises what the store raises when there is none or it is away."""
        if self._known is None or self._clock() - self._asked_at >= _FRESH_SECONDS:
            self._known, self._asked_at = await self._rulesets.active(), self._clock()
            met(self._known.revision)
            self._sources = sources_of(self._known.files)
        return self._known

    async def sources(self) -> dict[str, Source]:
        """The senders who sign, as the active revision names them."""
        await self.get()
        return self._sources
