"""The port to the world: one letter to one person on one channel, and the failures a provider
knows.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from engine.facts.contacts.bounces import BounceKind
from engine.facts.contacts.status_codes import said_of_address, status_code
from engine.sending.message_identity import identity_of

# RFC 5321 4.2.2: to an address, its mailbox is full; to a content, it is too long.
_STORAGE_EXCEEDED = 552
MayLeave = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message as it leaves: nothing in it is looked up or decided any more. Its `repr`
    is for logs.
    """

    key: str  # the message key; the same for a resend
    to: str = field(repr=False)  # an address on the provider's channel
    subject: str = field(repr=False)  # empty where the channel has none
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    unsubscribe: str | None = field(repr=False)  # one-click URL; set for marketing
    at: datetime  # the moment of sending, aware; the `Date` of a mail


class Provider(Protocol):
    """What `send_message` needs of an adapter."""

    channel: str

    @property
    def is_away(self) -> bool:
        """Whether its breaker is open."""

    def admit(self) -> None:
        """Ask before any work: raises `Unavailable` while the provider's breaker is open."""

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        """Return when the other side has taken the letter.

        `may_leave` is the ledger's last question. It is awaited exactly once, when nothing is left
        but to hand the content over; answered False, nothing is handed over and `Stopped` is
        raised. What it raises passes through. Every other failure is a `DeliveryFailed`.
        """


class Stopped(Exception):
    """The last question was answered with no; no byte of the content has left."""


class DeliveryFailed(Exception):
    """A letter was not taken; `after_permission` tells whether `may_leave` had been answered with
    yes.
    """

    def __init__(self, text: str, *, after_permission: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.after_permission = after_permission

    @property
    def bounce(self) -> BounceKind | None:
        """What it says of the address: `hard` that nobody is there, `soft` that it does not work
        now; a no to the letter or to us says nothing of it.
        """
        return None


class Refused(DeliveryFailed):
    """For ever: the other side said no to this letter, or its address cannot be used.

    `code` is what the other side answered, 0 when it was not asked. `address_is_dead` when nobody
    is reached there by any letter, so that the address is to be suppressed.
    """

    def __init__(
        self, code: int, text: str, *, address_is_dead: bool = False, after_permission: bool = False
    ) -> None:
        super().__init__(text, after_permission=after_permission)
        self.code = code
        self.address_is_dead = address_is_dead

    @property
    def bounce(self) -> BounceKind | None:
        """As of every failure; without a status code, 552 says that the mailbox is full."""
        if self.address_is_dead:
            return "hard"
        is_full = self.code == _STORAGE_EXCEEDED and not self.after_permission
        if status_code(self.text):
            return said_of_address(self.text)
        return "soft" if is_full else None


class Unavailable(DeliveryFailed):
    """Not now: the letter was certainly not taken and may be tried again after `retry_after`.

    `misconfigured` when only a person can mend it (credentials, a sender who is not accepted).
    """

    def __init__(
        self,
        text: str,
        retry_after: timedelta,
        *,
        misconfigured: bool = False,
        after_permission: bool = False,
    ) -> None:
        super().__init__(text, after_permission=after_permission)
        self.retry_after = retry_after
        self.misconfigured = misconfigured

    @property
    def bounce(self) -> BounceKind | None:
        """As of every failure: for now, its mailbox may be full."""
        is_soft = said_of_address(self.text) == "soft" and not self.misconfigured
        return "soft" if is_soft else None


class Unknown(DeliveryFailed):
    """Content may have left and no answer came: nobody can know whether the letter was taken."""

    def __init__(self, text: str) -> None:
        super().__init__(text, after_permission=True)


def message_id(key: str, domain: str) -> str:
    """The `Message-ID` of a message key, without angle brackets: the same for every resend."""
    return f"{identity_of(key)}@{domain}"
