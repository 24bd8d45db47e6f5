"""A graph as a picture: boxes in rows, each below whatever leads to it, written as SVG 1.1.

What hangs together stays together; such groups stand beside each other as long as a line is wide.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from html import escape
from textwrap import wrap

from engine.graphs.graph import Box, Graph, Shape

_CHARACTER, _LINE, _PADDING, _GAP, _ROW_GAP = 7, 17, 12, 24, 44
_WIDE = 1800  # pixels of a line of groups
_LONG = 80  # characters of a line in a box
_COLOURS: dict[Shape, tuple[str, str]] = {
    "start": ("#e3f0ff", "#2563a8"),
    "question": ("#fff6da", "#9a7408"),
    "step": ("#f1f1f4", "#55555f"),
    "message": ("#e0f5e6", "#1f7a3d"),
    "nothing": ("#fafafa", "#9b9ba5"),
}
_ROUND: dict[Shape, int] = {"start": 16, "question": 3, "step": 3, "message": 3, "nothing": 10}
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
    'font-family="system-ui, sans-serif" font-size="13">\n'
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" fill="#777"/></marker></defs>\n'
    '<rect width="100%" height="100%" fill="#fff"/>\n'
)


@dataclass(slots=True)
class _Placed:
    """Where a box stands; `x` and `y` are its upper left corner."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def svg(graph: Graph) -> str:
    """The picture as a text."""
    placed = _laid_out(graph)
    width = max((one.x + one.width for one in placed.values()), default=0) + _GAP
    height = max((one.y + one.height for one in placed.values()), default=0) + _GAP
    arrows = "".join(_arrow(placed[one.start], placed[one.end]) for one in graph.arrows)
    labels = "".join(
        _label(placed[one.start], placed[one.end], one.label) for one in graph.arrows if one.label
    )
    boxes = "".join(map(_box, placed.values()))
    return (
        _HEAD.format(width=round(width), height=round(height))
        + arrows
        + labels
        + boxes
        + "</svg>\n"
    )


def _laid_out(graph: Graph) -> dict[str, _Placed]:
    """Every group placed by itself, then one after the other like words in a paragraph."""
    found: dict[str, _Placed] = {}
    left = top = bottom = 0.0
    for group in _groups(graph):
        placed = _placed(group)
        width = max(one.x + one.width for one in placed.values())
        if left and left + width > _WIDE:
            left, top = 0.0, bottom
        for one in placed.values():
            one.x, one.y = one.x + left, one.y + top
        bottom = max(bottom, *(one.y + one.height for one in placed.values()))
        left += width
        found |= placed
    return found


def _groups(graph: Graph) -> list[Graph]:
    """The parts of a graph between which no arrow goes, in the order of their boxes."""
    group_of = {box.name: number for number, box in enumerate(graph.boxes)}
    for arrow in graph.arrows:
        kept, gone = sorted((group_of[arrow.start], group_of[arrow.end]))
        if kept != gone:
            group_of = {
                name: kept if number == gone else number for name, number in group_of.items()
            }
    parts: dict[int, Graph] = defaultdict(Graph)
    for box in graph.boxes:
        parts[group_of[box.name]].boxes.append(box)
    for arrow in graph.arrows:
        parts[group_of[arrow.start]].arrows.append(arrow)
    return [parts[number] for number in sorted(parts)]


def _placed(graph: Graph) -> dict[str, _Placed]:
    """Every box in a column of its own tree: the first that follows stays below, the others go to
    the right.
    """
    placed = {box.name: _sized(box) for box in graph.boxes}
    rows = _rows(graph)
    top = _GAP
    tops: dict[int, float] = {}
    for row in sorted(set(rows.values())):
        tops[row] = top
        top += round(max(placed[name].height for name, at in rows.items() if at == row)) + _ROW_GAP
    taken: dict[int, float] = defaultdict(lambda: _GAP)
    follows = {arrow.end: arrow.start for arrow in reversed(graph.arrows)}
    for box in graph.boxes:
        one, row = placed[box.name], rows[box.name]
        above = placed[follows[box.name]] if box.name in follows else None
        wanted = above.middle - one.width / 2 if above else max(taken.values(), default=_GAP)
        one.x, one.y = max(wanted, taken[row], _GAP), tops[row]
        taken[row] = one.x + one.width + _GAP
    return placed


def _rows(graph: Graph) -> dict[str, int]:
    """The row of each box: below the lowest that leads to it; boxes stand behind whatever leads to
    them.
    """
    rows = {box.name: 0 for box in graph.boxes}
    for box in graph.boxes:
        rows[box.name] = max(
            (rows[arrow.start] + 1 for arrow in graph.arrows if arrow.end == box.name), default=0
        )
    return rows


def _sized(box: Box) -> _Placed:
    """A long condition goes on in the next line."""
    lines = tuple(part for line in box.lines for part in wrap(line, _LONG) or [""])
    width = max(map(len, lines), default=1) * _CHARACTER + 2 * _PADDING
    return _Placed(replace(box, lines=lines), 0, 0, width, len(lines) * _LINE + _PADDING)


def _box(one: _Placed) -> str:
    fill, stroke = _COLOURS[one.box.shape]
    radius = _ROUND[one.box.shape]
    frame = f'<rect x="{one.x:.0f}" y="{one.y:.0f}" width="{one.width:.0f}" height="{one.height:.0f}" rx="{radius}"'
    texts = "".join(
        f'<text x="{one.middle:.0f}" y="{one.y + _PADDING / 2 + _LINE * (number + 0.75):.0f}" text-anchor="middle"'
        f' fill="#222">{escape(line)}</text>\n'
        for number, line in enumerate(one.box.lines)
    )
    return f'{frame} fill="{fill}" stroke="{stroke}"/>\n{texts}'


def _arrow(start: _Placed, end: _Placed) -> str:
    x, y, to_x, to_y = start.middle, start.y + start.height, end.middle, end.y
    half = (y + to_y) / 2
    line = f'<path d="M{x:.0f},{y:.0f} C{x:.0f},{half:.0f} {to_x:.0f},{half:.0f} {to_x:.0f},{to_y:.0f}"'
    return f'{line} fill="none" stroke="#777" marker-end="url(#tip)"/>\n'


def _label(start: _Placed, end: _Placed, label: str) -> str:
    """A word near the end of an arrow, with a rim of white, so that no curve strikes it through."""
    place = f'x="{(start.middle + 3 * end.middle) / 4 + 4:.0f}" y="{end.y - 12:.0f}"'
    rim = 'stroke="#fff" stroke-width="4" paint-order="stroke"'
    return f'<text {place} fill="#555" font-size="11" {rim}>{escape(label)}</text>\n'
