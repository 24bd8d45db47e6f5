"""Headers and bodies of mails that anybody may have written: read without a limit on what may be
wrong with them, and with a limit on what reading them costs.
"""

import re
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import TypeVar

_LONGEST = 2_000  # characters of a header that are shown
LONGEST_HEADING = 64 * 1024  # bytes
_MOST_PARTS = 20
# The parser takes seconds for a mail of many parts within parts, or for an endless parameter.
_INTRICATE = re.compile(rb"(?im)^content-[\w-]+:(?:[^\r\n]|\r?\n[ \t]){%d}" % _LONGEST)
_FOLD = re.compile(r"\r?\n[ \t]*")
T = TypeVar("T")


def header(mail: Message, name: str) -> str:
    """What a header says, as far as it can be read; empty where there is none."""
    raw = next((str(text) for key, text in mail.raw_items() if key.lower() == name.lower()), "")
    text = _shown(raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    text = _FOLD.sub(" ", text)[:_LONGEST].strip()
    return _shown(_or_else(text, lambda: str(make_header(decode_header(text)))))


def date(mail: Message) -> datetime | None:
    """When a mail says that it was sent, None where it says nothing that can be read."""
    return _or_else(None, lambda: parsedate_to_datetime(header(mail, "Date")))


def headers_of(raw: bytes) -> Message:
    """The headers of a mail, of which no more is looked at than a sane one has."""
    return message_from_bytes(raw[:LONGEST_HEADING].partition(b"\r\n\r\n")[0])


def taken_apart(raw: bytes) -> EmailMessage | None:
    """A mail with its parts; None if it would take too long to take it apart."""
    if raw.lower().count(b"boundary") > 2 * _MOST_PARTS or _INTRICATE.search(raw):
        return None
    return message_from_bytes(raw, policy=default)


def body(mail: EmailMessage | None, kind: str) -> str | None:
    """The `plain` or `html` part, its lines ended by a line feed; None if it has none."""
    part = _or_else(None, lambda: mail.get_body((kind,)) if mail else None)
    if part is None:
        return None
    text = _or_else(None, lambda: str(part.get_content()))
    if text is None:  # in a character set that nobody knows, or in none at all
        text = _or_else(b"", lambda: bytes(part.get_payload(decode=True))).decode(
            "utf-8", "replace"
        )
    return _shown(text).replace("\r\n", "\n")


def _or_else(usual: T, read: Callable[[], T]) -> T:
    try:
        return read()
    except Exception:  # noqa: BLE001  # the standard library raises whatever it stumbles over
        return usual


def _shown(text: str) -> str:
    """With a mark for each half of a character, which no page can hold."""
    return text.encode("utf-8", "replace").decode()
