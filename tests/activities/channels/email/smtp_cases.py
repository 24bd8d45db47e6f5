"""A valid letter, and a provider with little patience."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from activities.channels.email.smtp import SmtpProvider, Tuning
from activities.channels.email.smtp_settings import SmtpSettings, SmtpTimeouts
from activities.channels.port import DeliveryFailed, Letter
from bench.chaos.faulty_smtp import FaultScript, FaultySmtp, SmtpFault

SHORT = SmtpTimeouts(
    opening=timedelta(seconds=2), operation=timedelta(seconds=0.5), data=timedelta(seconds=0.5)
)


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


async def failure_of(fault: SmtpFault, **letter: object) -> tuple[DeliveryFailed, FaultySmtp]:
    async with FaultySmtp(FaultScript(fault)) as server, a_provider(server.port) as provider:
        with pytest.raises(DeliveryFailed) as failed:
            await provider.send(a_letter(**letter), yes)
    return failed.value, server
