"""Draws the floors of the house from its imports, as they stand: `python -m tests.house.floors`.

It rewrites the part of `docs/architecture.md` between its two marks; a test compares the two.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house.tree import FLOORS, modules, rooms
from tests.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- floors: drawn from the imports -->", "<!-- end of floors -->"


def drawn() -> str:
    """The floors of the house, and those inside `engine/`."""
    return "\n".join([BEGIN, "", "```text", *_house(), "", *_engine(), "```", "", END])


def levels(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """The rooms by floor, the lowest first: each stands on those it imports."""
    floor: dict[str, int] = {}

    def height(name: str) -> int:
        if name not in floor:
            floor[name] = 1 + max((height(below) for below in graph.get(name, ())), default=0)
        return floor[name]

    found: dict[int, list[str]] = {}
    for name in sorted(graph):
        found.setdefault(height(name), []).append(name)
    return [found[level] for level in sorted(found)]


def _house() -> Iterator[str]:
    yield "the house, from the top floor down        modules   lines   imports"
    below = rooms("")
    for floor in FLOORS:
        for name in floor:
            if name in below:
                yield _row(name, name, below[name])


def _engine() -> Iterator[str]:
    below = rooms("engine")
    yield "inside engine/"
    for level in reversed(levels(below)):
        for name in level:
            yield _row(name, f"engine.{name}", below[name])


def _row(title: str, package: str, below: frozenset[str]) -> str:
    own = [one for one in modules().values() if f"{one.name}.".startswith(f"{package}.")]
    counted = [one for one in own if not one.is_package or one.lines]
    lines = sum(one.lines for one in own)
    return (
        f"  {title:<40}{len(counted):>7}{_thousands(lines):>8}   {' '.join(sorted(below))}".rstrip()
    )


def _thousands(lines: int) -> str:
    """Roughly, so that the page need not follow every line."""
    return f"{lines / 1000:.1f}k"


def with_floors(page: str) -> str:
    """A page whose part between the marks is drawn anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return before + drawn() + behind


if __name__ == "__main__":
    Path(PAGE).write_text(with_floors(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
