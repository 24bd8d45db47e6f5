"""The files of the embedded PostgreSQL: made once, complete or not at all."""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local.embedded.account import Account, account_for
from local.embedded.private_file import read_private, write_private
from local.embedded.process import CannotStart, Part, leashed, open_log
from local.embedded.programs import SHELTER, make_shelter, programs_for

NAME = "purna"  # of the role and of the database
ENV = {
    "PATH": os.defpath,
    "LC_ALL": "C",
    "TZ": "UTC",
}  # nothing of ours: PGPORT or PGDATA would be obeyed


@dataclass(frozen=True)
class Cluster:
    """A folder with PostgreSQL's data and the password to it, the programs, and the account that
    owns the data.
    """

    folder: Path
    programs: Path
    account: Account | None
    log: Path

    @property
    def data(self) -> Path:
        """What PostgreSQL calls PGDATA."""
        return self.folder / "data"

    @property
    def access(self) -> Path:
        """The file with the password: it lives and dies with the data it opens."""
        return self.folder / "access.json"

    @property
    def password(self) -> str:
        """Of the role `purna`."""
        return str(read_private(self.access)["password"])

    async def run(self, program: str, *arguments: str, said: bytes = b"") -> None:
        """Run one of PostgreSQL's programs to its end, as the account. Raises CannotStart."""
        part = Part(
            "PostgreSQL",
            (str(self.programs / program), *arguments),
            self.log,
            ENV,
            account=self.account,
        )
        with open_log(self.log) as log:
            process = await asyncio.create_subprocess_exec(
                *leashed(part),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=ENV,
                process_group=0,
            )
        try:
            await process.communicate(said)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode != 0:
            raise CannotStart(f"PostgreSQL's files could not be made, see {self.log}")


async def open_cluster(folder: Path, log: Path) -> Cluster:
    """The files in `folder`, which are made when it does not exist. Raises CannotStart."""
    try:
        found = await asyncio.to_thread(_find, folder, log)
        if found.data.exists():
            return found
        draft = await asyncio.to_thread(_draft, found)
        password = secrets.token_hex(16)
        await _fill(draft, password)
        await asyncio.to_thread(_settle, draft, found.folder, folder, password)
    except OSError as error:
        raise CannotStart(f"PostgreSQL's files could not be made: {error}") from error
    return found


def _find(folder: Path, log: Path) -> Cluster:
    account = account_for(folder / "data")
    programs = programs_for(account)
    if not folder.exists() and account and not account.reaches(folder.parent):
        make_shelter()
        return Cluster(SHELTER / secrets.token_hex(8), programs, account, log)
    found = Cluster(folder.resolve(), programs, account, log)
    if found.data.exists() and account is None and found.data.stat().st_uid != os.geteuid():
        raise CannotStart(
            f"{found.data} belongs to another account: start as that one, or remove {folder}"
        )
    return found


def _draft(wanted: Cluster) -> Cluster:
    """Empty folders beside the wanted ones, so that a kill leaves nothing that looks complete."""
    draft = Cluster(
        wanted.folder.with_name(wanted.folder.name + ".new"),
        wanted.programs,
        wanted.account,
        wanted.log,
    )
    shutil.rmtree(draft.folder, ignore_errors=True)
    draft.folder.mkdir()
    draft.folder.chmod(0o711)
    draft.data.mkdir(mode=0o700)
    if draft.account:
        os.chown(draft.data, draft.account.uid, draft.account.gid)
    return draft


async def _fill(draft: Cluster, password: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="purna-") as file:
        file.write(password.encode())
        file.flush()
        if draft.account:
            os.chown(file.name, draft.account.uid, draft.account.gid)
        choices = ("--auth=scram-sha-256", f"--pwfile={file.name}", "--encoding=UTF8", "--locale=C")
        await draft.run("initdb", "-D", str(draft.data), "-U", NAME, *choices, "--no-instructions")
    await draft.run(
        "postgres",
        "--single",
        "-D",
        str(draft.data),
        "postgres",
        said=f"create database {NAME}".encode(),
    )


def _settle(draft: Cluster, place: Path, folder: Path, password: str) -> None:
    write_private(draft.access, {"password": password})
    draft.folder.rename(place)
    if place != folder.resolve():
        folder.unlink(missing_ok=True)  # a link to a place that is gone
        folder.symlink_to(place)
