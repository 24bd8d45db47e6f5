"""What a mail says when it is read back, for letters nobody would write."""

import re
from datetime import datetime, timedelta, timezone
from email import message_from_string, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.channels.email.mime import Mail, compose, parse_sender
from activities.channels.port import Letter, Refused, message_id
from tests.activities.channels.email.smtp_cases import a_letter

SENDER = parse_sender("Purna <shop@purna.example>")
FRAGMENTS = st.sampled_from(
    [
        *(
            "a",
            " ",
            "  ",
            "\t",
            "=",
            "=?",
            "?=",
            "=?utf-8?q?caf=C3=A9?=",
            "_",
            ".",
            "..",
            "\n.",
            "\n.\n",
            "From ",
            "--",
            "é",
        ),
        *(
            "\r",
            "\n",
            "\r\n",
            "\x00",
            "\x0b",
            "\x0c",
            "\x1b",
            "\x7f",
            "\x85",
            "\u2028",
            "\xa0",
            "\u200b",
            "\ufeff",
            "\u0301",
        ),
        *(
            "👩‍👩‍👧",
            "übermorgen ",
            "پارسل",
            "小包",
            "𐍈",
            "word " * 30,
            "x" * 80,
            "x" * 1100,
            "ü" * 300,
            '"',
            "\\",
            "<p>",
            "&amp;",
        ),
    ]
)
WORDS = st.lists(FRAGMENTS | st.text(st.characters(codec="utf-8"), max_size=60), max_size=12).map(
    "".join
)
SUBJECTS = WORDS.map(lambda text: "".join(re.split("[\x00-\x1f\x7f\x85\u2028\u2029]", text)))
TOKENS = st.text("abcXYZ019-_~.%/?=&:;,@!$'()*+[]", max_size=900)
MOMENTS = st.datetimes(
    datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone(timedelta(hours=7)))
)  # hypothesis adds the zone
LETTERS = st.builds(
    Letter,
    key=st.text(st.characters(codec="utf-8"), max_size=40),
    to=st.sampled_from(
        [
            "ana@customer.example",
            "o'brien+x@shop.test",
            "josé@customer.example",
            "a@münchen.example",
        ]
    ),
    subject=SUBJECTS,
    text=WORDS,
    html=st.none() | WORDS,
    unsubscribe=st.none() | TOKENS.map("https://purna.example/u/{}".format),
    at=MOMENTS,
)


def parsed(mail: Mail) -> EmailMessage:
    return message_from_string(mail.content.decode(), policy=policy.default)


def read(body: str) -> list[str]:
    """Its lines; a mail knows one line end only, and its last line has one."""
    return re.sub("\r\n?", "\n", body).removesuffix("\n").split("\n")


def everything(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if isinstance(part, EmailMessage)]


@given(LETTERS)
def test_every_header_says_what_the_letter_says(letter: Letter) -> None:
    message = parsed(compose(letter, SENDER))

    assert str(message["Subject"]) == letter.subject
    assert message["Date"].datetime == letter.at.replace(microsecond=0)
    assert message["Message-ID"] == f"<{message_id(letter.key, 'purna.example')}>"
    assert message["From"] == "Purna <shop@purna.example>"
    assert message["To"].addresses[0].addr_spec == letter.to.replace("münchen", "xn--mnchen-3ya")
    assert message["List-Unsubscribe"] == (letter.unsubscribe and f"<{letter.unsubscribe}>")
    assert message["List-Unsubscribe-Post"] == (letter.unsubscribe and "List-Unsubscribe=One-Click")
    assert (
        len(message.keys())
        == len(set(message.keys()))
        == (8, 10)[letter.unsubscribe is not None] + (letter.html is None)
    )


@given(LETTERS)
def test_both_bodies_say_what_the_letter_says(letter: Letter) -> None:
    message = parsed(compose(letter, SENDER))

    bodies = [message] if letter.html is None else list(message.iter_parts())
    assert message.is_multipart() is (letter.html is not None)
    assert [body.get_content_type() for body in bodies] == ["text/plain", "text/html"][
        : len(bodies)
    ]
    assert {body.get_content_charset() for body in bodies} == {"utf-8"}
    assert [read(body.get_content()) for body in bodies] == [
        read(text) for text in (letter.text, letter.html) if text is not None
    ]
    assert [part.defects for part in everything(message)] == [[]] * len(everything(message))


