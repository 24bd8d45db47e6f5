"""The project as its own files show it: modules, what they import, and what they define."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.paths import ROOT

# Every folder of the top level that holds the product's code, from the top floor down; folders on
# one floor do not know each other. `tests/house/test_floors.py` compares it with the contracts.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("purna",),
    ("cli", "bench"),
    ("local",),
    ("web", "worker"),
    ("compose",),
    ("operations", "workflows"),
    ("activities",),
    ("store",),
    ("process",),
    ("engine",),
)
TOP = tuple(name for floor in FLOORS for name in floor)
MIGRATIONS = "store/postgres/migrations/versions/"


@dataclass(frozen=True)
class Module:
    """One file of Python, by its dotted name."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def place(self) -> str:
        """The path from the top of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _files(folder: str) -> Iterator[Path]:
    if (alone := ROOT / f"{folder}.py").exists():
        yield alone
    yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def modules() -> Mapping[str, Module]:
    """The product's modules; migrations are texts of SQL that are never edited again."""
    found = [Module(_name(path), path) for folder in TOP for path in _files(folder)]
    return {one.name: one for one in found if not one.place.startswith(MIGRATIONS)}


@cache
def modules_of_tests() -> tuple[Module, ...]:
    """The tests, their builders and fixtures."""
    return tuple(Module(_name(path), path) for path in _files("tests"))


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """What each module imports of the others, also inside functions and behind `TYPE_CHECKING`."""
    return {name: frozenset(_imported(one)) - {name} for name, one in modules().items()}


def _imported(module: Module) -> Iterator[str]:
    known = modules()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if (
                    found := inner
                    if inner in known
                    else node.module
                    if node.module in known
                    else ""
                ):
                    yield found
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def rooms(parent: str) -> Mapping[str, frozenset[str]]:
    """The children of a package that hold code, each with those of its siblings that it imports."""
    depth = parent.count(".") + 1 if parent else 0
    found: dict[str, set[str]] = {}
    for importer, imported in imports().items():
        if (child := _child(importer, parent, depth)) is None:
            continue
        others = {_child(name, parent, depth) for name in imported}
        found.setdefault(child, set()).update(one for one in others if one not in (None, child))
    return {name: frozenset(others) for name, others in found.items()}


def _child(name: str, parent: str, depth: int) -> str | None:
    parts = name.split(".")
    inside = not parent or name.startswith(f"{parent}.")
    return parts[depth] if inside and len(parts) > depth else None


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Every set of two or more that reach each other."""
    reached = {name: _reached(name, graph) for name in graph}
    found = {
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in graph
        if name in reached[name]
    }
    return sorted(list(circle) for circle in found if len(circle) > 1)


def _reached(start: str, graph: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += graph.get(name, ())
    return frozenset(found)


def packages() -> list[str]:
    """Every package, by its dotted name."""
    return [name for name, one in modules().items() if one.is_package]
