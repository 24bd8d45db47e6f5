"""Mails that nobody sane would write: each is shown, and holds up nobody."""

import time
from pathlib import Path

import pytest

from local.mail_sink.mailbox import Mailbox
from tests.local.mail_sink.test_sink import a_browser

# What the standard library stumbles over, or takes long for; anybody may write to the sink.
HOSTILE = {
    "nothing": b"",
    "no text": b"\x00\xff\xfe" * 10,
    "half a character": b"Subject: =?utf-8?q?=ed=a0=80?=\r\nTo: \xed\xa0\x80\r\n\r\n\xff",
    "an open address": b'To: <\r\nFrom: "\r\n\r\n',
    "an open domain": b"To: a@[\r\n\r\n",
    "an open id": b"Message-ID: <\r\n\r\n",
    "an empty id": b"Message-ID: <@>\r\n\r\n",
    "a far year": b"Date: Tue, 03 Mar 99999 10:00:00 +0000\r\n\r\n",
    "a far zone": b"Date: Tue, 03 Mar 2026 10:00:00 +9999\r\n\r\n",
    "an unknown charset": b"Content-Type: text/plain; charset=bogus\r\n\r\n\xff\xfe",
    "a charset of no text": b"Content-Type: text/plain; charset=zlib\r\n\r\nx",
    "a charset that raises": b"Content-Type: text/html; charset=undefined\r\n\r\nx",
    "a charset of halves": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-",
    "a broken charset": b"Content-Type: text/plain; charset*=utf-8''%ED\r\n\r\nx",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\nx",
    "broken base64": b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!=",
    "twenty thousand readers": b"To: " + b"a@b," * 20_000 + b"\r\n\r\n",
    "comments in comments": b"To: " + b"(" * 3000 + b"\r\n\r\n",
    "an endless parameter": b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nx",
    "an endless word": b"Subject: =?utf-8?b?" + b"A" * 200_000 + b"?=\r\n\r\n",
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
        for depth in range(2000)
    ),
}


@pytest.mark.parametrize("path", ["/", "/mail.json", "/mail/1", "/mail/1/html", "/mail/1/raw"])
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_mail_is_shown_and_holds_up_nobody(
    tmp_path: Path, name: str, path: str
) -> None:
    Mailbox(tmp_path).keep(HOSTILE[name])
    began = time.process_time()

    async with a_browser(tmp_path) as browser:
        answer = await browser.get(path)

    assert answer.status_code in (200, 404)
    assert answer.status_code == 200 or path.endswith("html")
    assert time.process_time() - began < 1


async def test_headers_in_the_characters_of_the_sender_are_read(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= an\r\n =?utf-8?b?Sm9zw6k=?=\r\n"
        b"To: jos\xc3\xa9@x\r\n\r\n"
    )

    heading = Mailbox(tmp_path).heading(1)

    assert (heading.subject, heading.to) == ("Grüße an José", "josé@x")
