"""The options that many commands share."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer

Home = Annotated[Path, typer.Option(help="Where everything is kept.", envvar="PURNA_HOME")]
RulesOption = Annotated[Path, typer.Option(help="The folder of rules.", envvar="PURNA_RULES")]
RulesArgument = Annotated[Path, typer.Argument(help="The folder of rules.", envvar="PURNA_RULES")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
CustomerArgument = Annotated[
    str, typer.Argument(help="The id of a customer in their shop, or their address.")
]
RevisionArgument = Annotated[
    str, typer.Argument(help="Which, as `purna rulesets` lists them. Its beginning is enough.")
]
AddressArgument = Annotated[
    str, typer.Argument(help="A mail address, or a phone number such as +49…")
]
Shop = Annotated[str | None, typer.Option(help="Which shop, where two have a customer of that id.")]
EventNumbers = Annotated[
    list[int] | None, typer.Argument(help="Which, as `quarantined` numbers them.")
]
EveryEvent = Annotated[bool, typer.Option("--all", help="Every one of them.")]
SubjectShop = Annotated[
    str | None, typer.Option("--shop", help="The shop, where several have one of this id.")
]
ListedShop = Annotated[str | None, typer.Option("--shop", help="Only those of this shop.")]
WhyOption = Annotated[str, typer.Option(help="Why; kept with the revision.")]
MoveWaits = Annotated[
    bool, typer.Option("--move-waits", help="What waits moves to the moments these rules give it.")
]
By = Annotated[
    str, typer.Option(metavar="NAME", help="Who does it; else the account that runs the command.")
]
LedgerRule = Annotated[str | None, typer.Option("--rule", help="Only those of this rule.")]


def _instant(text: str) -> datetime:
    """A day or a moment; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no day or time, such as 2026-03-02T10:00") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Since = Annotated[
    datetime | None,
    typer.Option(parser=_instant, metavar="<time>", help="Only what ended since then."),
]
SearchWords = Annotated[
    list[str] | None, typer.Argument(help="Only those in whose text all these words occur.")
]
HOME, RULES = Path(".purna"), Path("rules")
FOUND, COULD_NOT_RUN = 1, 2
_LONGEST = 100_000  # characters of stdin


def author(name: str) -> str:
    """Who does it, as it is kept: the name that is given, or the account; its number where it has
    no name, as in many containers.
    """
    try:
        return name or getpass.getuser()
    except (KeyError, OSError):  # the latter since Python 3.13
        return f"account {os.getuid()}"


def show(result: Any, lines: list[str], *, as_json: bool) -> None:
    """The result of a command on stdout: JSON for a machine, else the lines."""
    sys.stdout.write(
        (json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines)) + "\n"
    )


class ListedFinding(Protocol):
    """What a list of findings holds."""

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        ...


_Found = TypeVar("_Found", bound=ListedFinding)


def show_findings(
    findings: Iterable[_Found], line: Callable[[_Found], str], nothing: str, *, as_json: bool
) -> None:
    """A list of findings, one on a line, or the word for none; a command ends with 1 if there are
    any.
    """
    every = list(findings)
    lines = [line(one) for one in every] or [nothing]
    show([one.to_json() for one in every], lines, as_json=as_json)
    if every:
        raise typer.Exit(FOUND)


def show_figures(result: Mapping[str, Any], *, as_json: bool) -> None:
    """A result of a few named figures, one on a line."""
    width = max(map(len, result))
    lines = [f"{name:<{width}}  {value}" for name, value in result.items()]
    sys.stdout.write((json.dumps(result) if as_json else "\n".join(lines)) + "\n")


def text_or_stdin(text: str) -> str:
    """An argument, or what stands on stdin if the argument is `-`."""
    return sys.stdin.read(_LONGEST) if text == "-" else text


def write_whole(file: Path, text: str) -> None:
    """Write a result to a file; an older one stays until the new one is whole. An `OSError` names
    the file itself.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, "utf-8")
        part.replace(file)
    except OSError as failed:
        failed.filename = str(file)
        raise


def finding(text: str) -> typer.Exit:
    """How a command ends whose result, told already, is a finding: with a sentence on stderr beside
    it.
    """
    sys.stderr.write(text + "\n")
    return typer.Exit(FOUND)
