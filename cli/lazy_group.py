"""A group of commands whose modules are imported only when one of them runs."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.command_table import Command

_HELP = frozenset({"--help", "-h"})


class LazyGroup(TyperGroup):
    """Lists its commands from the table, and imports the one that is called or completed."""

    def add_commands(self, table: Iterable[Command], default: str = "") -> None:
        """Stand-ins with a name and a line of help, in the order of the table."""
        self._default = default
        self._table = {one.name: one for one in table}
        for one in self._table.values():
            self.add_command(_group(one) if one.commands else TyperCommand(one.name, help=one.help))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words behind the group's name; a flag that stands for a command is its name, and no
        name is that of the default command.
        """
        flags = {one.flag: one.name for one in self._table.values() if one.flag}
        args = [*(flags.get(one, one) for one in args[:1]), *args[1:]]
        names_none = not args or (args[0].startswith("-") and args[0] not in _HELP)
        if self._default and names_none and not ctx.resilient_parsing:  # completion lists them all
            args = [self._default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the words name, as typer asks for it before it reads the options."""
        name, found, rest = super().resolve_command(ctx, args)
        if name is not None and not self._table[name].commands:
            found = load(self._table[name])
        return name, found, rest


def load(command: Command) -> Any:
    """The command itself, with its options; this imports its module."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(command.name)(getattr(import_module(command.place), command.function))
    return get_command(alone)


def _group(command: Command) -> LazyGroup:
    group = LazyGroup(name=command.name, help=command.help, no_args_is_help=not command.default)
    group.add_commands(command.commands, command.default)
    return group
