import asyncio
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from local.embedded import process
from local.embedded.account import Account
from local.embedded.process import CannotStart, Child, Part, StartTimeouts, open_log, set_aside
from tests.local.embedded.waiting import family, lives, until

QUICK = StartTimeouts(ready=5, stop=0.5, pause=0.05, longest_pause=0.2)
ENV = {"PATH": os.defpath}


def a_part(folder: Path, *command: str, **given: Any) -> Part:
    return Part(
        name="part", command=command or ("sleep", "60"), log=folder / "part.log", env=ENV, **given
    )


async def never() -> bool:
    return False


async def test_a_child_runs_inside_its_block_and_not_after_it(tmp_path: Path) -> None:
    async with Child(a_part(tmp_path)) as child:
        pid = child.pid
        assert pid
        assert lives(pid)

    assert not lives(pid)


async def test_a_child_is_stopped_when_its_block_fails(tmp_path: Path) -> None:
    child = Child(a_part(tmp_path))

    async def fail() -> None:
        async with child:
            assert child.pid
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert child.pid is None


async def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    async with Child(a_part(tmp_path), QUICK) as child:
        first = child.pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts == 1 and child.pid)

        assert child.pid != first


async def test_the_pause_doubles_with_every_death_up_to_the_longest(tmp_path: Path) -> None:
    notices: list[str] = []
    async with Child(a_part(tmp_path, "sleep", "0.01"), QUICK, notices.append):
        await until(lambda: len(notices) == 4)

    pauses = [notice.split()[-2] for notice in notices]
    assert pauses == ["0.05", "0.1", "0.2", "0.2"]
    assert notices[0] == "part ended (exit code 0), it is started again in 0.05 s"


async def test_a_healthy_life_makes_the_pause_short_again(tmp_path: Path) -> None:
    notices: list[str] = []
    patience = StartTimeouts(pause=0.05, longest_pause=0.2, healthy=0.01)
    async with Child(a_part(tmp_path, "sleep", "0.05"), patience, notices.append):
        await until(lambda: len(notices) == 3)

    assert {notice.split()[-2] for notice in notices} == {"0.05"}


async def test_a_child_is_started_when_its_probe_says_so(tmp_path: Path) -> None:
    sign = tmp_path / "sign"

    async def ready() -> bool:
        return sign.exists()

    async with Child(
        a_part(tmp_path, "sh", "-c", f"sleep 0.1; touch {sign}; sleep 60", ready=ready)
    ):
        assert sign.exists()


async def test_a_child_that_ends_before_it_is_ready_names_its_log(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        await Child(a_part(tmp_path, "false", ready=never), QUICK).start()

    assert str(caught.value) == f"part ended before it was ready, see {tmp_path / 'part.log'}"


async def test_a_child_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    child = Child(a_part(tmp_path, ready=never), StartTimeouts(ready=0.2))
    with pytest.raises(CannotStart, match=r"not ready within 0\.2 s, see .*part\.log"):
        await child.start()

    assert child.pid is None


async def test_a_child_whose_start_is_cancelled_is_ended(tmp_path: Path) -> None:
    child = Child(a_part(tmp_path, ready=never))
    start = asyncio.create_task(child.start())
    await until(lambda: child.pid)
    assert child.pid
    started = {child.pid, *family(child.pid)}
    start.cancel()
    await asyncio.wait([start])

    assert child.pid is None
    await until(lambda: not any(map(lives, started)))


async def test_a_missing_program_is_named_in_the_log(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        await Child(a_part(tmp_path, "no-such-program", ready=never), QUICK).start()

    assert "no-such-program: No such file" in (tmp_path / "part.log").read_text()


async def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"part could not be started: .*No such file"):
        await Child(a_part(tmp_path / "missing")).start()


async def test_a_child_that_ignores_its_stop_signal_is_killed(tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    async with Child(
        a_part(tmp_path, "sh", "-c", f"trap '' TERM; touch {sign}; sleep 60"), QUICK
    ) as child:
        await until(sign.exists)
        pid = child.pid

    assert pid
    assert not lives(pid)


async def test_what_a_child_started_itself_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    async with Child(a_part(tmp_path, "sh", "-c", f"sleep 60 & echo $! > {note}; wait"), QUICK):
        await until(lambda: note.exists() and note.read_text())

    await until(lambda: not lives(int(note.read_text())))


async def test_a_stopped_child_is_not_started_again(tmp_path: Path) -> None:
    child = Child(a_part(tmp_path), QUICK)
    await child.start()

    await child.stop()
    await child.stop()
    await asyncio.sleep(0.1)

    assert (child.pid, child.restarts) == (None, 0)


async def test_a_child_can_be_stopped_during_its_pause(tmp_path: Path) -> None:
    notices: list[str] = []
    async with Child(a_part(tmp_path, "false"), StartTimeouts(pause=60), notices.append) as child:
        await until(lambda: notices)

    assert child.pid is None


async def test_a_restart_that_fails_is_tried_again(tmp_path: Path) -> None:
    failures = iter([None, OSError("no room"), ValueError("odd"), None])

    async def before() -> None:
        if failure := next(failures):
            raise failure

    notices: list[str] = []
    async with Child(a_part(tmp_path, before=before), QUICK, notices.append) as child:
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: child.restarts == 3 and child.pid)

    assert [notice for notice in notices if "ended" not in notice] == ["no room", "odd"]


async def test_logs_are_only_for_our_eyes(tmp_path: Path) -> None:
    async with Child(a_part(tmp_path)):
        assert stat.S_IMODE((tmp_path / "part.log").stat().st_mode) == 0o600


async def test_a_log_that_is_too_long_is_kept_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LONGEST_LOG", 3)
    (tmp_path / "part.log").write_text("long")
    async with Child(a_part(tmp_path, "echo", "new")):
        await until(lambda: (tmp_path / "part.log").read_text() == "new\n")

    assert (tmp_path / "part.log.1").read_text() == "long"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may lend another account")
async def test_root_can_lend_a_child_another_account(tmp_path: Path) -> None:
    part = a_part(
        tmp_path, "sh", "-c", "id -u; id -g; umask; sleep 60", account=Account(65534, 65533)
    )
    async with Child(part):
        await until(
            lambda: (tmp_path / "part.log").read_text().split() == ["65534", "65533", "0077"]
        )


def test_a_log_that_became_too_long_is_kept_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with open_log(log) as writer:
        for line in (b"one\n", b"two\n"):
            writer.write(line)
            writer.flush()
            set_aside(log, longest=3)
        writer.write(b"three\n")
    set_aside(log, longest=300)

    kept = log.with_name("web.log.1")
    assert (kept.read_bytes(), log.read_bytes()) == (b"two\n", b"three\n")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_log_that_is_not_there_is_none_of_our_business(tmp_path: Path) -> None:
    set_aside(tmp_path / "nobody.log")
