"""A folder of rules on disk: read, checked, and told what is wrong with it."""

import os
from collections.abc import Container, Mapping
from pathlib import Path

from activities.actions.registry import Registry, load_actions
from engine.conditions.problems import InvalidRuleset, Problem, Problems
from engine.language.nodes import decoded
from engine.language.reader import ParameterSpec, describe, read_ruleset
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun, Findings, unusable
from operations.rules.folder_templates import is_template, template_problems
from process.shop_code import BrokenShopCode, load_shop_code


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file of a rules folder by its path within it; hidden ones are left alone."""
    if not (folder / "journeys").is_dir():
        raise CannotRun(_no_folder(folder))
    try:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_in(folder)}
    except OSError as error:
        raise CannotRun(unusable(error)) from None


def _no_folder(path: Path) -> str:
    """Why a path is no rules folder; what lies in one is told which."""
    if not path.exists():
        return f"{path}: there is no such folder"
    around = next((one for one in path.absolute().parents if (one / "journeys").is_dir()), None)
    if around is not None:
        what = "one file" if path.is_file() else "a part"
        return f"{path} is {what} of the rules folder {around}: check it within that folder"
    if path.is_file():
        return f"{path} is a file; rules are checked as a folder, which has a folder `journeys`"
    return f"{path} is no rules folder: it has no folder `journeys`"


def files_in(folder: Path) -> list[Path]:
    """Every file of a folder and those in it, hidden ones left alone; `OSError` where one of them
    cannot be read.

    What is no file is passed over, but a link to nothing is a file that somebody misses.
    """
    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(place, name) for name in names if not name.startswith(".")]
        found += [
            path for path in paths if path.is_file() or (path.is_symlink() and not path.exists())
        ]
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def read_rules(folder: Path) -> Ruleset:
    """The ruleset of a folder, its templates checked too; `Findings` with everything that is wrong
    with it.
    """
    files = read_files(folder)
    try:
        return _checked(files)
    except InvalidRuleset as invalid:
        raise Findings(_report(invalid, files)) from None


def _checked(files: Mapping[str, bytes]) -> Ruleset:
    found: tuple[Problem, ...] = ()
    try:
        ruleset = read_ruleset(files, known_actions())
    except InvalidRuleset as invalid:
        found = invalid.problems
    found += _in_templates(files, told={one.position.file for one in found})
    if found:
        raise InvalidRuleset(found)
    return ruleset


def _in_templates(files: Mapping[str, bytes], told: Container[str]) -> tuple[Problem, ...]:
    """What is wrong inside the templates; one that the reader told of is left until it
    can be read.
    """
    return template_problems(
        {
            path: decoded(path, content, Problems()) or ""
            for path, content in files.items()
            if is_template(path) and path not in told
        }
    )


def known_actions() -> Mapping[str, Mapping[str, ParameterSpec]]:
    """The actions that rules may call here: the shipped ones and those of the shop's own code."""
    return all_actions().specs()


def all_actions() -> Registry:
    """The shipped actions and those of the shop's own code; `CannotRun` where that is broken."""
    try:
        load_shop_code(os.environ)
    except BrokenShopCode as broken:
        raise CannotRun(str(broken)) from None
    return load_actions()


def _report(invalid: InvalidRuleset, files: Mapping[str, bytes]) -> str:
    """Every problem with its line and a caret under its place, as a compiler would print it."""
    found = [
        describe(one, files.get(one.position.file, b"").decode("utf-8", "replace"))
        for one in invalid.problems
    ]
    return "\n\n".join([*found, f"{len(found)} problem{'s'[: len(found) != 1]}"])
