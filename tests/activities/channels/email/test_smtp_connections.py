import asyncio
from datetime import timedelta

import pytest

from activities.channels.email.smtp_settings import SmtpTimeouts
from activities.channels.port import Unavailable, Unknown
from bench.chaos.faulty_smtp import FaultScript, FaultySmtp, SmtpFault
from tests.activities.channels.email.smtp_cases import a_letter, a_provider, yes


async def test_a_cancelled_send_leaves_no_connection_for_the_next_letter() -> None:
    async with (
        FaultySmtp(FaultScript(SmtpFault.HANG_AFTER_DOT)) as server,
        a_provider(server.port) as provider,
    ):
        permitted = asyncio.Event()

        async def may_leave() -> bool:
            permitted.set()
            return True

        sending = asyncio.create_task(provider.send(a_letter(), may_leave))
        await permitted.wait()
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await provider.send(a_letter(), yes)

    assert server.connections == 2


@pytest.mark.parametrize(
    "fault", [SmtpFault.RCPT_451, SmtpFault.RCPT_550_UNKNOWN, SmtpFault.CONTENT_554, SmtpFault.NONE]
)
async def test_a_connection_is_used_again_after_a_known_outcome(fault: SmtpFault) -> None:
    async with FaultySmtp(FaultScript(fault)) as server, a_provider(server.port) as provider:
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
    """The last of them wait for all others: on a busy machine longer than the other cases have
    patience.
    """
    async with (
        FaultySmtp() as server,
        a_provider(server.port, connections=3, patience=SmtpTimeouts()) as provider,
    ):
        await asyncio.gather(
            *(provider.send(a_letter(key=str(number)), yes) for number in range(40))
        )

    assert len(server.kept) == 40
    assert server.connections == 3


async def test_a_letter_that_finds_every_connection_busy_is_tried_later() -> None:
    hanging = SmtpTimeouts(
        opening=timedelta(seconds=0.2), operation=timedelta(seconds=1), data=timedelta(seconds=1)
    )
    async with (
        FaultySmtp(FaultScript(SmtpFault.HANG_AFTER_DOT)) as server,
        a_provider(server.port, connections=1, patience=hanging) as provider,
    ):
        sending = asyncio.create_task(provider.send(a_letter(), yes))
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="busy"):
            await provider.send(a_letter(key="another"), yes)
        with pytest.raises(Unknown):
            await sending


async def test_the_default_patience_ends_before_the_lease_of_the_ledger() -> None:
    patience = SmtpTimeouts()

    assert patience.opening + patience.operation + patience.data < timedelta(seconds=150)
    assert patience.data >= timedelta(seconds=120)


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
    server = FaultySmtp(FaultScript(*[SmtpFault.GREETING_421] * 5))
    async with server, a_provider(server.port) as provider:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await provider.send(a_letter(), yes)
        await provider.send(a_letter(), yes)
        provider.admit()
        provider.admit()


async def test_a_login_that_is_refused_at_the_letter_is_asked_by_few_until_it_is_mended() -> None:
    """Every letter finds the connection standing, the probe a new one."""
    now = [0.0]
    server = FaultySmtp(FaultScript(*[SmtpFault.MAIL_530] * 6))
    async with server, a_provider(server.port, clock=lambda: now[0]) as provider:
        for _ in range(5):
            provider.admit()
            with pytest.raises(Unavailable, match="530"):
                await provider.send(a_letter(), yes)
        now[0] = 14.9
        with pytest.raises(Unavailable, match="away"):
            provider.admit()
        now[0] = 15.0
        provider.admit()
        await provider.close()
        with pytest.raises(Unavailable, match="530"):
            await provider.send(a_letter(), yes)
        with pytest.raises(Unavailable, match="away"):
            provider.admit()
        now[0] = 30.0
        provider.admit()
        await provider.send(a_letter(), yes)
        provider.admit()
        provider.admit()