@given(LETTERS)
def test_no_server_stumbles_over_a_line(letter: Letter) -> None:
    mail = compose(letter, SENDER)
    head, _, body = mail.content.partition(b"\r\n\r\n")

    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", mail.content)
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert all(
        len(line) <= 76
        for line in body.split(b"\r\n")
        if not line.startswith((b"--=", b"Content-"))
    )
    assert all(
        len(line) <= 76
        for line in head.split(b"\r\n")
        if b"=?utf-8?" in line and b"To:" not in line
    )
    assert mail.content.replace(f"To: {mail.recipient}".encode(), b"", 1).isascii()
    assert mail.needs_utf8 is ("josé" in letter.to)
    assert compose(letter, SENDER) == mail


@given(
    st.sampled_from("\r\n\x00\t\x0b\x0c\x1b\x1c\x1d\x1e\x7f\x85\u2028\u2029\ud800\udc80\udfff"),
    SUBJECTS,
    SUBJECTS,
)
def test_a_subject_with_a_control_or_half_a_character_is_refused(
    odd: str, before: str, after: str
) -> None:
    with pytest.raises(Refused):
        compose(a_letter(subject=before + odd + after), SENDER)


@pytest.mark.parametrize(
    "changes",
    [{"text": "\ud800"}, {"html": "\udc80"}, {"key": "\ud800"}, {"to": "a\ud800@x.example"}],
)
def test_half_a_character_is_refused_everywhere(changes: dict[str, object]) -> None:
    with pytest.raises(Refused):
        compose(a_letter(**changes), SENDER)


@given(
    st.text(max_size=30),
    st.sampled_from(["\r\n", "\n", "\r", "\x00", " ", ",", "<", ">", "\u2028", "\x7f", "(", ";"]),
)
def test_an_address_is_one_address_or_refused(rest: str, odd: str) -> None:
    for to in (
        f"ana{odd}{rest}@x.example",
        f"ana@x.example{odd}{rest}",
        f"{rest}{odd}ana@x.example",
    ):
        with pytest.raises(Refused):
            compose(a_letter(to=to), SENDER)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x",
        "https://x y",
        "https://x>",
        "https://x/ü",
        "https://x\n",
    ],
)
def test_what_is_no_unsubscribe_url_of_one_line_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        compose(a_letter(unsubscribe=url), SENDER)


def test_an_unsubscribe_url_that_fits_no_line_leaves_the_mail_without_its_button() -> None:
    fits, too_long = (f"https://{'x' * length}" for length in (960, 961))

    heads = [
        compose(a_letter(unsubscribe=url), SENDER).content.partition(b"\r\n\r\n")[0]
        for url in (fits, too_long)
    ]

    assert [b"List-Unsubscribe" in head for head in heads] == [True, False]
    assert max(len(line) for head in heads for line in head.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("sender", "line"),
    [
        ("shop@purna.example", "From: shop@purna.example\r\n"),
        ("Purna <shop@purna.example>", "From: Purna <shop@purna.example>\r\n"),
        ('"Purna, Shop" <shop@purna.example>', 'From: "Purna, Shop" <shop@purna.example>\r\n'),
        (
            "Pürna <shop@münchen.example>",
            "From: =?utf-8?q?P=C3=BCrna?= <shop@xn--mnchen-3ya.example>\r\n",
        ),
    ],
)
def test_a_sender_is_one_header_line(sender: str, line: str) -> None:
    assert parse_sender(sender).header == line


@pytest.mark.parametrize(
    "sender",
    ["", "Purna", "P\r\nBcc: b@x.example <shop@purna.example>", "josé@purna.example", "a@b@c"],
)
def test_what_is_no_sender_is_an_error(sender: str) -> None:
    with pytest.raises(ValueError, match="not a sender's address"):
        parse_sender(sender)


def test_a_mail_is_the_same_bytes_in_every_release() -> None:
    letter = a_letter(
        subject="Grüße",
        html="<p>Grüße, liebe Ana, Ihr Paket ist da</p>",
        unsubscribe="https://purna.example/u/t",
    )

    assert compose(letter, SENDER).content.decode().split("\r\n") == [
        "From: Purna <shop@purna.example>",
        "To: ana@customer.example",
        "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
        "Date: Tue, 03 Mar 2026 10:00:00 +0000",
        "Message-ID: <aba281e9a44fcb6a2cd435445d370b37@purna.example>",
        "Auto-Submitted: auto-generated",
        "List-Unsubscribe: <https://purna.example/u/t>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=aba281e9a44fcb6a2cd435445d370b37"',
        "",
        "--=aba281e9a44fcb6a2cd435445d370b37",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "",
        "Hello Ana,",
        "",
        ".your parcel is on its way.",
        "",
        "--=aba281e9a44fcb6a2cd435445d370b37",
        'Content-Type: text/html; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>Gr=C3=BC=C3=9Fe, liebe Ana, Ihr Paket ist da</p>",
        "",
        "--=aba281e9a44fcb6a2cd435445d370b37--",
        "",
    ]
