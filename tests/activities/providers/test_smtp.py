import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from activities.providers.provider import (
    DeliveryFailed,
    Letter,
    Refused,
    Stopped,
    Unavailable,
    Unknown,
    message_id,
)
from activities.providers.smtp import SmtpProvider, Tuning
from activities.providers.smtp_settings import Patience, SmtpSettings
from tests.faulty_smtp import Fault, FaultySmtp, Script, mixed

SHORT = Patience(opening=timedelta(seconds=2), operation=timedelta(seconds=0.5), data=timedelta(seconds=0.5))
URL = "https://purna.example/u/" + "t" * 96  # 120 characters


def a_letter(**changes: object) -> Letter:
    letter = Letter(
        key="order:A1/parcel-on-its-way/P1/shipped",
        to="ana@customer.example",
        subject="Your parcel arrives Thursday",
        text="Hello Ana,\n\n.your parcel is on its way.\n",
        html="<p>Hello Ana</p>",
        unsubscribe=None,
        at=datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
    )
    return dataclasses.replace(letter, **changes)  # type: ignore[arg-type]  # the test names the fields


class Ledger:
    """The last question, and how often and when it was asked."""

    def __init__(self, server: FaultySmtp, answer: bool = True) -> None:  # noqa: FBT002  # the word is the meaning
        self.asked_after: list[str] = []
        self._server = server
        self._answer = answer

    async def may_send(self) -> bool:
        self.asked_after.append(self._server.commands[-1].partition(" ")[0])
        return self._answer


async def yes() -> bool:
    return True


@asynccontextmanager
async def a_provider(port: int, **tuning: object) -> AsyncIterator[SmtpProvider]:
    settings = SmtpSettings.parse(f"smtp://127.0.0.1:{port}")
    tuned = Tuning(**{"patience": SHORT, **tuning})  # type: ignore[arg-type]  # the test names the fields
    provider = SmtpProvider(settings, "Purna <shop@purna.example>", tuned)
    try:
        yield provider
    finally:
        await provider.close()


async def failure_of(fault: Fault, **letter: object) -> tuple[DeliveryFailed, FaultySmtp]:
    async with FaultySmtp(Script(fault)) as server, a_provider(server.port) as provider:
        with pytest.raises(DeliveryFailed) as failed:
            await provider.send(a_letter(**letter), yes)
    return failed.value, server


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


async def test_the_last_question_is_asked_once_between_rcpt_and_data() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        ledger = Ledger(server)
        await provider.send(a_letter(), ledger.may_send)

    assert ledger.asked_after == ["RCPT"]
    assert [command.partition(" ")[0] for command in server.commands[:4]] == ["EHLO", "MAIL", "RCPT", "DATA"]


async def test_a_no_to_the_last_question_takes_the_envelope_back() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        ledger = Ledger(server, answer=False)
        with pytest.raises(Stopped):
            await provider.send(a_letter(), ledger.may_send)
        assert server.commands[-1] == "RSET"
        await provider.send(a_letter(), yes)

    assert len(server.kept) == 1
    assert server.connections == 1


async def test_an_error_of_the_ledger_passes_through_and_nothing_leaves() -> None:
    async def broken() -> bool:
        raise TimeoutError("the database is away")

    async with FaultySmtp() as server, a_provider(server.port) as provider:
        with pytest.raises(TimeoutError, match="database"):
            await provider.send(a_letter(), broken)

    assert "DATA" not in server.commands


async def test_a_cancelled_send_leaves_no_connection_for_the_next_letter() -> None:
    async with FaultySmtp(Script(Fault.HANG_AFTER_DOT)) as server, a_provider(server.port) as provider:
        permitted = asyncio.Event()

        async def may_send() -> bool:
            permitted.set()
            return True

        sending = asyncio.create_task(provider.send(a_letter(), may_send))
        await permitted.wait()
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await provider.send(a_letter(), yes)

    assert server.connections == 2


