import asyncio
import gc
import os
import stat
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import psycopg
import pytest

from local.embedded import cluster, programs
from local.embedded.account import Account
from local.embedded.ports import Ports
from local.embedded.postgres import answers, postgres
from local.embedded.process import CannotStart, Child, Part, StartTimeouts
from tests.local.embedded.waiting import family, killed_and_back, lives, until

QUICK = StartTimeouts(pause=0.05)
as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root runs PostgreSQL as another account"
)


async def a_postgres(home: Path, *, durable: bool = False) -> Part:
    port = Ports(home / "ports.json").choose("postgres")
    return await postgres(home / "postgres", port, home / "postgres.log", durable=durable)


async def ask(url: str, *statements: str) -> str:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


async def test_data_is_kept_between_two_starts_on_the_same_port(home: Path) -> None:
    async with Child(await a_postgres(home)) as first:
        await ask(first.part.address, "create table kept as select 7 as n")
    async with Child(await a_postgres(home)) as second:
        assert await ask(second.part.address, "select n from kept") == "7"

    assert first.part.address == second.part.address


async def test_a_killed_server_comes_back_with_what_was_committed(home: Path) -> None:
    async with Child(await a_postgres(home, durable=True), QUICK) as child:
        await ask(child.part.address, "create table kept as select 7 as n")

        await killed_and_back(child)

        assert await ask(child.part.address, "select n from kept") == "7"


async def test_the_database_is_utf8_and_sorts_by_code_point(home: Path) -> None:
    async with Child(await a_postgres(home)) as child:
        assert await ask(child.part.address, "show server_encoding") == "UTF8"
        assert await ask(child.part.address, "select 'a' < 'B'") == "False"


async def test_by_default_a_commit_is_on_disk(home: Path) -> None:
    async with Child(await a_postgres(home, durable=True)) as child:
        shown = [
            await ask(child.part.address, f"show {name}")
            for name in ("fsync", "synchronous_commit", "commit_delay")
        ]

    assert shown == ["on", "on", "0"]


async def test_nobody_gets_in_without_the_password(postgres_url: str) -> None:
    _, _, place = postgres_url.rpartition("@")
    with pytest.raises(psycopg.OperationalError, match="password"):
        await ask(f"postgresql://purna:guess@{place}")


async def test_the_password_is_only_for_our_eyes(home: Path) -> None:
    await a_postgres(home)

    assert stat.S_IMODE((home / "postgres" / "access.json").stat().st_mode) == 0o600


async def test_a_stranger_with_the_number_of_the_old_server_is_left_alone(home: Path) -> None:
    part = await a_postgres(home)
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    (home / "postgres" / "data" / "postmaster.pid").write_text(
        f"{stranger.pid}\n{home}\n1\n1\n\n\n\n\n"
    )

    async with Child(part):
        assert stranger.returncode is None

    stranger.kill()
    await stranger.wait()


async def test_a_server_that_outlived_its_supervisor_is_ended_first(home: Path) -> None:
    part = await a_postgres(home)
    async with Child(part, StartTimeouts(pause=60)) as orphan, Child(part) as child:
        assert orphan.pid is None
        assert child.pid


async def test_a_folder_that_was_left_half_done_is_made_anew(home: Path) -> None:
    (home / "postgres.new" / "data").mkdir(parents=True)
    (home / "postgres.new" / "data" / "PG_VERSION").write_text("18")

    async with Child(await a_postgres(home)) as child:
        assert await ask(child.part.address, "select 1") == "1"


async def test_what_initdb_cannot_do_is_one_sentence_with_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "NAME", "pg_reserved")

    with pytest.raises(CannotStart) as caught:
        await a_postgres(home)

    assert str(caught.value) == f"PostgreSQL's files could not be made, see {home / 'postgres.log'}"
    assert "pg_reserved" in (home / "postgres.log").read_text()


async def test_a_server_that_cannot_start_is_one_sentence_with_the_log(home: Path) -> None:
    part = await a_postgres(home)
    (home / "postgres" / "data" / "global" / "pg_control").unlink()

    with pytest.raises(
        CannotStart, match=r"^PostgreSQL ended before it was ready, see .*postgres\.log$"
    ):
        await Child(part).start()


async def test_its_sessions_end_with_it(home: Path) -> None:
    async with Child(await a_postgres(home)) as child:
        session = await psycopg.AsyncConnection.connect(child.part.address)
        processes = family(child.pid)
    await session.close()

    assert len(processes) > 3
    await until(lambda: not any(map(lives, processes)))


async def test_a_probe_leaves_no_session_behind_wherever_it_is_given_up(home: Path) -> None:
    async with Child(await a_postgres(home)) as child:
        for after in range(100):  # the last ones are through by then
            probe = asyncio.create_task(answers(child.part.address))
            await asyncio.sleep(after / 5000)
            probe.cancel()
            await asyncio.wait([probe])

        gc.collect()  # an open session that was dropped is a warning, and fails the test
        assert await answers(child.part.address)


@as_root
async def test_under_root_it_runs_as_the_owner_of_its_data(home: Path) -> None:
    async with Child(await a_postgres(home)) as child:
        owner = (home / "postgres" / "data").stat().st_uid

        assert owner != 0
        assert psutil.Process(child.pid).uids().effective == owner


@pytest.fixture
def shelter(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = home.parent / "shelter"
    monkeypatch.setattr(cluster, "SHELTER", place)
    monkeypatch.setattr(programs, "SHELTER", place)
    return place


@pytest.fixture
def closed_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home.chmod(0o700)
    monkeypatch.chdir(home)
    return home


@as_root
async def test_under_root_a_home_closed_to_others_works_through_a_link(
    closed_home: Path, shelter: Path
) -> None:
    async with Child(await a_postgres(closed_home)) as first:
        await ask(first.part.address, "create table kept as select 7 as n")
    async with Child(await a_postgres(closed_home)) as second:
        assert await ask(second.part.address, "select n from kept") == "7"

    assert (closed_home / "postgres").resolve().parent == shelter


@as_root
async def test_a_link_to_data_that_is_gone_is_replaced(closed_home: Path, shelter: Path) -> None:
    (closed_home / "postgres").symlink_to(shelter / "gone")

    async with Child(await a_postgres(closed_home)) as child:
        assert await ask(child.part.address, "select 1") == "1"


@as_root
async def test_programs_an_account_cannot_reach_are_copied(
    home: Path, shelter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "reaches", lambda _, path: "site-packages" not in path.parts)

    async with Child(await a_postgres(home)) as child:
        assert Path(psutil.Process(child.pid).exe()).is_relative_to(shelter)


def test_an_account_reaches_what_its_folders_let_it(tmp_path: Path) -> None:
    own, other = Account(os.geteuid(), os.getegid()), Account(12345, 12345)
    tmp_path.chmod(0o700)

    assert own.reaches(tmp_path)
    assert not other.reaches(tmp_path)


def test_an_account_reaches_a_program_it_may_run(home: Path) -> None:
    other = Account(12345, 12345)
    (home / "program").touch(mode=0o755)
    (home / "text").touch(mode=0o644)

    assert other.reaches(home / "program")
    assert not other.reaches(home / "text")
