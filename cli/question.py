"""Asking the person at the terminal before something is done that cannot be taken back."""

import sys

import typer

from operations.cannot_run import CannotRun


def needs_terminal(what: str, *, as_json: bool) -> None:
    """`CannotRun` where nobody can answer a question: no terminal, or the answer is for a
    machine.
    """
    if as_json or not sys.stdin.isatty():
        raise CannotRun(f"{what} asks first, and nobody can answer here: say --yes to do it anyway")


def ask(question: str, otherwise: str) -> None:
    """`CannotRun` unless the person says yes."""
    if not typer.confirm(question, err=True):
        raise CannotRun(otherwise)
