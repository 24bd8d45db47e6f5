"""The database is lost and a backup of it restored, behind a Temporal that goes on."""

import asyncio
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.faulty_smtp import Taken
from bench.chaos.forgotten import Forgotten
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ChaosSite
from local.embedded.programs import programs_for
from operations.left_before import note_left

_BEFORE = 2.0  # seconds of orders before the dump is taken, and before the database is lost
# What waits for a nudge that no longer exists is found by the sweep: what is overdue after a
# minute, what is open after two.
_RECOVERS_WITHIN = 150.0
_OTHER_DATABASE = "postgres"  # where one stands while ours is dropped


@case(
    "F34", "a backup is restored behind a Temporal that goes on, and senders repeat what they sent"
)
async def restored(scene: CaseScene) -> CaseResult:
    """Everything goes on by itself. What had left before the backup never leaves again, nor what
    the mail server's log has told of; what else left since then is counted apart, since nobody
    remembers it, and leaves under its old `Message-ID`.
    """
    third = max(scene.orders // 3, 1)
    with tempfile.TemporaryDirectory(prefix="purna-backup-") as folder:
        dump = Path(folder, "purna.dump")
        await scene.live(orders=third)
        await scene.settled()
        _, taken_at = await asyncio.gather(scene.live(orders=third), _backed_up(scene, dump))
        await scene.settled()
        _, forgotten = await asyncio.gather(
            scene.live(orders=third), _lost_and_restored(scene, dump, taken_at)
        )
    scene.over()
    scene.forgotten = forgotten
    await scene.post(*list(scene.posted))
    why = [] if await scene.settled(within=_RECOVERS_WITHIN) else ["it does not go on by itself"]
    if not forgotten.reported:
        why.append("nothing had left since the backup: the case proves nothing")
    limits = ChaosLimits(0.05, LATE, _RECOVERS_WITHIN)
    result = await scene.verdict(limits, why=why)
    measured = {
        "sent since the backup, as told": len(forgotten.reported),
        "sent since the backup, not told of, and again": len(forgotten.again),
        "sent since the backup, and out of date now": len(forgotten.unmarked),
    }
    return replace(result, measured=measured)


async def _backed_up(scene: CaseScene, dump: Path) -> datetime:
    """As the documentation says, while everything runs; from when on nothing is in it."""
    await asyncio.sleep(_BEFORE)
    at = datetime.now(UTC)
    url = scene.site.parts.running.database_url
    await _run("pg_dump", "--format=custom", f"--file={dump}", url)
    return at


async def _lost_and_restored(scene: CaseScene, dump: Path, taken_at: datetime) -> Forgotten:
    """In the middle of orders web and workers are ended, and find another database."""
    await asyncio.sleep(_BEFORE)
    site = scene.site
    parts = [site.parts.child(name).part for name in ("web", "worker")]
    for part in parts:
        site.parts.kill(part.name)
        await site.parts.child(part.name).stop()
    lost_at = datetime.now(UTC)
    await _make_anew(site)
    url = site.parts.running.database_url
    await _run("pg_restore", "--exit-on-error", f"--dbname={url}", str(dump))
    log = [one.message_id for one in scene.taken() if one.began_at > taken_at and _is_logged(one)]
    noted = await note_left(site.clients.store, log, datetime.now(UTC))
    if noted.new != len(set(log)):
        raise RuntimeError(f"of {len(set(log))} messages {noted.new} were noted")
    for part in parts:
        await site.start_anew(part)
    return Forgotten(taken_at, lost_at, frozenset(one.strip("<>") for one in log))


def _is_logged(mail: Taken) -> bool:
    """The log of the mail server has been kept for half of the customers."""
    return int(mail.recipient.strip("c").partition("@")[0]) % 2 == 0


async def _make_anew(site: ChaosSite) -> None:
    url = urlsplit(site.parts.running.database_url)
    name, other = url.path.strip("/"), urlunsplit(url._replace(path=f"/{_OTHER_DATABASE}"))
    async with await psycopg.AsyncConnection.connect(other, autocommit=True) as connection:
        await connection.execute(f'drop database "{name}" with (force)'.encode())
        await connection.execute(f'create database "{name}"'.encode())


async def _run(program: str, *arguments: str) -> None:
    words = (str(programs_for(None) / program), *arguments)
    await asyncio.to_thread(subprocess.run, words, check=True, capture_output=True)
