"""The table of commands says what each command says of itself, and nothing else is imported."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.command_table import COMMANDS, Command
from cli.lazy_group import load
from tests.paths import ROOT, RULES

# What takes long to import, and no light command needs.
SLOW = (
    *(
        "temporalio",
        "psycopg",
        "sqlalchemy",
        "alembic",
        "httpx",
        "uvicorn",
        "starlette",
        "structlog",
    ),
    *("babel", "holidays", "phonenumbers", "lark", "jinja2", "yaml"),
)
LONGEST = 60


def leaves(table: tuple[Command, ...] = COMMANDS) -> Iterator[Command]:
    """Every command that runs, also those in groups."""
    for command in table:
        yield from leaves(command.commands) if command.commands else [command]


@pytest.mark.parametrize("command", list(leaves()), ids=lambda one: one.name)
def test_its_line_is_the_first_of_its_own_help(command: Command) -> None:
    first = load(command).help.partition("\n\n")[0]

    assert command.help == " ".join(first.split())


def test_every_command_has_a_file_of_its_own_and_it_is_short() -> None:
    files = [one for one in (ROOT / "cli" / "commands").rglob("*.py") if one.name != "__init__.py"]

    assert {one.name: n for one in files if (n := lines_of(one)) > LONGEST} == {}


def lines_of(file: Path) -> int:
    return len(file.read_text().splitlines())


def imported(*words: str) -> set[str]:
    """The slow packages that a command imports, run as a program of its own."""
    code = (
        "import sys; from cli.main import exit_code; code = exit_code(); "
        f"sys.stderr.write(' '.join(one for one in {SLOW} if one in sys.modules)); sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(run.stderr.split())


def test_the_list_of_commands_imports_none_of_them() -> None:
    assert imported("--help") == set()


def test_saying_a_condition_imports_none_of_them() -> None:
    assert imported("say", '{"==": [{"var": "order.id"}, "A"]}') == set()


def test_checking_rules_imports_no_server_no_driver_and_no_log() -> None:
    unneeded = set(SLOW) - {"babel", "lark", "jinja2", "yaml"}

    assert imported("check", str(RULES)) & unneeded == set()
