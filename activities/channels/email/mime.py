"""A letter as the bytes of a mail: headers, text part first, HTML as the alternative.

The lines are written here, because the email package parses and folds every header of every mail,
also those that are always the same. What needs an encoding goes through the standard library.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from email import quoprimime
from email.charset import Charset
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from email_validator import EmailNotValidError

from activities.channels.port import Letter, Refused, message_id
from engine.facts.contacts.addresses import mailbox

# Every line end Python knows, the other controls of ASCII, and halves of characters.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_ONE_CLICK_URL = re.compile(r"https?://[!-;=?-~]+")  # printable ASCII without angle brackets
_LONGEST_URL = 968  # characters; with "List-Unsubscribe: <>" less than the 998 of a line
_NOT_PLAIN = re.compile(rb"[^\t\n\r -~]")
_LINE = 76  # characters; RFC 2045 6.7 and 6.8
# bytes, which are 64 characters of base64 with their frame: with "Subject: " less than the 76 of a
# line
_WORD = 39
_LONGEST_SUBJECT = 900  # characters; a line may have 998 (RFC 5322 2.1.1)
_UTF8 = Charset("utf-8")


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope and its content; `needs_utf8` when the recipient's name is not ASCII
    (RFC 6531).
    """

    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes; `header` is the whole `From` line, the same for every mail."""

    mailbox: str
    domain: str
    header: str


def parse_sender(text: str) -> Sender:
    """`Purna <shop@purna.example>` or a bare address; `ValueError` otherwise."""
    if _UNWRITABLE.search(text):
        raise ValueError(f"not a sender's address: {text!r}")
    name, spec = parseaddr(text)
    try:
        address = Address(display_name=name, addr_spec=mailbox(spec))
    except ValueError as invalid:  # `Address` takes no name before the @ that is not ASCII
        raise ValueError(f"not a sender's address: {text!r} ({invalid})") from None
    message = EmailMessage(policy=SMTP)
    message["From"] = address
    return Sender(address.addr_spec, address.domain, SMTP.fold("From", message["From"]))


def compose(letter: Letter, sender: Sender) -> Mail:
    """The mail of a letter; `Refused` if its address or one of its headers cannot be written."""
    try:
        recipient = mailbox(letter.to)
        content = b"".join(_written(letter, sender, recipient))
    except EmailNotValidError as invalid:
        raise Refused(0, f"not an address: {invalid}") from None
    except ValueError as invalid:  # line breaks in headers, and everywhere lone surrogates
        raise Refused(0, f"cannot be written as a mail: {type(invalid).__name__}") from None
    return Mail(sender.mailbox, recipient, content, needs_utf8=not recipient.isascii())


def _written(letter: Letter, sender: Sender, recipient: str) -> list[bytes]:
    identity = message_id(letter.key, sender.domain)
    headers = (
        f"{sender.header}To: {recipient}\r\nSubject: {_subject(letter.subject)}\r\n"
        f"Date: {format_datetime(letter.at)}\r\nMessage-ID: <{identity}>\r\nAuto-Submitted: auto-generated\r\n"
        f"{_one_click(letter.unsubscribe)}MIME-Version: 1.0\r\n"
    ).encode()
    text = _part("plain", letter.text)
    if letter.html is None:
        return [headers, *text]
    border = (
        f"={identity.partition('@')[0]}"  # of the message key, so that a resend is the same bytes
    )
    kind = f'Content-Type: multipart/alternative; boundary="{border}"\r\n\r\n'.encode()
    between = f"\r\n--{border}".encode()
    return [
        headers,
        kind,
        between[2:],
        b"\r\n",
        *text,
        between,
        b"\r\n",
        *_part("html", letter.html),
        between,
        b"--\r\n",
    ]


def _subject(text: str) -> str:
    """As it is where it is ASCII and nobody could take it for an encoded word; as RFC 2047
    otherwise.
    """
    if _UNWRITABLE.search(text):
        raise ValueError("a subject with a control character")
    if (
        text.isascii()
        and "=?" not in text
        and len(text) <= _LONGEST_SUBJECT
        and text == text.strip()
    ):
        return text
    return "\r\n ".join(_UTF8.header_encode(piece) for piece in _pieces(text.encode()))


def _pieces(text: bytes) -> Iterator[str]:
    """Whole characters, so few that an encoded word of them fits its line (RFC 2047 2 and 5.3)."""
    start = 0
    while start < len(text):
        end = start + _WORD
        while end < len(text) and text[end] & 0xC0 == 0x80:  # noqa: PLR2004  # inside of a character (RFC 3629 3)
            end -= 1
        yield text[start:end].decode()
        start = end


def _one_click(url: str | None) -> str:
    """The two headers behind the unsubscribe button of mail programs (RFC 8058); none if there is
    no address, or one that fits no line, which then stands in the mail alone.

    Never folded: a folded `List-Unsubscribe` loses its button.
    """
    if url is None or len(url) > _LONGEST_URL:
        return ""
    if not _ONE_CLICK_URL.fullmatch(url):
        raise ValueError("an unsubscribe address that is not a URL")
    return f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def _part(subtype: str, text: str) -> tuple[bytes, bytes]:
    """A body and the headers that describe it."""
    encoding, body = _seven_bits(text)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return kind.encode(), body


def _seven_bits(text: str) -> tuple[str, bytes]:
    """Short lines of seven bits, so that no server needs 8BITMIME, and how they are encoded."""
    lines = text.encode().splitlines()
    body = b"\r\n".join(lines) + b"\r\n"
    if _fits(lines) and not _NOT_PLAIN.search(body):
        return "7bit", body
    quoted = b2a_qp(body)
    if 3 * len(quoted) > 4 * len(body):
        return "base64", encodebytes(body).replace(b"\n", b"\r\n")
    if not _fits(
        quoted.split(b"\r\n")
    ):  # by one character, where a line ends with a blank: a fault of `b2a_qp`
        quoted = quoprimime.body_encode(body.decode("latin-1"), _LINE, "\r\n").encode()
    return "quoted-printable", quoted


def _fits(lines: list[bytes]) -> bool:
    return max(map(len, lines), default=0) <= _LINE
