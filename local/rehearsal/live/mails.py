"""What truly arrived: every message of a live test is a mail, also those for other channels."""

from dataclasses import replace

from activities.channels.port import Letter, MayLeave, Provider, message_id
from local.mail_sink.hostile_text import body
from local.mail_sink.mailbox import Mailbox
from local.parts import SENDER_DOMAIN


class Mails:
    """The mails of the sink by the key of their message."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._known: dict[str, int] = {}
        self._read = 0

    def text_of(self, key: str) -> str:
        """Subject and text of a message; nothing if no such mail has come."""
        identity = message_id(key, SENDER_DOMAIN)
        if identity not in self._known:
            self._take_in()
        if (order := self._known.get(identity)) is None:
            return ""
        mail = self._mailbox.mail(order)
        return f"{mail['Subject']}\n{body(mail, 'plain')}"

    def _take_in(self) -> None:
        for order in self._mailbox.orders():
            if order > self._read:
                self._read = order
                self._known[self._mailbox.heading(order).message_id] = order


class ByMail:
    """A provider of any channel that hands its letters to the mail server, to somebody of the
    channel's name.
    """

    def __init__(self, channel: str, mail: Provider) -> None:
        self.channel, self._mail = channel, mail

    @property
    def is_away(self) -> bool:
        """See `Provider.is_away`."""
        return self._mail.is_away

    def admit(self) -> None:
        """See `Provider.admit`."""
        self._mail.admit()

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        """See `Provider.send`."""
        addressed = (
            letter
            if self.channel == "email"
            else replace(letter, to=f"{self.channel}@{SENDER_DOMAIN}")
        )
        await self._mail.send(addressed, may_leave)
