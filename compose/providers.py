"""The providers of a worker: for each channel it serves, who carries the letters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from activities.channels.email.mime import parse_sender
from activities.channels.email.smtp import SmtpProvider, Tuning
from activities.channels.email.smtp_settings import RetryAfter, SmtpSettings, SmtpTimeouts
from activities.channels.port import Provider
from activities.channels.providers import PROVIDERS
from process.settings import MailSettings, MissingSetting


@asynccontextmanager
async def open_providers(
    mail: MailSettings | None, environment: Mapping[str, str]
) -> AsyncIterator[Mapping[str, Provider]]:
    """A provider for each channel, for the length of a block: those that the shop registered, and
    the mail server where there are settings of one.

    Raises `MissingSetting` where a registered one asks for a variable that is not set.
    """
    async with AsyncExitStack() as stack:
        found: dict[str, Provider] = {}
        if mail is not None:
            shipped = await stack.enter_async_context(mail_server(mail))
            found[shipped.channel] = shipped
        for channel, opened in PROVIDERS.items():
            try:
                found[channel] = await stack.enter_async_context(opened(environment))
            except KeyError as missing:
                raise MissingSetting(
                    f"{missing.args[0]} is not set: the provider of {channel} asks for it."
                ) from None
        yield found


@asynccontextmanager
async def mail_server(mail: MailSettings) -> AsyncIterator[SmtpProvider]:
    """The mail server that the settings name, for the length of a block."""
    tuning = Tuning(SmtpTimeouts.parse(mail.timeouts), RetryAfter.parse(mail.retry_after))
    provider = SmtpProvider(SmtpSettings.parse(mail.smtp_url), mail.sender, tuning)
    try:
        yield provider
    finally:
        await provider.close()


def check_mail_settings(mail: MailSettings, lease: float) -> None:
    """Raises `ValueError` with the sentence to print where an address or a sender is none, or the
    lease, in seconds, may run out while a mail is still leaving or its outcome is written down.
    """
    SmtpSettings.parse(mail.smtp_url)
    parse_sender(mail.sender)
    RetryAfter.parse(mail.retry_after)
    timeouts = SmtpTimeouts.parse(mail.timeouts)
    longest = (timeouts.operation + timeouts.data + timeouts.record).total_seconds()
    if lease < longest:
        raise ValueError(
            f"PURNA_LEASE is too short: a mail may be leaving for {longest:g} seconds, until its"
            " outcome is recorded, as PURNA_SMTP_TIMEOUTS says"
        )
