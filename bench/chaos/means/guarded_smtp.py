"""A mail server behind a login and a certificate, either of which may be wrong for a while."""

import asyncio
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.chaos.faulty_smtp import FaultySmtp
from bench.chaos.site import ChaosSite

_USER, _PASSWORD, _OTHER = "purna", "as agreed", "changed by somebody"
_MADE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    " -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out good.pem"
)
_EXPIRED = "openssl x509 -in good.pem -signkey key.pem -days -1 -out expired.pem"


@dataclass(frozen=True, slots=True)
class SmtpGuard:
    """What the server asks of whoever connects; whoever was connected before is dropped."""

    server: FaultySmtp
    tls: ssl.SSLContext
    folder: Path

    @asynccontextmanager
    async def wrong_login(self) -> AsyncIterator[None]:
        """Our password is not its password, for the length of a block."""
        self.server.login = (_USER, _OTHER)
        await self.server.drop_all()
        yield
        self.server.login = (_USER, _PASSWORD)

    @asynccontextmanager
    async def expired(self) -> AsyncIterator[None]:
        """Its certificate was good until yesterday, for the length of a block."""
        self.tls.load_cert_chain(self.folder / "expired.pem", self.folder / "key.pem")
        await self.server.drop_all()
        yield
        self.tls.load_cert_chain(self.folder / "good.pem", self.folder / "key.pem")


@asynccontextmanager
async def guarded_smtp(site: ChaosSite) -> AsyncIterator[SmtpGuard]:
    """Workers that know its login and trust its certificate send to it for the length of a block;
    what it takes is among the mails of the usual server.
    """
    worker = site.parts.child("worker").part
    with tempfile.TemporaryDirectory(prefix="purna-smtp-") as name:
        folder = Path(name)
        await asyncio.to_thread(_make_certificates, folder)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "good.pem", folder / "key.pem")
        server = FaultySmtp()
        server.kept, server.login = site.smtp.kept, (_USER, _PASSWORD)
        await server.start(tls=tls)
        url = f"smtps://{_USER}:{_PASSWORD.replace(' ', '%20')}@localhost:{server.port}"
        ours = {"PURNA_SMTP_URL": url, "SSL_CERT_FILE": str(folder / "good.pem")}
        try:
            await site.start_anew(replace(worker, env={**worker.env, **ours}))
            yield SmtpGuard(server, tls, folder)
        finally:
            await site.start_anew(worker)
            await server.stop()


def _make_certificates(folder: Path) -> None:
    for command in (_MADE, _EXPIRED):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
