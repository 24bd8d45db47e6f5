import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import psycopg
import pytest

from local.embedded.address import NotRunning, Running
from local.embedded.postgres import answers as postgres_answers
from local.embedded.process import CannotStart, Part, StartTimeouts
from local.embedded.supervisor import Supervisor
from local.embedded.temporal import answers as temporal_answers
from tests.local.embedded.waiting import family, killed_and_back, lives, until
from tests.paths import ROOT

EMPTY = {"PATH": os.defpath}
ELSEWHERE = {
    **EMPTY,
    "PURNA_DATABASE_URL": "postgresql://elsewhere",
    "PURNA_SECRET": "s" * 32,
    "PURNA_API_TOKEN": "t" * 32,
    "TEMPORAL_ADDRESS": "elsewhere:7233",
}
QUICK = StartTimeouts(ready=15, pause=0.05)


def a_part(supervisor: Supervisor, name: str, command: str = "sleep 60", **given: Any) -> Part:
    return Part(name, ("sh", "-c", command), supervisor.log(name), given.pop("env", {}), **given)


def said(supervisor: Supervisor, name: str) -> list[str]:
    return supervisor.log(name).read_text().split()


async def count(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("create table if not exists starts (at timestamptz default now())")
        await connection.execute("insert into starts default values")
        row = await (await connection.execute("select count(*) from starts")).fetchone()
        return int(row[0]) if row else 0


async def test_a_second_start_resumes_with_the_same_addresses_data_and_secrets(home: Path) -> None:
    async with Supervisor(home, EMPTY) as first:
        before = await first.start()
        assert await count(before.database_url) == 1
    async with Supervisor(home, EMPTY) as second:
        after = await second.start()
        assert await count(after.database_url) == 2

    assert before == after
    assert first.keys == second.keys


async def test_what_remembers_a_database_that_is_gone_is_put_aside(home: Path) -> None:
    told: list[str] = []
    async with Supervisor(home, EMPTY) as first:
        await first.start()
    (home / "mail").mkdir()
    shutil.rmtree((home / "postgres").resolve())
    (home / "postgres").unlink(missing_ok=True)

    async with Supervisor(home, EMPTY, notice=told.append) as second:
        await second.start()

    assert (home / "before-1" / "temporal.db").exists()
    assert not (home / "mail").exists()
    assert [sentence.partition(":")[0] for sentence in told] == [
        f"the database in {second.home} is gone, and with it all orders and rules"
    ]


async def test_a_first_start_puts_nothing_aside(home: Path) -> None:
    async with Supervisor(home, EMPTY) as first:
        await first.start()

    assert not (home / "before-1").exists()


async def test_nothing_is_left_when_the_block_fails(home: Path) -> None:
    """What else descends from us changes meanwhile: other tests' PostgreSQL bears and loses
    processes.
    """
    supervisor = Supervisor(home, EMPTY)
    started: set[int] = set()

    async def play() -> None:
        async with supervisor:
            await supervisor.start()
            for child in supervisor.children:
                assert child.pid
                started.update({child.pid, *family(child.pid)})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await play()

    assert all(child.pid is None for child in supervisor.children)
    assert len(started) > 5
    await until(lambda: not any(map(lives, started)))


async def test_what_dies_comes_back_at_its_address(home: Path) -> None:
    async with Supervisor(home, EMPTY, patience=QUICK) as supervisor:
        running = await supervisor.start()
        await asyncio.gather(*map(killed_and_back, supervisor.children))

        assert await postgres_answers(running.database_url)
        assert await temporal_answers(running.temporal_address)


async def test_only_we_can_read_what_lies_in_a_home(home: Path) -> None:
    async with Supervisor(home, EMPTY) as supervisor:
        await supervisor.start()
        modes = {
            entry.name: stat.S_IMODE(entry.stat().st_mode)
            for entry in os.scandir(home)
            if entry.is_file()
        }

    assert {"run.json", "secrets.json", "ports.json", "lock", "temporal.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_a_second_supervisor_is_refused_with_the_number_of_the_first(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE):
        with pytest.raises(CannotStart, match=rf"already running here \(process {os.getpid()}\)"):
            await Supervisor(home, ELSEWHERE).__aenter__()


async def test_a_home_can_be_used_again_after_a_refused_start(home: Path) -> None:
    (home / "secrets.json").write_text("{")
    with pytest.raises(CannotStart, match="two secrets"):
        await Supervisor(home, EMPTY).__aenter__()

    (home / "secrets.json").unlink()
    async with Supervisor(home, EMPTY) as supervisor:
        assert supervisor.keys.secret


async def test_a_home_that_cannot_be_made_is_one_sentence(home: Path) -> None:
    (home / "file").touch()

    with pytest.raises(CannotStart, match=r"file cannot be used: File exists"):
        await Supervisor(home / "file", ELSEWHERE).__aenter__()


async def test_servers_named_by_the_environment_are_not_embedded(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE) as supervisor:
        running = await supervisor.start()

        assert supervisor.children == []
        assert (running.database_url, running.temporal_address) == (
            "postgresql://elsewhere",
            "elsewhere:7233",
        )
        assert not running.temporal_embedded


async def test_parts_learn_the_addresses_and_what_the_caller_adds(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE) as supervisor:
        part = a_part(
            supervisor,
            "web",
            "echo $PURNA_DATABASE_URL $TEMPORAL_ADDRESS $MORE; sleep 60",
            env={"MORE": "x"},
        )
        await supervisor.start(parts=lambda _: [part])
        await until(
            lambda: said(supervisor, "web") == ["postgresql://elsewhere", "elsewhere:7233", "x"]
        )


async def test_addresses_are_told_to_other_commands_while_everything_runs(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE) as supervisor:
        running = await supervisor.start(
            parts=lambda _: [a_part(supervisor, "web", address="http://here")]
        )

        assert Running.load(home) == running
        assert running.addresses == {"web": "http://here"}
    with pytest.raises(NotRunning):
        Running.load(home)


async def test_preparation_comes_before_the_other_parts(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE) as supervisor:

        async def prepare(_: Running) -> None:
            assert supervisor.children == []

        await supervisor.start(prepare, lambda _: [a_part(supervisor, "web")])

        assert len(supervisor.children) == 1


async def test_a_preparation_that_fails_starts_nothing_more(home: Path) -> None:
    async def prepare(_: Running) -> None:
        raise ZeroDivisionError

    async with Supervisor(home, ELSEWHERE) as supervisor:
        with pytest.raises(ZeroDivisionError):
            await supervisor.start(prepare, lambda _: [a_part(supervisor, "web")])

        assert supervisor.children == []


async def test_a_part_that_cannot_start_stops_those_beside_it(home: Path) -> None:
    async def never() -> bool:
        return False

    supervisor = Supervisor(home, ELSEWHERE)

    async def play() -> None:
        async with supervisor:
            broken = a_part(supervisor, "web", "exit 1", ready=never)
            await supervisor.start(parts=lambda _: [a_part(supervisor, "mail"), broken])

    with pytest.raises(CannotStart, match=r"^web ended before it was ready, see .*logs/web\.log$"):
        await play()

    assert [child.pid for child in supervisor.children] == [None, None]


async def test_parts_are_stopped_in_reverse_order(home: Path) -> None:
    order = home / "order"
    async with Supervisor(home, ELSEWHERE) as supervisor:
        names = ("mail", "web", "worker")
        command = "trap 'echo {0} >> {1}; exit' TERM; touch {1}.{0}; while :; do sleep 0.01; done"
        await supervisor.start(
            parts=lambda _: [
                a_part(supervisor, name, command.format(name, order)) for name in names
            ]
        )
        await until(lambda: all(order.with_suffix(f".{name}").exists() for name in names))

    assert order.read_text().split() == ["worker", "web", "mail"]


async def test_a_signal_during_the_start_ends_the_block_quietly(home: Path) -> None:
    async def prepare(_: Running) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    async with Supervisor(home, ELSEWHERE) as supervisor:
        await supervisor.start(prepare, lambda _: [a_part(supervisor, "web")])

    assert supervisor.signalled is signal.SIGTERM
    assert supervisor.children == []


@asynccontextmanager
async def another_process(
    home: Path, environ: dict[str, str]
) -> AsyncIterator[tuple[asyncio.subprocess.Process, set[int]]]:
    """A supervisor that runs everything, and all its descendants."""
    command = (
        sys.executable,
        "-m",
        "tests.local.embedded.a_supervisor",
        str(home),
        *(f"{name}={value}" for name, value in environ.items()),
    )
    root = ROOT
    process = await asyncio.create_subprocess_exec(
        *command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        await until(lambda: (home / "run.json").exists() or process.returncode is not None)
        yield process, family(process.pid)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_everything_in_order(home: Path, number: signal.Signals) -> None:
    async with another_process(home, ELSEWHERE) as (process, descendants):
        process.send_signal(number)
        output, _ = await process.communicate()

    assert output.decode() == f"ended in order by {number.name}\n"
    assert process.returncode == 0
    assert len(descendants) == 1
    assert not any(map(lives, descendants))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends what was left")
async def test_a_killed_supervisor_leaves_no_orphans_and_the_next_one_works(home: Path) -> None:
    async with another_process(home, EMPTY) as (process, descendants):
        before = Running.load(home)
        process.kill()
        await process.wait()

    assert len(descendants) > 5
    await until(lambda: not any(map(lives, descendants)))
    async with Supervisor(home, EMPTY) as supervisor:
        after = await supervisor.start()
        assert after.database_url == before.database_url
        assert await count(after.database_url) == 1


async def test_a_supervisor_can_be_started_the_moment_its_predecessor_is_killed(home: Path) -> None:
    async with another_process(home, EMPTY) as (process, _):
        process.kill()
        await process.wait()
        async with Supervisor(home, EMPTY) as supervisor:
            running = await supervisor.start()
            assert await count(running.database_url) == 1


async def test_children_share_no_process_group_with_us(home: Path) -> None:
    async with Supervisor(home, ELSEWHERE) as supervisor:
        await supervisor.start(parts=lambda _: [a_part(supervisor, "web")])
        pid = supervisor.children[0].pid

        assert pid
        assert os.getpgid(pid) == pid != os.getpgid(0)
        assert psutil.Process(pid).num_fds() < 10
