"""The senders who sign what they send: whether one has proved who it is, by the secrets it was
given.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from engine.rules.ruleset import Ruleset
from engine.sources.schemes import Source
from engine.sources.signatures import SentHeaders, is_signed, keys_of
from operations.intake.active_ruleset import ActiveRuleset

_log = structlog.get_logger("purna.sources")


class UnknownSource(LookupError):
    """The active rules name no such source."""


class SignedSources:
    """`secrets` are those of the sources, by the setting that holds them."""

    def __init__(self, active: ActiveRuleset, secrets: Mapping[str, Sequence[str]]) -> None:
        self._active, self._secrets = active, secrets
        self._warned: set[str] = set()

    async def source(self, name: str) -> Source:
        """The source of this name in the active rules; `UnknownSource` if there is none."""
        source = (await self._active.sources()).get(name)
        if source is None:
            raise UnknownSource(name)
        return source

    def has_secret(self, source: Source) -> bool:
        """Whether a secret in the form of its scheme is set; if none is, the log says so once."""
        if self._keys(source):
            return True
        if source.name not in self._warned:
            self._warned.add(source.name)
            _log.warning(
                "source has no secret", source=source.name, setting=f"PURNA_SOURCE_{source.secret}"
            )
        return False

    def proves(self, source: Source, headers: SentHeaders, body: bytes, now: datetime) -> bool:
        """Whether one of the source's secrets signed this body, near enough to `now` where its
        scheme signs a time.
        """
        try:
            return is_signed(source, self._keys(source), headers, body, now)
        except Exception as error:  # noqa: BLE001  # whatever a stranger made of it, it is no proof
            _log.warning("signature could not be read", error=type(error).__name__)
            return False

    def without_secret(self, ruleset: Ruleset) -> list[str]:
        """The sources of a ruleset whose secret is not set, or not in the form that their scheme
        has; they are refused.
        """
        sources = self._active.sources_of(ruleset).values()
        return sorted(source.name for source in sources if not self._keys(source))

    def _keys(self, source: Source) -> tuple[bytes, ...]:
        return keys_of(source.scheme.secret, self._secrets.get(source.secret, ()))
