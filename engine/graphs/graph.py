"""A graph of boxes and arrows, and how Mermaid spells it (flowchart,
mermaid.js.org/syntax/flowchart.html).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Shape = Literal["start", "question", "step", "message", "nothing"]
# What stands around the text of each shape.
_AROUND: dict[Shape, tuple[str, str]] = {
    "start": ("([", "])"),
    "question": ("{{", "}}"),
    "step": ("[", "]"),
    "message": ("[[", "]]"),
    "nothing": ("(", ")"),
}
# Characters that Mermaid would read as its own, as its numeric entities.
_ENTITIES = str.maketrans({character: f"#{ord(character)};" for character in '#"<>&`\\{}[]|'})


@dataclass(frozen=True, slots=True)
class Box:
    """A box; its text is a line or several."""

    name: str
    lines: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from one box to another, with a word on it."""

    start: str
    end: str
    label: str = ""


@dataclass(slots=True)
class Graph:
    """Boxes and arrows in the order in which they are read."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def box(self, shape: Shape, lines: Iterable[str], after: tuple[str, str] | None = None) -> str:
        """Add a box, behind another one if `after` names it and what stands on the
        arrow; its name.
        """
        name = f"n{len(self.boxes) + 1}"
        self.boxes.append(Box(name, tuple(lines), shape))
        if after is not None:
            self.arrows.append(Arrow(after[0], name, after[1]))
        return name

    def arrow(self, start: str, end: str, label: str = "") -> None:
        """Add an arrow."""
        self.arrows.append(Arrow(start, end, label))


def mermaid(graph: Graph) -> str:
    """The graph as Mermaid."""
    lines = ["flowchart TD"]
    for box in graph.boxes:
        before, behind = _AROUND[box.shape]
        text = "<br/>".join(line.translate(_ENTITIES) for line in box.lines)
        lines.append(f'    {box.name}{before}"{text}"{behind}')
    for arrow in graph.arrows:
        label = f'|"{arrow.label.translate(_ENTITIES)}"|' if arrow.label else ""
        lines.append(f"    {arrow.start} -->{label} {arrow.end}")
    return "\n".join(lines) + "\n"
