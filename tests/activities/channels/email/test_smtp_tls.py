import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from activities.channels.email.smtp import SmtpProvider, Tuning
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.port import Letter, Unavailable
from tests.hand_clock import HandClock

LETTER = Letter(
    "k", "ana@customer.example", "Hello", "Hello Ana", None, None, datetime(2026, 3, 3, tzinfo=UTC)
)


class Inbox:
    def __init__(self) -> None:
        self.over_tls: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002  # aiosmtpd's name and signature
        transport = server.transport
        self.over_tls.append(
            transport is not None and transport.get_extra_info("sslcontext") is not None
        )
        return "250 ok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return a_certificate(tmp_path_factory.mktemp("tls"))


def a_certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost"
    )
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return key, cert


right = {b"right"}


def an_expired_certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = a_certificate(folder)
    expired = folder / "expired.pem"
    command = f"openssl x509 -in {cert} -signkey {key} -days -1 -out {expired}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return key, expired


def password_is_right(
    server: Any, session: Any, envelope: Any, mechanism: str, data: Any
) -> AuthResult:  # aiosmtpd's signature
    return AuthResult(
        success=isinstance(data, LoginPassword) and data.password in right, handled=False
    )


@asynccontextmanager
async def a_server(
    certificate: tuple[Path, Path], inbox: Inbox, *, implicit: bool = False
) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    loop = asyncio.get_running_loop()
    starttls: dict[str, Any] = (
        {} if implicit else {"tls_context": context, "require_starttls": True}
    )

    def protocol() -> SMTP:
        return SMTP(
            inbox, loop=loop, hostname="localhost", authenticator=password_is_right, **starttls
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def sent(url: str, trusted: Path | None) -> None:
    context = ssl.create_default_context(cafile=trusted)
    provider = SmtpProvider(
        SmtpSettings.parse(url), "shop@purna.example", Tuning(tls_context=context)
    )
    try:
        await provider.send(LETTER, yes)
    finally:
        await provider.close()


async def yes() -> bool:
    return True


async def test_a_required_upgrade_carries_login_and_letter(certificate: tuple[Path, Path]) -> None:
    inbox = Inbox()
    async with a_server(certificate, inbox) as port:
        await sent(f"smtp://ana:right@localhost:{port}?tls=required", certificate[1])

    assert inbox.over_tls == [True]


async def test_tls_from_the_first_byte(certificate: tuple[Path, Path]) -> None:
    inbox = Inbox()
    async with a_server(certificate, inbox, implicit=True) as port:
        await sent(f"smtps://localhost:{port}", certificate[1])

    assert inbox.over_tls == [True]


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_certificate_nobody_vouches_for_is_a_matter_for_a_person(
    certificate: tuple[Path, Path],
    implicit: bool,  # a parameter of the table above
) -> None:
    inbox = Inbox()
    async with a_server(certificate, inbox, implicit=implicit) as port:
        scheme, option = ("smtps", "") if implicit else ("smtp", "?tls=required")
        with pytest.raises(Unavailable) as failed:
            await sent(f"{scheme}://localhost:{port}{option}", None)

    assert failed.value.misconfigured
    assert inbox.over_tls == []


async def test_a_wrong_password_is_a_matter_for_a_person_and_is_not_repeated_in_the_error(
    certificate: tuple[Path, Path],
) -> None:
    async with a_server(certificate, Inbox()) as port:
        with pytest.raises(Unavailable) as failed:
            await sent(f"smtp://ana:wr0ng@localhost:{port}?tls=required", certificate[1])

    assert failed.value.misconfigured
    assert failed.value.retry_after == timedelta(seconds=30)
    assert "wr0ng" not in str(failed.value)


async def test_letters_leave_soon_after_a_password_was_mended_on_the_server(
    certificate: tuple[Path, Path],
) -> None:
    inbox, clock = Inbox(), HandClock()
    tuning = Tuning(tls_context=ssl.create_default_context(cafile=certificate[1]), clock=clock)
    async with a_server(certificate, inbox) as port:
        settings = SmtpSettings.parse(f"smtp://ana:n3w@localhost:{port}?tls=required")
        provider = SmtpProvider(settings, "shop@purna.example", tuning)
        for _ in range(5):
            with pytest.raises(Unavailable):
                await provider.send(LETTER, yes)
        with pytest.raises(Unavailable, match="away"):  # no account is locked by our haste
            provider.admit()

        right.add(b"n3w")
        clock.now += 15

        provider.admit()
        await provider.send(LETTER, yes)
        await provider.close()
    right.discard(b"n3w")
    assert inbox.over_tls == [True]


async def test_a_certificate_that_has_expired_is_a_matter_for_a_person(tmp_path: Path) -> None:
    expired = an_expired_certificate(tmp_path)
    async with a_server(expired, Inbox()) as port:
        with pytest.raises(Unavailable) as failed:
            await sent(f"smtp://localhost:{port}?tls=required", expired[1])

    assert failed.value.misconfigured
    assert failed.value.retry_after == timedelta(seconds=30)