@pytest.mark.parametrize(
    ("fault", "minutes", "after_permission"),
    [
        (Fault.GREETING_421, 5 / 60, False),
        (Fault.GREETING_DROP, 5 / 60, False),
        (Fault.MAIL_452, 1, False),
        (Fault.MAIL_DROP, 5 / 60, False),
        (Fault.RCPT_421, 1, False),
        (Fault.RCPT_451, 5, False),
        (Fault.RCPT_HANG, 5 / 60, False),
        (Fault.DATA_DROP, 5 / 60, True),
        (Fault.DATA_451, 1, True),
        (Fault.CONTENT_451, 1, True),
    ],
)
async def test_what_was_certainly_not_taken_is_tried_again(
    fault: Fault,
    minutes: float,
    after_permission: bool,  # a parameter of the table above
) -> None:
    failed, server = await failure_of(fault)

    assert isinstance(failed, Unavailable)
    assert failed.retry_after == timedelta(minutes=minutes)
    assert failed.after_permission is after_permission
    assert not failed.misconfigured
    assert server.kept == []


async def test_a_refused_sender_is_a_matter_for_a_person() -> None:
    failed, _ = await failure_of(Fault.MAIL_550)

    assert isinstance(failed, Unavailable)
    assert failed.misconfigured
    assert failed.retry_after == timedelta(hours=1)
    assert not failed.after_permission


@pytest.mark.parametrize(
    ("fault", "code", "dead", "after_permission"),
    [
        (Fault.RCPT_550_UNKNOWN, 550, True, False),
        (Fault.RCPT_550_POLICY, 550, False, False),
        (Fault.DATA_554, 554, False, True),
        (Fault.CONTENT_554, 554, False, True),
    ],
)
async def test_a_5xx_is_final_and_only_an_unknown_mailbox_kills_the_address(
    fault: Fault,
    code: int,
    dead: bool,  # a parameter of the table above
    after_permission: bool,  # a parameter of the table above
) -> None:
    failed, _ = await failure_of(fault)

    assert isinstance(failed, Refused)
    assert (failed.code, failed.address_is_dead, failed.after_permission) == (code, dead, after_permission)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.DROP_MID_DATA,
        Fault.HANG_AFTER_DOT,
        Fault.TAKE_AND_HANG,
        Fault.DROP_AFTER_DOT,
        Fault.TAKE_AND_DROP,
        Fault.NONSENSE_AFTER_DOT,
    ],
)
async def test_silence_after_content_is_unknown(fault: Fault) -> None:
    failed, _ = await failure_of(fault, text="a line\n" * 2000)

    assert isinstance(failed, Unknown)
    assert failed.after_permission


async def test_an_answer_counts_although_the_server_drops_right_after_it() -> None:
    async with FaultySmtp(Script(Fault.TAKE_ANSWER_AND_DROP)) as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)

    assert len(server.kept) == 1


@pytest.mark.parametrize("fault", [Fault.RCPT_451, Fault.RCPT_550_UNKNOWN, Fault.CONTENT_554, Fault.NONE])
async def test_a_connection_is_used_again_after_a_known_outcome(fault: Fault) -> None:
    async with FaultySmtp(Script(fault)) as server, a_provider(server.port) as provider:
        await asyncio.gather(provider.send(a_letter(), yes), return_exceptions=True)
        await provider.send(a_letter(key="another"), yes)

    assert server.connections == 1


async def test_a_connection_that_died_in_the_pool_is_replaced_without_a_failure() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(), yes)
        await server.drop_all()
        await provider.send(a_letter(key="another"), yes)

    assert len(server.kept) == 2
    assert server.connections == 2


async def test_a_connection_is_recycled_after_a_hundred_letters() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        for number in range(101):
            await provider.send(a_letter(key=str(number)), yes)

    assert server.connections == 2
    assert server.commands.count("QUIT") == 2  # the recycled one, and the other at the end


async def test_many_letters_share_few_connections() -> None:
    async with FaultySmtp() as server, a_provider(server.port, connections=3) as provider:
        await asyncio.gather(*(provider.send(a_letter(key=str(number)), yes) for number in range(40)))

    assert len(server.kept) == 40
    assert server.connections == 3


