"""How a command ends: 0 fine, 1 findings, 2 could not run; whatever goes wrong is a sentence, never
a traceback.
"""

import asyncio
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from cli.main import exit_code
from compose import migrate as migrating
from store.ports import Contended
from store.postgres.sessions.migrate import migrate
from tests.operations.logs.test_import_olist import WHOLE, tables
from tests.rules.story import FOLDER

Captured = pytest.CaptureFixture[str]
COMMAND = (sys.executable, "-c", "from cli.main import main; main()")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, in an environment that says nothing."""
    monkeypatch.chdir(tmp_path)
    for name in ("PURNA_DATABASE_URL", "PURNA_SECRET", "PURNA_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


def purna(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PURNA_")}
    found = {**known, "PYTHONPATH": str(FOLDER.parent), "COLUMNS": "120", **environ}
    return subprocess.run(
        [*COMMAND, *words], env=found, text=True, capture_output=True, timeout=60, check=False
    )


def sentence(capsys: Captured, *words: str, code: int = 2) -> str:
    """The one sentence with which a command ends."""
    assert exit_code(words) == code
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("purna: ")
    return said.err.removeprefix("purna: ").strip()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["frob"], "No such command 'frob'."),
        (["explain", "a-rule"], "say whom it is about: --order ID or --customer ID"),
        (
            ["explain", "--order", "A1", "--short", "--full"],
            "--short and --full do not go together",
        ),
        (["demo", "--orders", "0"], "Invalid value for '--orders'"),
        (["demo", "--orders", "many"], "Invalid value for '--orders'"),
        (["publish", "--frob"], "No such option: --frob"),
        (["publish", "a", "b"], "unexpected extra argument"),
        (["import", "olist"], "Missing argument"),
        (["import", "excel"], "No such command 'excel'."),
    ],
)
def test_misuse_is_explained_and_exits_2(capsys: Captured, words: list[str], says: str) -> None:
    assert exit_code(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert "Usage: " in said.err


@pytest.mark.parametrize(
    ("words", "exit_with", "says"),
    [
        (["frob"], 2, "No such command 'frob'."),
        (["demo", "--orders", "0"], 2, "Invalid value for '--orders': "),
        (
            ["explain", "a-rule"],
            2,
            "Invalid value: say whom it is about: --order ID or --customer ID",
        ),
        (["publish", "nowhere"], 2, "nowhere: there is no such folder"),
        (["check", "nowhere"], 2, "nowhere: there is no such folder"),
        (["say", "{"], 2, "that is no JSON"),
        (["expand", "is:gold"], 1, "is:gold\n  ^ "),
        (
            ["demo", "--events", "no.jsonl", "--rules", str(FOLDER)],
            2,
            "no.jsonl: No such file or directory",
        ),
        (["rulesets"], 2, "purna is not running here: start it with `purna run`"),
    ],
)
def test_a_machine_is_told_of_a_failure_in_one_shape(
    capsys: Captured, words: list[str], exit_with: int, says: str
) -> None:
    assert exit_code([*words, "--json"]) == exit_with
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error.pop("exit") == exit_with
    assert error.pop("message").startswith(says)
    assert error == {}


@pytest.mark.parametrize("words", [["--help"], ["demo", "--help"], ["import", "olist", "--help"]])
def test_help_is_no_failure(capsys: Captured, words: list[str]) -> None:
    assert exit_code(words) == 0
    assert "Usage: " in capsys.readouterr().out


@pytest.mark.parametrize("words", [["publish", "nowhere"], ["demo", "--rules", "nowhere"]])
def test_a_folder_that_is_no_rules_folder_is_refused(capsys: Captured, words: list[str]) -> None:
    assert sentence(capsys, *words) == "nowhere: there is no such folder"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x00\xff\xfe\x01", "journeys/a.yaml:1:1: the file is not UTF-8 text [J01]"),
        (b"version: 1\nrules: [\n", "journeys/a.yaml:3:1: this is not YAML"),
        (
            b"version: 1\nrules:\n  - {id: a, when: order.plced, do: []}\n",
            "did you mean order.placed?",
        ),
    ],
)
def test_a_broken_rule_is_a_finding_with_its_place(
    tmp_path: Path, capsys: Captured, content: bytes, says: str
) -> None:
    (tmp_path / "rules" / "journeys").mkdir(parents=True)
    (tmp_path / "rules" / "journeys" / "a.yaml").write_bytes(content)

    assert exit_code(["publish", "rules"]) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "log.jsonl: No such file or directory"),
        (b"", "log.jsonl holds no events"),
        (b"\n\n", "log.jsonl holds no events"),
        (b"\xff\xfe", "log.jsonl is not UTF-8 text"),
        (b"not json\n", "log.jsonl:1: no CloudEvent with `time` and `data`"),
    ],
)
def test_a_log_that_cannot_be_played_is_refused(
    capsys: Captured, content: bytes | None, says: str
) -> None:
    if content is not None:
        Path("log.jsonl").write_bytes(content)

    assert sentence(capsys, "demo", "--events", "log.jsonl", "--rules", str(FOLDER)) == says


@pytest.mark.parametrize(
    "words",
    [["publish", str(FOLDER), "--yes"], ["explain", "a-rule", "--order", "A1"], ["migrate"]],
)
def test_where_nothing_runs_nothing_can_be_asked(capsys: Captured, words: list[str]) -> None:
    assert "not running here" in sentence(capsys, *words)
    assert list(Path.cwd().iterdir()) == []


def test_a_home_that_is_a_file_is_refused(capsys: Captured) -> None:
    Path("home").touch()

    assert (
        sentence(capsys, "explain", "a", "--order", "b", "--home", "home")
        == "home/lock: Not a directory"
    )


def test_a_missing_table_and_a_log_that_cannot_be_written_are_refused(
    tmp_path: Path, capsys: Captured
) -> None:
    assert "olist_customers_dataset.csv" in sentence(capsys, "import", "olist", ".")
    tables(tmp_path, WHOLE)
    assert (
        sentence(capsys, "import", "olist", ".", "-o", "a/b")
        == "a/b cannot be written: No such file or directory"
    )


def test_a_database_needs_the_secret_that_named_its_journeys(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURNA_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x")

    assert "set PURNA_SECRET as well" in sentence(capsys, "explain", "a", "--order", "b")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    "url", ["hidden", "hidden=1", "postgresql://a:hidden@[x/b", "postgresql://", "mysql://hidden/x"]
)
@pytest.mark.parametrize("words", [["publish", str(FOLDER), "--yes"], ["migrate"]])
def test_an_address_that_is_none_is_refused_without_being_told(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, words: list[str], url: str
) -> None:
    monkeypatch.setenv("PURNA_DATABASE_URL", url)
    monkeypatch.setenv("PURNA_SECRET", "s" * 64)

    said = sentence(capsys, *words)
    assert said.startswith("PURNA_DATABASE_URL is no address of a database")
    assert "hidden" not in said


@pytest.mark.parametrize("words", [["publish", str(FOLDER), "--yes"], ["migrate"]])
def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(
    words: list[str],
) -> None:
    url = "postgresql://nobody:hidden@127.0.0.1:9/x"
    said = purna(*words, PURNA_DATABASE_URL=url, PURNA_SECRET="s" * 64)

    assert (said.returncode, said.stdout, said.stderr) == (
        2,
        "",
        "purna: the database does not answer\n",
    )


def one_line(said: subprocess.CompletedProcess[str]) -> Any:
    """The one line of JSON that a machine reads."""
    assert (said.returncode, said.stdout.count("\n"), said.stderr) == (0, 1, "")
    return json.loads(said.stdout)


def test_a_machine_reads_one_line_of_json(tmp_path: Path) -> None:
    tables(tmp_path, WHOLE)

    assert one_line(purna("import", "olist", ".", "--json")) == {
        "events": 5,
        "orders": 1,
        "log": "olist.jsonl",
    }


def test_a_person_reads_a_figure_a_line(tmp_path: Path, capsys: Captured) -> None:
    tables(tmp_path, WHOLE)

    assert exit_code(["import", "olist", ".", "-o", "a.jsonl"]) == 0
    assert capsys.readouterr().out == "events  5\norders  1\nlog     a.jsonl\n"


@pytest.fixture(scope="module")
async def known(fresh_database: str) -> dict[str, str]:
    """The environment of a database whose tables are there."""
    await asyncio.to_thread(migrate, fresh_database)
    return {"PURNA_DATABASE_URL": fresh_database, "PURNA_SECRET": "s" * 64}


async def test_a_database_without_tables_is_to_be_migrated_first(create_database: Any) -> None:
    environ = {"PURNA_DATABASE_URL": await create_database(), "PURNA_SECRET": "s" * 64}

    said = await asyncio.to_thread(purna, "publish", str(FOLDER), "--yes", **environ)
    assert (said.returncode, said.stderr) == (
        2,
        "purna: the database has no tables yet: run `purna migrate`\n",
    )
    assert one_line(await asyncio.to_thread(purna, "migrate", "--json", **environ)) == {
        "tables": "up to date"
    }


async def test_without_rules_there_is_nothing_to_explain_by(create_database: Any) -> None:
    environ = {"PURNA_DATABASE_URL": await create_database(), "PURNA_SECRET": "s" * 64}
    await asyncio.to_thread(migrate, environ["PURNA_DATABASE_URL"])

    said = await asyncio.to_thread(purna, "explain", "a-rule", "--order", "A1", **environ)
    assert (said.returncode, said.stdout, said.stderr) == (
        2,
        "",
        "purna: no rules have been published\n",
    )


def test_a_busy_database_is_a_sentence(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    async def contended(*_: object) -> None:
        raise Contended("the database is busy, try again")

    monkeypatch.setenv("PURNA_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x")
    monkeypatch.setattr(migrating, "migrate", contended)
    assert sentence(capsys, "migrate") == "the database is busy, try again"


async def test_rules_are_published_once(known: dict[str, str]) -> None:
    first, again = [
        one_line(await asyncio.to_thread(purna, "publish", str(FOLDER), "--yes", "--json", **known))
        for _ in range(2)
    ]

    assert (first["changed"], again["changed"]) == (True, False)
    assert first["revision"] == again["revision"]


async def test_what_is_not_known_cannot_be_explained(known: dict[str, str]) -> None:
    await asyncio.to_thread(purna, "publish", str(FOLDER), "--yes", **known)

    for rule, says in (
        ("order-confirmed", "nothing is known of an order A1"),
        ("order-confirmd", "there is no rule order-confirmd, did you mean order-confirmed?"),
    ):
        said = await asyncio.to_thread(purna, "explain", rule, "--order", "A1", **known)
        assert (said.returncode, said.stderr) == (2, f"purna: {says}\n")


def completed(words: str, place: int) -> list[str]:
    """What the shell is offered for the word at a place of a command line."""
    code = "import sys; sys.argv[0] = 'purna'; from cli.main import main; main()"
    environ = {"_PURNA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(FOLDER.parent), **environ},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return said.stdout.split()


@pytest.mark.parametrize(
    ("words", "place", "offers"),
    [
        ("purna simu", 1, ["simulate"]),
        ("purna event re", 2, ["retry"]),
        ("purna check --str", 2, ["--strict"]),
        ("purna ledger settle key lo", 4, ["lost"]),
    ],
)
def test_the_shell_completes_commands_options_and_choices(
    words: str, place: int, offers: list[str]
) -> None:
    assert completed(words, place) == offers


def test_the_completion_for_a_shell_can_be_shown() -> None:
    # Under `make` the shell is sh, which has no completion: the name is given instead.
    said = purna("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")

    assert (said.returncode, "complete" in said.stdout) == (0, True)


def test_the_version_is_that_of_the_package(capsys: Captured) -> None:
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out == f"purna {version('purna')}\n"
