"""A folder of mails, one `.eml` file each, numbered in the order they came."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from itertools import count
from pathlib import Path

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
        """The heading of one mail; `FileNotFoundError` if there is none."""
        with self._file(order).open("rb") as file:
            return _heading(order, BytesHeaderParser(policy=default).parse(file))

    def raw(self, order: int) -> bytes:
        """A mail as it came; `FileNotFoundError` if there is none."""
        return self._file(order).read_bytes()

    def mail(self, order: int) -> EmailMessage:
        """A mail, parsed; `FileNotFoundError` if there is none."""
        return message_from_bytes(self.raw(order), policy=default)

    def _file(self, order: int) -> Path:
        return self._folder / f"{order:010}.eml"


def body(mail: EmailMessage, kind: str) -> str | None:
    """The `plain` or `html` part, its lines ended by a line feed; None if it has none."""
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _heading(order: int, mail: EmailMessage) -> Heading:
    date = mail["Date"]
    return Heading(
        order=order,
        message_id=str(mail.get("Message-ID", "")).strip("<>"),
        to=str(mail.get("To", "")),
        subject=str(mail.get("Subject", "")),
        sent_at=None if date is None else date.datetime,
    )


def _sync(folder: Path) -> None:
    """A renamed file is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
