import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from activities.channels.email.smtp import SmtpProvider
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.port import Letter, message_id
from local.mail_sink.__main__ import Sink, mail_site
from local.mail_sink.mailbox import Mailbox, body
from local.mail_sink.viewer import mail_view

RAW = (
    b"From: a@x.example\r\nTo: b@x.example\r\nSubject: %b\r\n"
    b"Date: Tue, 03 Mar 2026 10:00:00 +0000\r\n\r\n%b\r\n"
)
HTML = (
    b"Subject: Hi\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head><title>x</title></head><script>alert(1)</script></html>\r\n"
)


@asynccontextmanager
async def a_sink(folder: Path) -> AsyncIterator[Sink]:
    sink = Sink(folder, 0)
    await sink.start()
    try:
        yield sink
    finally:
        await sink.stop()


@asynccontextmanager
async def a_browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(mail_view(folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://mail") as browser:
        yield browser


async def send(sink: Sink, subject: bytes = b"Hello", text: bytes = b"Hello Ana") -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.port, start_tls=False) as client:
        await client.sendmail("a@x.example", ["b@x.example"], RAW % (subject, text))


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_an_acknowledged_mail_is_on_disk_as_it_came(tmp_path: Path) -> None:
    async with a_sink(tmp_path) as sink:
        await send(sink)

        assert names_in(tmp_path) == ["0000000001.eml"]
        assert sink.mailbox.raw(1) == RAW % (b"Hello", b"Hello Ana")


async def test_a_letter_of_the_provider_is_found_again_by_its_message_id(tmp_path: Path) -> None:
    letter = Letter(
        "k",
        "josé@x.example",
        "Grüße",
        "Hallo José",
        "<p>Hallo</p>",
        None,
        datetime(2026, 3, 3, tzinfo=UTC),
    )

    async def yes() -> bool:
        return True

    async with a_sink(tmp_path) as sink:
        provider = SmtpProvider(
            SmtpSettings.parse(f"smtp://127.0.0.1:{sink.port}"), "shop@purna.example"
        )
        await provider.send(letter, yes)
        await provider.close()

    heading = Mailbox(tmp_path).heading(1)
    assert heading.message_id == message_id("k", "purna.example")
    assert (heading.to, heading.subject, heading.sent_at) == ("josé@x.example", "Grüße", letter.at)
    assert body(Mailbox(tmp_path).mail(1), "plain") == "Hallo José\n"


async def test_mails_are_numbered_in_order_also_after_a_restart(tmp_path: Path) -> None:
    for subjects in ([b"one", b"two"], [b"three"]):
        async with a_sink(tmp_path) as sink:
            for subject in subjects:
                await send(sink, subject)

    mailbox = Mailbox(tmp_path)
    assert [mailbox.heading(order).subject for order in mailbox.orders()] == ["one", "two", "three"]


async def test_mails_at_the_same_time_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with a_sink(tmp_path) as sink:
        await asyncio.gather(*(send(sink, str(number).encode()) for number in range(30)))

    mailbox = Mailbox(tmp_path)
    assert {mailbox.heading(order).subject for order in mailbox.orders()} == {
        str(number) for number in range(30)
    }


async def test_a_mail_that_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    async with a_sink(folder) as sink:
        folder.rmdir()
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await send(sink)

    assert refused.value.code == 451


async def test_a_mail_over_a_mebibyte_is_refused(tmp_path: Path) -> None:
    async with a_sink(tmp_path) as sink:
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(sink, text=(b"x" * 98 + b"\r\n") * 10_600)

    assert refused.value.code == 552
    assert names_in(tmp_path) == []


async def test_a_mail_that_breaks_off_is_not_kept(tmp_path: Path) -> None:
    async with a_sink(tmp_path) as sink:
        _, writer = await asyncio.open_connection("127.0.0.1", sink.port)
        writer.write(
            b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: Hi\r\n"
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await send(sink, b"whole")

    assert [Mailbox(tmp_path).heading(order).subject for order in Mailbox(tmp_path).orders()] == [
        "whole"
    ]


async def test_a_half_written_file_of_a_crash_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "0000000001.part").write_bytes(b"Subject: half")

    assert Mailbox(tmp_path).orders() == []


async def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    async with a_browser(tmp_path) as browser:
        page = await browser.get("/")

    assert page.status_code == 200
    assert "No mail yet" in page.text


async def test_the_list_shows_the_newest_first_a_hundred_at_a_time(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    for number in range(1, 103):
        mailbox.keep(RAW % (f"mail {number}.".encode(), b""))

    async with a_browser(tmp_path) as browser:
        first, second = await browser.get("/"), await browser.get("/?before=3")

    assert first.text.index("mail 102.") < first.text.index("mail 101.")
    assert "mail 2." not in first.text
    assert '<a href="/?before=3">' in first.text
    assert "mail 2." in second.text
    assert "Older mail" not in second.text
    assert "Tue 03 Mar 2026, 10:00 UTC" in second.text


async def test_one_mail_shows_headers_text_and_a_frame(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(RAW % (b"<i>Hi</i>", b"<b>text</b>"))

    async with a_browser(tmp_path) as browser:
        page = await browser.get("/mail/1")

    assert "<h1>&lt;i&gt;Hi&lt;/i&gt;</h1>" in page.text
    assert "<pre>&lt;b&gt;text&lt;/b&gt;" in page.text
    assert "b@x.example" in page.text
    assert "<iframe" not in page.text


async def test_the_html_of_a_mail_runs_nothing(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(HTML)

    async with a_browser(tmp_path) as browser:
        page, html = await browser.get("/mail/1"), await browser.get("/mail/1/html")

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "alert" not in page.text
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    )
    assert '<head><base target="_blank">' in html.text


@pytest.mark.parametrize("path", ["/", "/mail/1", "/mail.json", "/mail/1/raw"])
async def test_every_page_allows_its_own_parts_only(tmp_path: Path, path: str) -> None:
    Mailbox(tmp_path).keep(HTML)

    async with a_browser(tmp_path) as browser:
        page = await browser.get(path)

    assert page.headers["Content-Security-Policy"] == "default-src 'self'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/mail/2", "/mail/2/html", "/mail/1/html", "/mail/2/raw", "/mail/x", "/mail/" + "9" * 400],
)
async def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    Mailbox(tmp_path).keep(RAW % (b"Hi", b""))

    async with a_browser(tmp_path) as browser:
        assert (await browser.get(path)).status_code == 404


async def test_the_json_names_every_mail_in_order_of_arrival(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(RAW.replace(b"Subject", b"Message-ID: <m1@x>\r\nSubject") % (b"Hi", b""))
    Mailbox(tmp_path).keep(b"Subject: bare\r\n\r\n")

    async with a_browser(tmp_path) as browser:
        told = (await browser.get("/mail.json")).json()
        later = (await browser.get("/mail.json?after=1")).json()

    sent_at = "2026-03-03T10:00:00+00:00"
    assert told[0] == {
        "order": 1,
        "message_id": "m1@x",
        "to": "b@x.example",
        "subject": "Hi",
        "sent_at": sent_at,
    }
    assert (
        later
        == told[1:]
        == [{"order": 2, "message_id": "", "to": "", "subject": "bare", "sent_at": None}]
    )


async def test_mounted_elsewhere_its_links_still_lead_home(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(HTML)
    app = Starlette(routes=[Mount("/console/mail", mail_view(tmp_path))])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mail"
    ) as browser:
        page = await browser.get("/console/mail/")
        style = await browser.get("/console/mail/static/mail.css")

    assert '<a href="/console/mail/mail/1">' in page.text
    assert "/console/mail/static/mail.css" in page.text
    assert style.headers["Content-Type"].startswith("text/css")


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def until_up(url: str) -> None:
    async with asyncio.timeout(20), httpx.AsyncClient() as browser:
        while True:
            try:
                await browser.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_as_a_process_it_takes_and_shows_mail_until_it_is_asked_to_end(
    tmp_path: Path,
) -> None:
    smtp, http = a_free_port(), a_free_port()
    asked = ["--folder", str(tmp_path), "--smtp-port", str(smtp), "--http-port", str(http)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local.mail_sink.__main__", *asked
    )
    try:
        await until_up(f"http://127.0.0.1:{http}/")
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp, start_tls=False) as client:
            await client.sendmail("a@x.example", ["b@x.example"], RAW % (b"Hello", b""))
            async with httpx.AsyncClient() as browser:
                assert "Hello" in (await browser.get(f"http://127.0.0.1:{http}/")).text
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8025", 200), ("localhost", 200), ("mails.evil.example", 400), ("", 400)],
)
async def test_nobody_reads_mails_under_a_name_that_only_leads_here(
    tmp_path: Path, host: str, status: int
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mail_site(tmp_path))) as browser:
        answer = await browser.get("http://127.0.0.1/mail.json", headers={"Host": host})
    assert answer.status_code == status
