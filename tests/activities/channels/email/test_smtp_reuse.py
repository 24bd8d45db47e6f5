"""A letter on a connection that has carried one before."""

import asyncio
from datetime import timedelta

import pytest

from activities.channels.port import DeliveryFailed, Unavailable
from bench.chaos.faulty_smtp import FaultScript, FaultySmtp, SmtpFault
from tests.activities.channels.email.smtp_cases import a_letter, a_provider, yes


def verbs(server: FaultySmtp) -> list[str]:
    return [command.partition(" ")[0] for command in server.commands]


async def second_after(server: FaultySmtp, **tuning: object) -> DeliveryFailed | None:
    """How the second of two letters ends."""
    async with server, a_provider(server.port, **tuning) as provider:
        await provider.send(a_letter(), yes)
        try:
            await provider.send(a_letter(key="another"), yes)
        except DeliveryFailed as failed:
            return failed
    return None


async def test_right_after_a_letter_nobody_asks_whether_the_server_is_there() -> None:
    server = FaultySmtp()

    assert await second_after(server) is None
    assert verbs(server) == ["EHLO", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_after_a_pause_the_server_is_asked_first() -> None:
    server = FaultySmtp()

    assert await second_after(server, sure_for=timedelta(0)) is None
    assert verbs(server)[4:6] == ["RSET", "MAIL"]


@pytest.mark.parametrize(
    "fault",
    [SmtpFault.RCPT_451, SmtpFault.RCPT_550_UNKNOWN, SmtpFault.DATA_451, SmtpFault.CONTENT_554],
)
async def test_after_a_letter_that_was_not_taken_the_envelope_is_emptied_first(
    fault: SmtpFault,
) -> None:
    async with FaultySmtp(FaultScript(fault)) as server, a_provider(server.port) as provider:
        with pytest.raises(DeliveryFailed):
            await provider.send(a_letter(), yes)
        await provider.send(a_letter(key="another"), yes)

    assert verbs(server)[-5:] == ["RSET", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.connections == 1


async def test_a_connection_that_dies_on_mail_is_replaced_at_once() -> None:
    server = FaultySmtp(FaultScript(SmtpFault.NONE, SmtpFault.MAIL_DROP))

    assert await second_after(server) is None
    assert len(server.kept) == 2
    assert server.connections == 2


async def test_a_connection_that_dies_on_mail_after_it_was_asked_is_replaced_too() -> None:
    server = FaultySmtp(FaultScript(SmtpFault.NONE, SmtpFault.MAIL_DROP))

    assert await second_after(server, sure_for=timedelta(0)) is None
    assert server.connections == 2


async def test_a_server_that_says_on_mail_that_it_is_closing_is_asked_on_another_connection() -> (
    None
):
    server = FaultySmtp(FaultScript(SmtpFault.NONE, SmtpFault.MAIL_421))

    assert await second_after(server) is None
    assert server.connections == 2


async def test_a_new_connection_that_dies_as_well_ends_the_attempt() -> None:
    server = FaultySmtp(FaultScript(SmtpFault.NONE, SmtpFault.MAIL_DROP, SmtpFault.MAIL_DROP))

    failed = await second_after(server)
    assert isinstance(failed, Unavailable)
    assert failed.retry_after == timedelta(seconds=5)
    assert server.connections == 2


@pytest.mark.parametrize("fault", [SmtpFault.MAIL_452, SmtpFault.MAIL_550])
async def test_an_answer_to_mail_is_an_answer_on_every_connection(fault: SmtpFault) -> None:
    server = FaultySmtp(FaultScript(SmtpFault.NONE, fault))

    failed = await second_after(server)
    assert isinstance(failed, Unavailable)
    assert failed.misconfigured is (fault is SmtpFault.MAIL_550)
    assert server.connections == 1


@pytest.mark.parametrize("fault", [SmtpFault.RCPT_421, SmtpFault.DATA_DROP])
async def test_what_dies_later_than_on_mail_is_not_asked_again(fault: SmtpFault) -> None:
    server = FaultySmtp(FaultScript(SmtpFault.NONE, fault))

    assert isinstance(await second_after(server), Unavailable)
    assert server.connections == 1


async def test_the_last_question_is_asked_once_although_a_connection_was_replaced() -> None:
    asked = []

    async def may_leave() -> bool:
        asked.append("?")
        return True

    async with (
        FaultySmtp(FaultScript(SmtpFault.NONE, SmtpFault.MAIL_DROP)) as server,
        a_provider(server.port) as provider,
    ):
        await provider.send(a_letter(), may_leave)
        await provider.send(a_letter(key="another"), may_leave)

    assert len(asked) == len(server.kept) == 2


async def test_a_server_that_restarts_between_letters_costs_none_of_them() -> None:
    async with FaultySmtp() as server, a_provider(server.port, connections=4) as provider:
        for round_ in range(5):
            sending = (
                provider.send(a_letter(key=f"{round_}/{number}"), yes) for number in range(8)
            )
            await asyncio.gather(*sending)
            await server.drop_all()

    assert len(server.kept) == 40
