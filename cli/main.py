"""`purna`: the program, and how it ends: 0 fine, 1 findings, 2 could not run."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from cli.command_table import COMMANDS
from cli.lazy_group import LazyGroup
from cli.options import COULD_NOT_RUN

_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> None:
    """The entry point."""
    # Imports and rules are kept to the end: looking them through for circles after every seven
    # hundred objects takes a tenth of the time of a short command.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.exit(exit_code())


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """Run a command, of the command line if none is given, and tell how it ended.

    Whatever goes wrong is a sentence on stderr, or with `--json` one object on stdout.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        if arguments is None:
            _add_settings_file()
        code = _whole()(words, standalone_mode=not as_json)  # alone it tells of misuse itself
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else COULD_NOT_RUN
    except Exception as failure:  # noqa: BLE001  # what nobody foresaw is raised again
        from cli.text.failures import ended  # its error types belong to every part of the house

        return ended(failure, as_json=as_json)
    return code if isinstance(code, int) else 0


def _add_settings_file() -> None:
    """What `purna.toml` says; a process that has none does without the reader."""
    if Path("purna.toml").exists() or "PURNA_CONFIG" in os.environ:
        from process.settings_file import add_settings_file

        add_settings_file(os.environ)


def _whole() -> Any:
    """The group of all commands, with the options of `purna` itself and of shell completion."""
    app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(purna)
    group = get_command(app)
    assert isinstance(group, LazyGroup)
    group.add_commands(COMMANDS)
    return group


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # slow to import, and needed for this only

        sys.stdout.write(f"purna {version('purna')}\n")
        raise typer.Exit


def purna(
    version: Annotated[  # its callback answers
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Rules and journeys for what happens after a purchase."""
