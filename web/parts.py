"""What the web process is made of: the store it writes to, its clock and its keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.facts.events import Event
from engine.facts.inquiry import Inquiry, Standing
from engine.rules.ruleset import Ruleset
from process.signed_links import Links
from store.postgres.gauges import Gauges
from web.http.limits import Limits, Rates


class WebStore(Protocol):
    """What the pages and the API need of the store."""

    async def ingest(self, events: Sequence[Event], now: datetime, /) -> list[str]:
        """Append and fold events in one transaction; what became of each."""
        ...

    async def active(self) -> Ruleset:
        """The active revision."""
        ...

    async def standings(self, inquiry: Inquiry, /) -> tuple[Standing, ...]:
        """What is known of the thing a question names; two if several shops have it."""
        ...

    async def gauges(self) -> Gauges:
        """How far behind everything is."""
        ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything an app is made from.

    `ring` tells the relay of this process that somebody may have to be woken, `mail_url` is where
    the embedded mail server shows its mails, empty without one. `source_secrets` are the secrets of
    signed sources, by setting.
    """

    store: WebStore
    tokens: tuple[str, ...] = field(repr=False)
    links: Links
    now: Callable[[], datetime]
    mail_url: str = ""
    ring: Callable[[], None] = lambda: None
    limits: Limits = field(default_factory=lambda: Limits(Rates()))
    source_secrets: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
