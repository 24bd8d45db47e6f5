"""What the web process is made of: the store it writes to, its clock and its keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from process.signed_links import Links
from store.ports import EventLog, Inquiries, Overview, PublishedRulesets
from web.http.limits import Limits, Rates


class WebStore(Protocol):
    """What the pages and the API need of the store."""

    @property
    def events(self) -> EventLog:
        """The only way in."""

    @property
    def rulesets(self) -> PublishedRulesets:
        """The active revision."""

    @property
    def inquiries(self) -> Inquiries:
        """What is known of a thing."""

    @property
    def overview(self) -> Overview:
        """How far behind everything is."""


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
