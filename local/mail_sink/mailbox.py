"""A folder of mails, one `.eml` file each, numbered in the order they came."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from itertools import count
from pathlib import Path

from local.mail_sink.hostile_text import LONGEST_HEADING, date, header, headers_of

_FILE = re.compile(r"(\d{10})\.eml")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a list of mails shows; `order` is the place in the order of arrival, `sent_at` is the
    mail's `Date`.
    """

    order: int
    message_id: str
    to: str
    subject: str
    sent_at: datetime | None


class Mailbox:
    """Keeps mails and finds them again. One process keeps, any number read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._numbers = count(max(self.orders(), default=0) + 1)

    def keep(self, raw: bytes) -> int:
        """Write a mail so that no crash loses it or shows half of it; its place in the order of
        arrival.
        """
        order = next(self._numbers)
        file = self._file(order)
        unfinished = file.with_suffix(".part")
        with unfinished.open("wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(file)
        _sync(self._folder)
        return order

    def orders(self) -> list[int]:
        """Every mail there is, oldest first."""
        return sorted(
            int(found[1])
            for file in self._folder.iterdir()
            if (found := _FILE.fullmatch(file.name))
        )

    def heading(self, order: int) -> Heading:
        """The heading of one mail, whatever is wrong with it; `OSError` if it cannot be opened."""
        with self._file(order).open("rb") as file:
            return _heading(order, headers_of(file.read(LONGEST_HEADING)))

    def raw(self, order: int) -> bytes:
        """A mail as it came; `FileNotFoundError` if there is none."""
        return self._file(order).read_bytes()

    def mail(self, order: int) -> EmailMessage:
        """A mail, parsed; `FileNotFoundError` if there is none."""
        return message_from_bytes(self.raw(order), policy=default)

    def _file(self, order: int) -> Path:
        return self._folder / f"{order:010}.eml"


def _heading(order: int, mail: Message) -> Heading:
    return Heading(
        order=order,
        message_id=header(mail, "Message-ID").strip("<>"),
        to=header(mail, "To"),
        subject=header(mail, "Subject"),
        sent_at=date(mail),
    )


def _sync(folder: Path) -> None:
    """A renamed file is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
