"""What the web process is made of: the store it writes to, its clock and its keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.facts.events import ALLOWANCE
from operations.stores import WebStore
from process.signed_links import Links
from web.http.limits import Limits, Rates


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything an app is made from.

    `ring` tells the relay of this process that somebody may have to be woken, `mail_url` is where
    the embedded mail server shows its mails, empty without one. `source_secrets` are the secrets of
    signed sources, by setting. `allowance` is how far ahead of their arrival senders may date
    events, None for any time. `refusal` says why Temporal refuses this installation, empty while it
    does not.
    """

    store: WebStore
    tokens: tuple[str, ...] = field(repr=False)
    links: Links
    now: Callable[[], datetime]
    mail_url: str = ""
    ring: Callable[[], None] = lambda: None
    limits: Limits = field(default_factory=lambda: Limits(Rates()))
    source_secrets: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    allowance: timedelta | None = ALLOWANCE
    refusal: Callable[[], str] = lambda: ""
