"""The providers of a worker: for each channel it serves, who carries the letters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from activities.channels.email.mime import parse_sender
from activities.channels.email.smtp import SmtpProvider
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.port import Provider
from process.settings import MailSettings


@asynccontextmanager
async def open_providers(mail: MailSettings) -> AsyncIterator[Mapping[str, Provider]]:
    """A provider for each channel, for the length of a block."""
    async with mail_server(mail) as provider:
        yield {provider.channel: provider}


@asynccontextmanager
async def mail_server(mail: MailSettings) -> AsyncIterator[SmtpProvider]:
    """The mail server that the settings name, for the length of a block."""
    provider = SmtpProvider(SmtpSettings.parse(mail.smtp_url), mail.sender)
    try:
        yield provider
    finally:
        await provider.close()


def check_mail_settings(mail: MailSettings) -> None:
    """Raises `ValueError` with the sentence to print where an address or a sender is none."""
    SmtpSettings.parse(mail.smtp_url)
    parse_sender(mail.sender)