async def test_a_letter_that_finds_every_connection_busy_is_tried_later() -> None:
    hanging = Patience(opening=timedelta(seconds=0.2), operation=timedelta(seconds=1), data=timedelta(seconds=1))
    async with (
        FaultySmtp(Script(Fault.HANG_AFTER_DOT)) as server,
        a_provider(server.port, connections=1, patience=hanging) as provider,
    ):
        sending = asyncio.create_task(provider.send(a_letter(), yes))
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="busy"):
            await provider.send(a_letter(key="another"), yes)
        with pytest.raises(Unknown):
            await sending


async def test_the_default_patience_ends_before_the_lease_of_the_ledger() -> None:
    patience = Patience()

    assert patience.opening + patience.operation + patience.data < timedelta(seconds=150)
    assert patience.data >= timedelta(seconds=120)


@pytest.mark.parametrize("to", ["", "ana", "ana@", "a@x.example\r\nRCPT TO:<b@x.example>", "a b@x.example", "a@x..y"])
async def test_an_invalid_address_is_refused_before_anyone_is_asked(to: str) -> None:
    failed, server = await failure_of(Fault.NONE, to=to)

    assert isinstance(failed, Refused)
    assert not failed.address_is_dead
    assert server.connections == 0


@pytest.mark.parametrize("to", ["ana@shop.example", "ana@shop.test", "o'brien+x@customer.example"])
async def test_addresses_for_documentation_and_tests_are_addresses(to: str) -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        await provider.send(a_letter(to=to), yes)

    assert server.kept[0].recipient == to


@pytest.mark.parametrize("changes", [{"subject": "Hi\r\nBcc: b@x.example"}, {"unsubscribe": "https://x/\r\nBcc: b"}])
async def test_a_line_break_never_becomes_a_header(changes: dict[str, object]) -> None:
    failed, server = await failure_of(Fault.NONE, **changes)

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


async def test_after_five_failed_connections_attempts_fail_before_any_work() -> None:
    async with FaultySmtp() as server:
        port = server.port
    clock = iter([0.0, 4.9, 5.0, 5.0, 6.0])
    async with a_provider(port, clock=lambda: next(clock)) as provider:
        for _ in range(5):
            provider.admit()
            with pytest.raises(Unavailable):
                await provider.send(a_letter(), yes)
        with pytest.raises(Unavailable, match="away"):
            provider.admit()
        provider.admit()  # the probe
        with pytest.raises(Unavailable, match="away"):
            provider.admit()


async def test_a_connection_that_stands_closes_the_breaker() -> None:
    server = FaultySmtp(Script(*[Fault.GREETING_421] * 5))
    async with server, a_provider(server.port) as provider:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await provider.send(a_letter(), yes)
        await provider.send(a_letter(), yes)
        provider.admit()
        provider.admit()


async def test_required_tls_is_never_given_up() -> None:
    async with FaultySmtp() as server:
        settings = SmtpSettings.parse(f"smtp://127.0.0.1:{server.port}?tls=required")
        provider = SmtpProvider(settings, "shop@purna.example", Tuning(patience=SHORT))
        with pytest.raises(Unavailable) as failed:
            await provider.send(a_letter(), yes)

    assert failed.value.misconfigured
    assert not any(command.startswith("MAIL") for command in server.commands)


async def test_the_same_seed_makes_the_same_faults_and_every_letter_has_one_known_end() -> None:
    shares = {Fault.GREETING_421: 0.1, Fault.RCPT_451: 0.2, Fault.TAKE_AND_DROP: 0.2, Fault.DROP_MID_DATA: 0.1}
    runs = [await ends_of(7, shares), await ends_of(7, shares), await ends_of(8, shares)]

    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {"sent", "Unavailable", "Unknown"}


async def ends_of(seed: int, shares: dict[Fault, float]) -> list[str]:
    ends = []
    async with FaultySmtp(mixed(seed, shares)) as server, a_provider(server.port) as provider:
        for number in range(60):
            try:
                await provider.send(a_letter(key=str(number)), yes)
                ends.append("sent")
            except DeliveryFailed as failed:
                ends.append(type(failed).__name__)
    assert ends.count("sent") <= len(server.kept) <= ends.count("sent") + ends.count("Unknown")
    return ends
