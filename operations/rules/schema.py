"""The JSON Schemas of a folder of rules: one made on request, and all kept fresh for editors."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.conditions.problems import Problems
from engine.language.journeys.rule_files import rule_ids
from engine.language.known import Actions
from engine.language.nodes import read_nodes
from engine.language.reader import read_known
from operations.cannot_run import CannotRun, unusable
from operations.rules.rules_folder import known_actions, read_files

# By the kinds of files of `engine.language.schemas`.
_KINDS = ("journeys", "answers", "policies", "catalog", "sources", "tests")
# Beside the schemas: what they were made from.
_STAMP = "schemas.stamp"


def schema_file(home: Path, kind: str) -> Path:
    """Where the schema of a kind of file is kept."""
    return home / f"{'rules' if kind == 'journeys' else kind}.schema.json"


def schema_text(kind: str, rules: Path) -> str:
    """The schema of a kind of file, with the events, facts, templates and actions of a folder."""
    return (
        json.dumps(
            _schemas((kind,), read_files(rules), known_actions())[kind],
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


def schema_line(home: Path, kind: str, file: Path) -> str:
    """The first line of a file, by which editors find its schema."""
    place = os.path.relpath(schema_file(home, kind).resolve(), file.parent.resolve())
    return f"# yaml-language-server: $schema={Path(place).as_posix()}\n"


def write_schemas(home: Path, rules: Path) -> list[Path]:
    """Write the schemas of all kinds of files; nothing is done where nothing has changed since.

    The files that were written. `CannotRun` where that is not possible.
    """
    files, actions = read_files(rules), known_actions()
    stamp, kept = _stamp(files, actions), home / _STAMP
    places = {kind: schema_file(home, kind) for kind in _KINDS}
    if _is_kept(kept, stamp) and all(place.exists() for place in places.values()):
        return []
    for kind, schema in _schemas(_KINDS, files, actions).items():
        write_whole(places[kind], json.dumps(schema, ensure_ascii=False) + "\n")
    write_whole(kept, stamp)
    return list(places.values())


def refresh_schemas(home: Path, rules: Path) -> None:
    """`write_schemas` for those who only pass by: where there is no such folder, or it cannot be
    written, nothing is done.
    """
    if not home.is_dir():
        return
    try:
        write_schemas(home, rules)
    except CannotRun:
        return


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as error:
        raise CannotRun(unusable(error)) from None


def _schemas(
    kinds: tuple[str, ...], files: Mapping[str, bytes], actions: Actions
) -> dict[str, dict[str, Any]]:
    from engine.language.schemas.file_schemas import schema_of

    known, rules = read_known(files, actions), _rule_ids(files)
    return {kind: schema_of(kind, known, rules) for kind in kinds}


def _rule_ids(files: Mapping[str, bytes]) -> list[str]:
    """The ids of all rules, also of those with mistakes."""
    nodes = (
        read_nodes(path, content, Problems())
        for path, content in files.items()
        if path.startswith("journeys/")
        and path.endswith(".yaml")
        and not path.endswith(".test.yaml")
    )
    return sorted({name for node in nodes if node is not None for name, _ in rule_ids(node)})


def _stamp(files: Mapping[str, bytes], actions: Actions) -> str:
    """Identifies what schemas are made from: the files, the actions, and this version."""
    content = hashlib.sha256(f"{_version()}\x00{sorted(actions.items())}".encode())
    for path, text in sorted(files.items()):
        content.update(f"\x00{path}\x00".encode() + text)
    return content.hexdigest()


def _is_kept(kept: Path, stamp: str) -> bool:
    try:
        return kept.read_text("utf-8") == stamp
    except (OSError, UnicodeDecodeError):
        return False


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("purna")
    except PackageNotFoundError:
        return ""
