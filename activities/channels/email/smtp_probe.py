"""Goes as far with a mail server as a letter would need: connection, TLS, login; and leaves."""

from contextlib import suppress

import aiosmtplib

from activities.channels.email.smtp_pool import MailServer
from activities.channels.email.smtp_settings import RetryAfter, SmtpSettings, SmtpTimeouts
from activities.channels.port import Unavailable


async def probe(settings: SmtpSettings) -> None:
    """Raises `Unavailable` with the reason where no letter could be handed over now."""
    patience = SmtpTimeouts()
    client = MailServer(settings, "localhost", patience, RetryAfter()).client()
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as failure:
        raise Unavailable(str(failure), patience.opening) from failure
    finally:
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit()
        client.close()
