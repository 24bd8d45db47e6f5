from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from activities.channels.port import Refused, message_id
from bench.chaos.faulty_smtp import FaultySmtp, SmtpFault
from tests.activities.channels.email.smtp_cases import a_letter, a_provider, failure_of, yes

URL = "https://purna.example/u/" + "t" * 96  # 120 characters


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


async def test_a_letter_arrives_as_text_first_and_html_beside_it() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)

    mail = parsed(server.kept[0].content)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["From"] == "Purna <shop@purna.example>"
    assert mail["To"] == "ana@customer.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


async def test_a_line_that_starts_with_a_dot_arrives_as_it_was_written() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(html=None), yes)

    text = parsed(server.kept[0].content).get_content()
    assert text.splitlines() == ["Hello Ana,", "", ".your parcel is on its way."]


async def test_the_unsubscribe_url_is_one_unfolded_line_on_the_wire() -> None:
    assert len(URL) == 120
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(unsubscribe=URL), yes)

    lines = server.kept[0].content.split(b"\r\n")
    assert b"List-Unsubscribe: <" + URL.encode() + b">" in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


async def test_a_letter_without_unsubscribe_has_no_such_header() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)

    assert b"List-Unsubscribe" not in server.kept[0].content


async def test_a_resend_is_the_same_bytes() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)
        await provider.send(a_letter(), yes)

    first, second = server.kept
    assert first == second
    assert first.message_id == f"<{message_id(a_letter().key, 'purna.example')}>"


async def test_another_message_key_is_another_message_id() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)
        await provider.send(a_letter(key="order:A2/parcel-on-its-way/P2/shipped"), yes)

    assert len({taken.message_id for taken in server.kept}) == 2


@pytest.mark.parametrize(
    "to", ["", "ana", "ana@", "a@x.example\r\nRCPT TO:<b@x.example>", "a b@x.example", "a@x..y"]
)
async def test_an_invalid_address_is_refused_before_anyone_is_asked(to: str) -> None:
    failed, server = await failure_of(SmtpFault.NONE, to=to)

    assert isinstance(failed, Refused)
    assert not failed.address_is_dead
    assert server.connections == 0


@pytest.mark.parametrize("to", ["ana@shop.example", "ana@shop.test", "o'brien+x@customer.example"])
async def test_addresses_for_documentation_and_tests_are_addresses(to: str) -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(to=to), yes)

    assert server.kept[0].recipient == to


@pytest.mark.parametrize(
    "changes", [{"subject": "Hi\r\nBcc: b@x.example"}, {"unsubscribe": "https://x/\r\nBcc: b"}]
)
async def test_a_line_break_never_becomes_a_header(changes: dict[str, object]) -> None:
    failed, server = await failure_of(SmtpFault.NONE, **changes)

    assert isinstance(failed, Refused)
    assert server.connections == 0


async def test_an_international_domain_travels_in_ascii() -> None:
    async with FaultySmtp(extensions=()) as server, a_provider(server.port) as provider:
        await provider.send(a_letter(to="ana@münchen.example"), yes)

    assert server.kept[0].recipient == "ana@xn--mnchen-3ya.example"


async def test_an_international_mailbox_needs_a_server_that_can_write_it() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(to="josé@customer.example"), yes)
    async with FaultySmtp(extensions=()) as poor, a_provider(poor.port) as provider:
        with pytest.raises(Refused, match="SMTPUTF8"):
            await provider.send(a_letter(to="josé@customer.example"), yes)

    assert server.kept[0].recipient == "josé@customer.example"
    assert poor.kept == []


async def test_a_long_international_subject_arrives_with_all_its_spaces() -> None:
    subject = "Ihre Bestellung wird übermorgen zugestellt, größere Pakete später, für Sie geprüft"
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(subject=subject), yes)

    assert parsed(server.kept[0].content)["Subject"] == subject


async def test_content_is_seven_bit_so_that_every_server_can_take_it() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(text="Grüße " * 400, html="<p>Grüße</p>"), yes)

    assert server.kept[0].content.isascii()
    assert max(len(line) for line in server.kept[0].content.split(b"\r\n")) <= 998
