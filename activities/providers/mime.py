"""A letter as the bytes of a mail: headers, text part first, HTML as the alternative."""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from typing import Any

from email_validator import EmailNotValidError, validate_email

from activities.providers.provider import Letter, Refused, message_id


class _Headers(HeaderRegistry):
    """The package makes the class of a header anew for each header, thirty times a mail; here each is made once."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name.lower() not in self._made:
            self._made[name.lower()] = super().__getitem__(name)
        return self._made[name.lower()]


# Seven bits, so that no server needs 8BITMIME; the body is broken at 78 characters before the headers are folded.
_BODY = SMTP.clone(cte_type="7bit", header_factory=_Headers())
_ONE_CLICK_URL = re.compile(r"https?://[!-;=?-~]+")  # printable ASCII without angle brackets


class _Wire(EmailPolicy):
    """Headers as they leave.

    A folded `List-Unsubscribe` becomes an encoded word and loses its button, so lines may be 998 characters long
    (RFC 5322 2.1.1). An encoded word may not (RFC 2047 2: 75), and this package loses spaces where it splits one, so
    a subject that needs them is left to the older `Header`.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name != "Subject" or str(value).isascii():
            return super().fold_binary(name, value)
        folded = Header(str(value), "utf-8", header_name=name).encode(linesep="\r\n")
        return f"{name}: {folded}\r\n".encode()


_WIRE = _Wire(linesep="\r\n", max_line_length=998, cte_type="7bit", header_factory=_BODY.header_factory)


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope and its content; `needs_utf8` when the recipient's name is not ASCII (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool


def parse_sender(text: str) -> Address:
    """`Purna <shop@purna.example>` or a bare address; `ValueError` otherwise."""
    name, spec = parseaddr(text)
    try:
        return Address(display_name=name, addr_spec=_mailbox(spec))
    except (EmailNotValidError, MessageError) as invalid:  # `Address` takes no name before the @ that is not ASCII
        raise ValueError(f"not a sender's address: {text!r} ({invalid})") from None


def compose(letter: Letter, sender: Address) -> Mail:
    """The mail of a letter; `Refused` if its address or one of its headers cannot be written."""
    try:
        recipient = _mailbox(letter.to)
        message = _message(letter, sender, recipient)
        needs_utf8 = not recipient.isascii()
        content = message.as_bytes(policy=_WIRE.clone(utf8=needs_utf8))
    except EmailNotValidError as invalid:
        raise Refused(0, f"not an address: {invalid}") from None
    except ValueError as invalid:  # the email package refuses line breaks in headers and lone surrogates
        raise Refused(0, f"cannot be written as a mail: {type(invalid).__name__}") from None
    return Mail(sender.addr_spec, recipient, content, needs_utf8)


def _mailbox(text: str) -> str:
    """The address in ASCII where there is such a form; domains for tests and documentation are addresses too."""
    found = validate_email(text, check_deliverability=False, globally_deliverable=False, test_environment=True)
    return found.ascii_email or found.normalized


def _message(letter: Letter, sender: Address, recipient: str) -> EmailMessage:
    identity = message_id(letter.key, sender.domain)
    message = EmailMessage(policy=_BODY)
    message["From"] = sender
    name, _, domain = recipient.rpartition("@")
    message["To"] = Address(username=name, domain=domain)
    message["Subject"] = letter.subject
    message["Date"] = letter.at
    message["Message-ID"] = f"<{identity}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        _offer_one_click(message, letter.unsubscribe)
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
        message.set_boundary(f"={identity}")  # a resend is the same bytes
    return message


def _offer_one_click(message: EmailMessage, url: str) -> None:
    """The two headers behind the unsubscribe button of mail programs (RFC 8058)."""
    if not _ONE_CLICK_URL.fullmatch(url):
        raise ValueError("an unsubscribe address that is not a URL")
    message["List-Unsubscribe"] = f"<{url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
