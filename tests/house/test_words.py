"""One meaning a word: of classes, of files, of definitions."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.tree import Module, modules
from tests.paths import ROOT

RIDDLES = {"told", "said", "asked", "found", "named", "one", "tell", "tells", "heard"}
# Files whose names are nouns although they end so.
NOUNS = {"firing", "sending", "naming", "tracing", "rendering"}
PAIRED = ("store/postgres/", "store/memory/")


def _definitions(module: Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _fields(module: Module) -> Iterator[tuple[int, str]]:
    """The annotated fields of a module's classes."""
    for each in ast.walk(module.tree):
        for node in each.body if isinstance(each, ast.ClassDef) else ():
            match node:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield node.lineno, name


def _types(module: Module) -> Iterator[str]:
    """The public classes of a module, and the names it gives to types."""
    for node in module.tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name[:1].isupper() and not name.isupper():
                    yield name


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules().values():
        for name in _types(module):
            if not name.startswith("_"):
                places[name].append(module.place)

    assert {name: at for name, at in places.items() if len(at) > 1} == {}


def test_no_two_files_of_one_folder_share_a_name() -> None:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for module in modules().values():
        if not module.is_package:
            places[module.top, module.path.name].append(module.place)
    twice = [at for at in places.values() if len(at) > 1]

    assert [at for at in twice if not (_is_pair(at) or _are_channels(at))] == []


def _is_pair(places: list[str]) -> bool:
    """A noun that both stores keep, each in its own way."""
    stores = [next((one for one in PAIRED if place.startswith(one)), None) for place in places]
    return None not in stores and len(set(stores)) == len(stores)


def _are_channels(places: list[str]) -> bool:
    """The same part of several channels."""
    channels = {
        PurePosixPath(place).parts[2]
        for place in places
        if place.startswith("activities/channels/")
    }
    return len(channels) == len(places)


def test_no_definition_and_no_field_is_a_riddle() -> None:
    names = [
        (module.place, line, name)
        for module in modules().values()
        for line, name in (
            *((node.lineno, node.name) for node in _definitions(module)),
            *_fields(module),
        )
    ]
    riddles = [
        f"{place}:{line} {name}"
        for place, line, name in names
        if name.strip("_").lower() in RIDDLES
    ]

    assert riddles == []


def test_files_are_named_after_the_thing_they_hold() -> None:
    doing = [
        module.place
        for module in modules().values()
        if module.path.stem.endswith("ing") and module.path.stem not in NOUNS
    ]

    assert doing == []


def test_every_word_of_the_domain_stands_once_in_the_list() -> None:
    page = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
    words = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| **")]

    assert len(words) > 40
    assert sorted(words) == sorted(set(words))
